import fc from "fast-check";
import { expect, test } from "vitest";
import type { AggregateRepository } from "../../storage/aggregateRepository.ts";
import type { DecisionQuery, LedgerRepository } from "../../storage/ledgerRepository.ts";
import type { ToolDecision } from "../events.ts";
import type { DecisionPage } from "./answers.ts";
import { positionOf } from "./decisions.ts";
import type { QuerySources } from "./dependencies.ts";
import { exportDecisions, listDecisions } from "./listDecisions.ts";
import { queryOperations } from "./operations.ts";

const now = new Date("2026-11-22T12:00:00.000Z");

/** A ledger that reads as the real one does, which takes longer to fill: what is tried here is what is made of it. */
function sourcesOf(decisions: readonly ToolDecision[]): QuerySources & { readonly read: DecisionQuery[] } {
  const read: DecisionQuery[] = [];
  const ledger: Pick<LedgerRepository, "decisions"> = {
    async *decisions(query) {
      read.push(query);
      const { gatewayId, from, to, descending = false } = query;
      const found = decisions.filter(
        ({ gateway, time }) => gateway.id === gatewayId && time >= from.toISOString() && time < to.toISOString(),
      );
      const sorted = found.toSorted((a, b) => (positionOf(a) < positionOf(b) ? -1 : 1));
      yield* descending ? sorted.toReversed() : sorted;
    },
  };
  const aggregates: Pick<AggregateRepository, "scopes"> = {
    scopes: async () => [...new Set(decisions.map(({ gateway }) => gateway.id))],
  };
  return { ledger, aggregates, read } as never; // What else there is, is not asked for decisions.
}

const decision = fc
  .record({
    // Few moments, so that many decisions fall at the same one, at the beginning of an hour or at its end.
    minutes: fc.constantFrom(0, 1, 59, 60, 61, 119, 120, 300),
    milliseconds: fc.constantFrom(0, 1, 59_999),
    gatewayId: fc.constantFrom("a", "b", "c"),
    decisionId: fc.uuid({ version: 4 }),
    decision: fc.constantFrom("ALLOW" as const, "DENY" as const),
  })
  .map(({ minutes, milliseconds, gatewayId, decisionId, decision }): ToolDecision => {
    const time = new Date(now.getTime() - 6 * 3_600_000 + minutes * 60_000 + milliseconds).toISOString();
    return {
      schemaVersion: 1,
      decisionId,
      time,
      method: "tools/call",
      principal: { type: "AgentCore::OAuthUser", id: "alice" },
      gateway: { id: gatewayId, arn: `arn:${gatewayId}`, version: 1 },
      decision,
      outcome: decision === "ALLOW" ? "allowed" : "denied",
      determiningPolicies: [],
      reason: "because",
      durationMicroseconds: 1,
    };
  });
const decisions = fc.uniqueArray(decision, { selector: ({ decisionId }) => decisionId, maxLength: 40 });

async function allPages(sources: QuerySources, query: object, millisecondsLeft: () => number) {
  const found: string[] = [];
  let nextToken: string | undefined;
  let pages = 0;
  do {
    const input = queryOperations.ListDecisions.parameters.parse({ ...query, nextToken });
    const page: DecisionPage = await listDecisions(sources, input, { now, millisecondsLeft });
    expect(page.decisions.length).toBeLessThanOrEqual(input.maxResults);
    found.push(...page.decisions.map(({ decisionId }) => decisionId));
    nextToken = page.nextToken;
    expect(++pages).toBeLessThan(200);
  } while (nextToken !== undefined);
  return found;
}

test("pages, however small and however soon their time was up, are the whole, each decision once and in order", async () => {
  const query = fc.record({
    order: fc.constantFrom("newest", "oldest"),
    maxResults: fc.integer({ min: 1, max: 7 }),
    decision: fc.constantFrom(undefined, "DENY"),
    gateway: fc.constantFrom<readonly string[] | undefined>(undefined, ["a"], ["b", "c"]),
  });
  await fc.assert(
    fc.asyncProperty(decisions, query, fc.constantFrom(0, 1_000), async (decisions, query, left) => {
      const wanted = decisions.filter(
        (one) =>
          (query.decision === undefined || one.decision === query.decision) &&
          (query.gateway === undefined || query.gateway.includes(one.gateway.id)),
      );
      const oldest = wanted.toSorted((a, b) => (positionOf(a) < positionOf(b) ? -1 : 1));
      const expected = query.order === "oldest" ? oldest : oldest.toReversed();
      const found = await allPages(sourcesOf(decisions), query, () => left);
      expect(found).toEqual(expected.map(({ decisionId }) => decisionId));
    }),
    { numRuns: 60 },
  );
});

test("an export is ended with its signal, and reads no more than is taken", async () => {
  const [one] = fc.sample(decision, 1);
  if (one === undefined) throw new Error("There is no sample.");
  const many = Array.from({ length: 1_000 }, (_, index) => ({
    ...one,
    time: new Date(now.getTime() - 20 * 3_600_000 + index * 60_000).toISOString(),
    decisionId: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
  }));
  const sources = sourcesOf(many);
  const controller = new AbortController();
  const input = queryOperations.ExportDecisions.parameters.parse({});
  const lines = exportDecisions(sources, input, { now, signal: controller.signal });
  expect(JSON.parse((await lines.next()).value ?? "")).toMatchObject({ decisionId: many[0]?.decisionId });
  // The first hour with something in it, and the hours that are looked through ahead.
  expect(sources.read.length).toBeLessThan(16);
  controller.abort(new Error("gone"));
  await expect(Array.fromAsync(lines)).rejects.toThrow("gone");
});

test("an export gives a sign of life while it finds nothing, that a reader of its lines doesn't notice", async () => {
  const [one] = fc.sample(decision, 1);
  if (one === undefined) throw new Error("There is no sample.");
  const last = { ...one, time: new Date(now.getTime() - 60_000).toISOString() };
  const input = queryOperations.ExportDecisions.parameters.parse({});
  let time = 0;
  // Each look at the clock finds it a few seconds later.
  const clock = () => {
    time += 4_000;
    return time;
  };
  const signal = new AbortController().signal;
  const lines = await Array.fromAsync(exportDecisions(sourcesOf([last]), input, { now, signal, clock }));
  expect(lines.filter((line) => line === " ").length).toBeGreaterThan(3);
  expect(JSON.parse(lines.join(""))).toEqual(last);
});
