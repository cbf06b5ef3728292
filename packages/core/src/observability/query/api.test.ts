import { afterEach, describe, expect, test, vi } from "vitest";
import { GatehouseError } from "../../errors.ts";
import type { AggregateRepository } from "../../storage/aggregateRepository.ts";
import type { ToolDecision } from "../events.ts";
import { createQueryApi, type QueryRequest } from "./api.ts";
import { chunksOf } from "./chunks.ts";
import type { QueryDependencies } from "./dependencies.ts";

const now = new Date("2026-11-22T12:00:00.000Z");

const decision = (index: number): ToolDecision => ({
  schemaVersion: 1,
  decisionId: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
  time: new Date(now.getTime() - 3_600_000 + index).toISOString(),
  method: "tools/call",
  principal: { type: "AgentCore::OAuthUser", id: "alice" },
  gateway: { id: "orders", arn: "arn:orders", version: 1 },
  decision: "ALLOW",
  outcome: "allowed",
  determiningPolicies: [],
  reason: "because",
  durationMicroseconds: 1,
});

const errors = vi.fn();
afterEach(() => errors.mockReset());

/** The API in front of sources that fail, or never answer: what the real ones do on bad days only. */
function apiWith(
  sources: { decisions?: () => AsyncIterable<ToolDecision>; cells?: AggregateRepository["cells"] },
  gone?: AbortSignal,
) {
  const api = createQueryApi({
    administration: {
      authenticate: async () => ({ type: "Gatehouse::AccessKey", id: "GHAK", roles: ["analyst"] }),
      authorize: async (_: unknown, operation: string) => {
        if (operation === "ListTop") throw new GatehouseError("accessDenied", "No.");
      },
    },
    ledger: { decisions: sources.decisions },
    aggregates: { scopes: async () => ["orders"], cells: sources.cells },
    now: () => now,
    answerMilliseconds: 20,
    onRefused: () => {},
    onError: errors,
    // The rest is asked for nothing here.
  } as unknown as QueryDependencies);
  return (path: string, query: QueryRequest["query"] = {}) =>
    api({
      method: "GET",
      path,
      query,
      headers: {},
      body: "",
      sourceIp: "127.0.0.1",
      requestId: "r-1",
      ...(gone && { gone }),
    });
}

async function* never(): AsyncGenerator<never> {
  await new Promise(() => {});
}

async function* failing(after: number): AsyncGenerator<ToolDecision> {
  for (let index = 0; index < after; index++) yield decision(index);
  throw new Error("The table is away.");
}

describe("the query API", () => {
  test("refuses what takes too long, and says what would not", async () => {
    const answer = await apiWith({ cells: never })("/observability/aggregates");
    expect(answer.status).toBe(400);
    expect("body" in answer && JSON.parse(answer.body).message).toContain("ask for a shorter time");
  });

  test("tells nobody but the log what failed", async () => {
    const answer = await apiWith({ decisions: () => failing(0) })("/observability/decisions");
    expect(answer.status).toBe(500);
    expect("body" in answer && answer.body).not.toContain("table");
    expect(errors).toHaveBeenCalledOnce();
  });

  test("reads nothing for whoever may not", async () => {
    const cells = vi.fn(never);
    expect((await apiWith({ cells })("/observability/top", { of: ["tools"] })).status).toBe(403);
    expect(cells).not.toHaveBeenCalled();
  });

  test("an export that fails at once is an error", async () => {
    const answer = await apiWith({ decisions: () => failing(0) })("/observability/export/decisions");
    expect(answer.status).toBe(500);
  });

  test("an export that fails on its way breaks off, and never seems complete", async () => {
    let asked = 0;
    const decisions = () => (asked++ === 0 ? failing(3) : never());
    const answer = await apiWith({ decisions })("/observability/export/decisions", {
      from: ["2026-11-22T11:00:00Z"],
    });
    expect(answer.status).toBe(200);
    if (!("lines" in answer)) throw new Error("The answer is no stream.");
    const read: string[] = [];
    const reading = (async () => {
      for await (const chunk of chunksOf(answer.lines, () => 0)) read.push(Buffer.from(chunk).toString());
    })();
    await expect(reading).rejects.toThrow("The table is away.");
    expect(errors).toHaveBeenCalledOnce();
  });

  test("an export whose reader goes away is ended at its source, and no error", async () => {
    const gone = new AbortController();
    let ended = false;
    async function* endless(): AsyncGenerator<ToolDecision> {
      try {
        for (let index = 0; ; index++) yield decision(index);
      } finally {
        ended = true;
      }
    }
    const answer = await apiWith({ decisions: endless }, gone.signal)("/observability/export/decisions");
    if (!("lines" in answer)) throw new Error("The answer is no stream.");
    const stream = ReadableStream.from(chunksOf(answer.lines));
    const reader = stream.getReader();
    expect((await reader.read()).done).toBe(false);
    await reader.cancel();
    expect(ended).toBe(true);
    expect(errors).not.toHaveBeenCalled();
  });

  test("what is said twice, or by the path and the query, is refused", async () => {
    const ask = apiWith({});
    for (const [path, query] of [
      ["/observability/decisions", { order: ["newest", "oldest"] }],
      ["/observability/decisions", Object.fromEntries([["__proto__", ["x"]]])],
      ["/observability/sessions/a", { sessionId: ["b"] }],
      ["/observability/decisions", { maxResults: ["1e3"] }],
      ["/observability/decisions", { maxResults: ["0"] }],
      ["/observability/decisions", { from: ["2026-11-22T13:00:00Z"] }],
    ] as const) {
      const own = Object.fromEntries(Object.entries(query));
      expect((await ask(path, own)).status, `${path} ${JSON.stringify(query)}`).toBe(400);
    }
  });
});
