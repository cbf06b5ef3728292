import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RecordedSpan } from "../../storage/spanRepository.ts";
import type { Decision } from "./answers.ts";
import { treeOf } from "./tree.ts";

const traces = ["a".repeat(32), "b".repeat(32)];
const spanIds = Array.from({ length: 6 }, (_, index) => String(index + 1).padStart(16, "0"));
const nano = (time: number) => String(1_795_000_000_000_000_000n + BigInt(time));

const spanOf = (
  traceId: string,
  spanId: string,
  {
    parentSpanId,
    time = 0,
    ...from
  }: { parentSpanId?: string | undefined; time?: number } & Pick<RecordedSpan, "source" | "sender">,
): RecordedSpan => ({
  ...from,
  span: {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name: "step",
    kind: "INTERNAL",
    startTimeUnixNano: nano(time),
    endTimeUnixNano: nano(time + 1),
    status: { code: "UNSET" },
    attributes: {},
    events: [],
    links: [],
    scope: { name: "test" },
    resource: {},
  },
});

const decisionOf = (index: number, where: { traceId?: string | undefined; spanId?: string | undefined }): Decision => ({
  schemaVersion: 1,
  decisionId: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
  time: "2026-11-22T10:00:00.000Z",
  method: "tools/call",
  principal: { type: "AgentCore::OAuthUser", id: "alice" },
  gateway: { id: "g", arn: "arn:g", version: 1 },
  decision: "ALLOW",
  outcome: "allowed",
  determiningPolicies: [],
  reason: "because",
  durationMicroseconds: 1,
  ...where,
});

/** Any spans that may be told, parents that aren't there and circles included. */
const span = fc
  .record({
    traceId: fc.constantFrom(...traces),
    spanId: fc.constantFrom(...spanIds),
    parentSpanId: fc.option(fc.constantFrom(...spanIds, "f".repeat(16)), { nil: undefined }),
    time: fc.nat(3),
    from: fc.constantFrom(
      { source: "gateway" } as const,
      { source: "agent", sender: "x" } as const,
      { source: "agent", sender: "y" } as const,
    ),
  })
  .map(({ traceId, spanId, from, ...rest }) => spanOf(traceId, spanId, { ...rest, ...from }));
const keyOf = ({ source, sender, span }: RecordedSpan) => `${span.traceId} ${source} ${sender} ${span.spanId}`;
const spans = fc.uniqueArray(span, { selector: keyOf, maxLength: 20 });
const decisions = fc
  .array(
    fc.record({
      traceId: fc.option(fc.constantFrom(...traces), { nil: undefined }),
      spanId: fc.option(fc.constantFrom(...spanIds), { nil: undefined }),
    }),
    { maxLength: 5 },
  )
  .map((where) => where.map((one, index) => decisionOf(index, one)));

describe("a tree", () => {
  test("has every span and every decision once, each after its parent and one deeper, whatever they say of each other", () => {
    fc.assert(
      fc.property(spans, decisions, (spans, decisions) => {
        const nodes = treeOf(spans, decisions);
        const told = nodes.flatMap((node) => (node.kind === "span" ? [node.span] : []));
        expect(new Set(told)).toEqual(new Set(spans.map(({ span }) => span)));
        expect(told).toHaveLength(spans.length);
        const decided = nodes.flatMap((node) => (node.kind === "decision" ? [node.decision.decisionId] : []));
        expect(decided.sort()).toEqual(decisions.map(({ decisionId }) => decisionId));
        const depths = new Map<string, number>();
        for (const { id, parentId, depth } of nodes) {
          expect(depths.has(id)).toBe(false);
          expect(depth).toBe(parentId === undefined ? 0 : (depths.get(parentId) ?? Number.NaN) + 1);
          depths.set(id, depth);
        }
      }),
    );
  });

  test("is the same, in whatever order its spans came", () => {
    const shuffled = fc
      .tuple(spans, decisions)
      .chain(([spans, decisions]) =>
        fc.tuple(
          fc.constant(treeOf(spans, decisions)),
          fc.shuffledSubarray(spans, { minLength: spans.length }),
          fc.shuffledSubarray(decisions, { minLength: decisions.length }),
        ),
      );
    fc.assert(
      fc.property(shuffled, ([tree, spans, decisions]) => {
        expect(treeOf(spans, decisions)).toEqual(tree);
      }),
    );
  });

  test("T04 a decision is under the gateway's own span, though an agent sends one with the same id", () => {
    const [traceId = "", spanId = ""] = [traces[0], spanIds[0]];
    const spans = [
      spanOf(traceId, spanId, { source: "agent", sender: "x" }),
      spanOf(traceId, spanId, { source: "gateway" }),
    ];
    const nodes = treeOf(spans, [decisionOf(0, { traceId, spanId })]);
    const parentId = nodes.find(({ kind }) => kind === "decision")?.parentId;
    expect(nodes.find(({ id }) => id === parentId)).toMatchObject({ kind: "span", source: "gateway" });
    const alone = treeOf(spans.slice(0, 1), [decisionOf(0, { traceId, spanId })]);
    expect(alone.find(({ kind }) => kind === "decision")?.parentId).toBe(`trace:${traceId}`);
  });

  test("may be as deep as somebody likes", () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => (index + 1).toString(16).padStart(16, "0"));
    const [traceId = ""] = traces;
    const deep = ids.map((id, index) => spanOf(traceId, id, { source: "agent", parentSpanId: ids[index - 1] }));
    expect(treeOf(deep, []).at(-1)?.depth).toBe(20_000);
  });
});
