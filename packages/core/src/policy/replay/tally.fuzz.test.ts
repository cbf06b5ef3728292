import fc from "fast-check";
import { expect, test } from "vitest";
import { type UnreplayableReason, unreplayableReasons } from "./recordedCall.ts";
import { reportOf } from "./report.ts";
import { addTally, type Change, count, countUnreplayable, emptyTally, type Outcome, type Tally } from "./tally.ts";

const one = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const changed: fc.Arbitrary<Outcome> = fc.record({
  kind: one<Change>("newlyAllowed", "newlyDenied"),
  policies: fc.array(one("p1", "p2", "p3"), { maxLength: 2 }),
  reason: one("because", "otherwise"),
  failed: fc.boolean(),
});
const event = fc.oneof(
  fc.record({
    at: fc.nat(3),
    id: one("alice", "bob", "carol"),
    tool: one("A___a", "B___b"),
    arguments: fc.record({ amount: fc.nat(3) }),
    outcome: fc.oneof(fc.constant<Outcome>({ kind: "unchanged" }), changed),
  }),
  fc.record({
    unreplayable: one<UnreplayableReason>("notJson", "unknownTool"),
    detail: fc.string({ maxLength: 2 }),
    line: fc.nat(30),
  }),
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

function add(tally: Tally, event: Event): void {
  if ("unreplayable" in event) {
    countUnreplayable(tally, event);
    return;
  }
  const { at, id, tool, arguments: args, outcome } = event;
  const time = new Date(at).toISOString();
  const principal = { type: "AgentCore::OAuthUser", id, tags: {} };
  count(tally, { time, principal, tool, arguments: args, decision: "ALLOW" }, at, outcome);
}

test("however calls are divided, in whatever order, the report is the same", () => {
  fc.assert(
    fc.property(
      fc
        .array(fc.tuple(event, fc.nat(3)), { maxLength: 60, size: "max" })
        .chain((parts) =>
          fc.record({ parts: fc.constant(parts), shuffled: fc.shuffledSubarray(parts, { minLength: parts.length }) }),
        ),
      ({ parts, shuffled }) => {
        const whole = emptyTally();
        for (const [event] of parts) add(whole, event);
        const divided = Array.from({ length: 4 }, emptyTally);
        for (const [event, part] of shuffled) add(divided[part] ?? whole, event);
        const sum = emptyTally();
        // Sent by a thread, as they are.
        for (const tally of divided.reverse()) addTally(sum, structuredClone(tally));
        expect(reportOf(sum)).toEqual(reportOf(whole));
      },
    ),
    { numRuns: 500 },
  );
});

test("every call is in one of the counts, and every change in those of its tool and principal", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const tally = emptyTally();
      for (const event of events) add(tally, event);
      const report = reportOf(tally);
      const { calls, unchanged, newlyAllowed, newlyDenied, notReplayable, notReplayableReasons } = report;
      const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
      expect(calls).toBe(events.length);
      expect(unchanged + newlyAllowed + newlyDenied + notReplayable).toBe(calls);
      expect(sum(notReplayableReasons.map((reason) => reason.calls))).toBe(notReplayable);
      for (const { top } of [report.byTool, report.byPrincipal]) {
        expect(sum(top.map((changes) => changes.newlyAllowed))).toBe(newlyAllowed);
        expect(sum(top.map((changes) => changes.newlyDenied))).toBe(newlyDenied);
      }
    }),
  );
});

test("a report stays short, says how much more there is, and shows something of every tool", () => {
  const tally = emptyTally();
  const outcome = { kind: "newlyDenied", policies: [], reason: "because", failed: false } as const;
  for (let i = 0; i < 3_000; i++) {
    const tool = `T___${i < 2_900 ? 0 : i % 15}`;
    const principal = { type: "AgentCore::OAuthUser", id: `u${i % 50}`, tags: {} };
    const call = { principal, tool, arguments: { note: "x".repeat(i) }, decision: "ALLOW" } as const;
    count(tally, { time: new Date(i).toISOString(), ...call }, i, outcome);
  }
  for (let line = 1; line <= 100; line++) countUnreplayable(tally, { unreplayable: "notJson", detail: "x", line });
  const report = reportOf(tally);
  expect(report.byPrincipal.top).toHaveLength(20);
  expect(report.byPrincipal.more).toBe(30);
  const { newlyDenied } = report.examples;
  expect(newlyDenied).toHaveLength(20);
  expect(new Set(newlyDenied.map(({ tool }) => tool)).size).toBe(15);
  // The first calls, with their arguments where these are short.
  expect(newlyDenied[0]).toMatchObject({ time: "1970-01-01T00:00:00.000Z", arguments: { note: "" } });
  expect(newlyDenied.at(-1)).not.toHaveProperty("arguments");
  expect(report.notReplayableReasons).toEqual([
    {
      reason: "notJson",
      message: unreplayableReasons.notJson,
      calls: 100,
      examples: [1, 2, 3].map((line) => ({ line, detail: "x" })),
    },
  ]);
});
