import { expect, test } from "vitest";
import { heedingRetryAfter } from "./retryAfter.ts";

const now = Date.parse("2026-11-25T12:00:00Z");

/** What becomes of an answer with this status and header. */
async function fetched(status: number, header?: string) {
  const headers: Record<string, string> = header === undefined ? {} : { "Retry-After": header };
  const fetch = heedingRetryAfter(
    async () => new Response("busy", { status, headers }),
    () => now,
  );
  return fetch("https://orders.example.com/mcp").then(
    (response) => response.status,
    (error: unknown) => error,
  );
}

test.each([
  ["seconds", "7", 7_000],
  ["a date", "Wed, 25 Nov 2026 12:01:00 GMT", 60_000],
  ["a date that has gone by", "Wed, 25 Nov 2026 11:00:00 GMT", 0],
  ["what is neither", "soon", undefined],
  ["nothing", undefined, undefined],
])("429 and 503 fail, and keep when to come again: %s", async (_, header, retryAfterMilliseconds) => {
  for (const status of [429, 503]) {
    const error = await fetched(status, header);
    expect(error).toMatchObject({ status, message: `https://orders.example.com answered ${status}: busy` });
    expect(error).toHaveProperty("code", "targetFailed");
    expect((error as { retryAfterMilliseconds?: number }).retryAfterMilliseconds).toBe(retryAfterMilliseconds);
  }
});

test.each([200, 404, 500])("%i is passed on", async (status) => {
  expect(await fetched(status, "7")).toBe(status);
});
