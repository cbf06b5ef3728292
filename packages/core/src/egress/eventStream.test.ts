import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { passEvents } from "./eventStream.ts";

const unlimited = { event: Number.POSITIVE_INFINITY, stream: Number.POSITIVE_INFINITY };

test("T21 a stream that nobody reads holds its sender back", async () => {
  let sent = 0;
  const endless = new Readable({
    read() {
      sent++;
      this.push(Buffer.alloc(65_536));
    },
  });
  const reader = passEvents(endless, unlimited).getReader();
  await reader.read();
  for (let turn = 0; turn < 100; turn++) await setImmediate();
  expect(sent).toBeLessThan(10);
  await reader.cancel();
  expect(endless.destroyed).toBe(true);
});

test("T21 an event is too large whichever way it is cut into chunks, and a stream of smaller ones arrives as it is", async () => {
  const limit = 50;
  const event = fc.tuple(
    fc.integer({ min: 0, max: 120 }).filter((length) => Math.abs(length - limit) > 8),
    fc.constantFrom("\n\n", "\r\n\r\n", "\r\r"),
  );
  const property = fc.asyncProperty(
    fc.array(event, { minLength: 1, maxLength: 8 }),
    fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
    async (events, cuts) => {
      const text = events.map(([length, end]) => "x".repeat(length) + end).join("");
      const passed = new Response(
        passEvents(Readable.from(cut(text, cuts)), { event: limit, stream: 1_000_000 }),
      ).text();
      if (events.every(([length]) => length <= limit)) expect(await passed).toBe(text);
      else await expect(passed).rejects.toThrow("an event of more than 50 bytes");
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

/** The text in chunks of these lengths, over and over. */
function cut(text: string, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let position = 0, nth = 0; position < text.length; nth++) {
    const length = lengths[nth % lengths.length] ?? 1;
    chunks.push(Buffer.from(text.slice(position, position + length)));
    position += length;
  }
  return chunks;
}
