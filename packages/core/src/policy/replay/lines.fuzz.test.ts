import fc from "fast-check";
import { expect, test } from "vitest";
import { callsIn, wholeLines } from "./lines.ts";

async function* chunksOf(bytes: Uint8Array, cuts: readonly number[]) {
  const at = [0, ...[...cuts].map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [i, end] of at.slice(1).entries()) yield bytes.slice(at[i], end);
}

/** What is read of a text, however it is cut: every call, or line that is none, with its number. */
async function read(bytes: Uint8Array, cuts: readonly number[], longest?: number) {
  const found: unknown[] = [];
  for await (const portion of wholeLines(chunksOf(bytes, cuts), longest)) {
    // As a thread does, which takes the memory with it.
    found.push(
      ...callsIn(structuredClone(portion, { transfer: portion.bytes === null ? [] : [portion.bytes.buffer] })),
    );
  }
  return found;
}

const call = (note: string) =>
  JSON.stringify({
    time: "2026-11-22T12:00:00Z",
    principal: { type: "AgentCore::OAuthUser", id: "alice", tags: {} },
    tool: "T___t",
    arguments: { note },
    decision: "ALLOW",
  });
const line = fc.oneof(
  fc.string({ unit: "grapheme" }).map(call),
  fc.constantFrom("", " ", "\r", "{", "7", "é", call("é"), `${call("x")}\r`),
);
const cuts = fc.array(fc.nat(), { maxLength: 12 });

test("a file is read line by line, wherever its chunks end", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.boolean(), cuts, async (lines, ended, cuts) => {
      const text = lines.join("\n") + (ended ? "\n" : "");
      const expected = lines.flatMap((one, i) => {
        if (one.trim() === "") return [];
        if (one.startsWith('{"time')) return [JSON.parse(one)];
        return [{ unreplayable: "notJson", detail: expect.any(String), line: i + 1 }];
      });
      expect(await read(Buffer.from(text), cuts)).toEqual(expected);
    }),
  );
});

test("a line that is too long is one that can't be read, and the others keep their numbers", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom("7", "8", "9".repeat(50))), cuts, async (lines, cuts) => {
      const expected = lines.map((_, i) => ({ unreplayable: "notJson", line: i + 1 }));
      const found = await read(Buffer.from(lines.join("\n")), cuts, 20);
      // Where a chunk holds it whole, nothing more is to be kept.
      expect(found).toMatchObject(expected);
    }),
  );
  const long = await read(Buffer.from(`1\n${"9".repeat(50)}\n2`), [30, 40], 20);
  expect(long.map((one) => (one as { detail: string }).detail)).toEqual([
    "it is another value",
    "it is too long",
    "it is another value",
  ]);
});

test("a byte order mark is no part of a call, and what isn't UTF-8 is no call", async () => {
  expect(await read(Buffer.from(`\uFEFF${call("a")}`), [])).toEqual([JSON.parse(call("a"))]);
  const latin1 = Buffer.concat([Buffer.from(`${call("é")}\n`), Buffer.from(`${call("é")}\n`, "latin1")]);
  expect(await read(latin1, [])).toEqual([
    JSON.parse(call("é")),
    { unreplayable: "notJson", detail: "it is not UTF-8", line: 2 },
  ]);
});
