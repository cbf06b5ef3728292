import { setImmediate as turn } from "node:timers/promises";
import type { QueryCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect, test } from "vitest";
import { effectOfDecision, ledgerRepository } from "../../storage/ledgerRepository.ts";
import type { ToolDecision } from "../events.ts";
import { createQueryApi } from "./api.ts";
import { chunksOf } from "./chunks.ts";
import type { QueryDependencies } from "./dependencies.ts";

const now = new Date("2026-11-22T12:00:00.000Z");
const hour = 3_600_000;
/** What was decided in every hour there ever was, and how much of it the table gives at a time. */
const decisionsOfHour = 200;
const decisionsOfPage = 50;
/**
 * As many as may be on their way between table and reader: the first page of each hour that is looked at ahead, the page that
 * is being read, and two chunks, of which one is taken. However long the range is.
 */
const mostHeld = 9 * decisionsOfPage + 2 * 400;

const decisionOf = (time: number, index: number): ToolDecision => ({
  schemaVersion: 1,
  decisionId: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
  time: new Date(time + index * 1_000).toISOString(),
  method: "tools/call",
  principal: { type: "AgentCore::OAuthUser", id: "alice" },
  gateway: { id: "orders", arn: "arn:orders", version: 1 },
  decision: "ALLOW",
  outcome: "allowed",
  determiningPolicies: [],
  reason: "because",
  durationMicroseconds: 1,
});

/** The table's client, doubled: a table of this size would take minutes to fill. It answers as soon as it is asked. */
function tableOf(onPage: (decisions: number) => void) {
  const send = async ({ input }: QueryCommand) => {
    const { ":pk": pk } = input.ExpressionAttributeValues ?? {};
    const begin = Date.parse(`${String(pk).split("#")[2]}:00:00.000Z`);
    const from = Number(input.ExclusiveStartKey?.index ?? 0);
    const to = from + decisionsOfPage;
    const Items = Array.from(
      { length: decisionsOfPage },
      (_, index) => effectOfDecision(decisionOf(begin, from + index)).row,
    );
    onPage(Items.length);
    return { Items, ...(to < decisionsOfHour ? { LastEvaluatedKey: { index: to } } : {}) };
  };
  return { send } as never; // Nothing else is asked of it.
}

/** An export as its reader has it, and how many decisions were read from the table. */
async function exportOf(hours: number, format: "ndjson" | "csv") {
  const counted = { read: 0, taken: 0, mostHeld: 0 };
  const client = tableOf((decisions) => {
    counted.read += decisions;
    counted.mostHeld = Math.max(counted.mostHeld, counted.read - counted.taken);
  });
  const api = createQueryApi({
    administration: {
      authenticate: async () => ({ type: "Gatehouse::AccessKey", id: "GHAK", roles: ["analyst"] }),
      authorize: async () => {},
    },
    ledger: ledgerRepository({ client, table: "ledger" }),
    now: () => now,
    answerMilliseconds: 20,
    onRefused: () => {},
    onError: () => {},
    // The rest is asked for nothing here.
  } as unknown as QueryDependencies);
  const answer = await api({
    method: "GET",
    path: "/observability/export/decisions",
    query: { gateway: ["orders"], from: [new Date(now.getTime() - hours * hour).toISOString()], format: [format] },
    headers: {},
    body: "",
    sourceIp: "127.0.0.1",
    requestId: "r-1",
  });
  if (!("lines" in answer)) throw new Error(`The answer is no stream: ${answer.body}`);
  const reader = ReadableStream.from(chunksOf(answer.lines, () => 0)).getReader();
  /** Takes a chunk; undefined after the last. */
  const take = async (): Promise<string | undefined> => {
    const { done, value } = await reader.read();
    if (done) return undefined;
    const text = Buffer.from(value).toString();
    counted.taken += text.split("\n").length - 1;
    return text;
  };
  return { counted, take };
}

describe.each(["ndjson", "csv"] as const)("an export as %s", (format) => {
  test.each([24, 120])("of %i hours holds no more at a time than a short one, and is whole", async (hours) => {
    const { counted, take } = await exportOf(hours, format);
    let last = "";
    for (let chunk = await take(); chunk !== undefined; chunk = await take()) last = chunk;
    const headers = format === "csv" ? 1 : 0;
    expect(counted.taken - headers).toBe(hours * decisionsOfHour);
    expect(last).toContain(decisionOf(now.getTime() - hour, decisionsOfHour - 1).time);
    expect(counted.mostHeld).toBeLessThanOrEqual(mostHeld);
    expect(hours * decisionsOfHour).toBeGreaterThan(3 * mostHeld);
  });

  test("waits for its reader: as long as nothing is taken, nothing is read", async () => {
    const { counted, take } = await exportOf(120, format);
    for (let taken = 0; taken < 3; taken++) {
      await take();
      // The table answers at once, so whatever would go on by itself has gone on by then.
      for (let turns = 0; turns < 10; turns++) await turn();
      const { read } = counted;
      for (let turns = 0; turns < 10; turns++) await turn();
      expect(counted.read).toBe(read);
      expect(counted.read - counted.taken).toBeLessThanOrEqual(mostHeld);
    }
  });
});
