import type { PolicySet } from "@cedar-policy/cedar-wasm/nodejs";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import type { PolicyRecord } from "../storage/records.ts";
import { compilePolicies, type PolicyEngine } from "./engine.ts";
import { gatewayOf, now, policiesOf, tool, user } from "./testing/configuration.ts";
import { configuration, scenario } from "./testing/scenarios.ts";

/** What Cedar was asked to do: how often to validate, and which sets it holds. */
const cedar = vi.hoisted(() => ({ validations: 0, live: new Set<string>() }));

vi.mock("@cedar-policy/cedar-wasm/nodejs", async (importOriginal) => {
  const original = await importOriginal<typeof import("@cedar-policy/cedar-wasm/nodejs")>();
  return {
    ...original,
    validate(...call: Parameters<typeof original.validate>) {
      cedar.validations += 1;
      return original.validate(...call);
    },
    preparsePolicySet(name: string, policies: PolicySet) {
      if (Object.keys(policies.staticPolicies ?? {}).length > 0) cedar.live.add(name);
      else cedar.live.delete(name);
      return original.preparsePolicySet(name, policies);
    },
  };
});

const engines: PolicyEngine[] = [];
/** Compiles, counts as in use until the test ends. */
function compile(...[options]: Parameters<typeof compilePolicies>): PolicyEngine {
  const engine = compilePolicies(options);
  engines.push(engine);
  return engine;
}
afterEach(() => {
  for (const engine of engines.splice(0)) engine.release();
  expect(cedar.live.size).toBe(0);
});

const tools = 500;
/** How many of them are called. */
const called = 20;
const wide = gatewayOf({
  T: Array.from({ length: tools }, (_, n) => tool(`t${n}`, { "amount!": { type: "integer" } })),
});
const limit = (n: number, amount: number) =>
  `permit(principal, action == AgentCore::Action::"T___t${n % tools}", resource) when { context.input.amount < ${amount} };`;
const many = policiesOf(...Array.from({ length: 10_000 }, (_, n) => limit(n, n)));
const callAll = (engine: PolicyEngine, amount: number) =>
  Array.from(
    { length: called },
    (_, n) => engine.authorize({ principal: user(), tool: `T___t${n}`, arguments: { amount }, now }).decision,
  );

test("changing one of 10,000 policies compiles the slices that it is about, and no others", () => {
  const first = compile({ configuration: wide, policies: many });
  expect(callAll(first, 9_510)).toContain("ALLOW");
  expect(cedar.live.size).toBe(called);
  const changes: [string, PolicyRecord[], number, number][] = [
    ["changed", many.map((policy, n) => (n === 7 ? { ...policy, statement: limit(7, 20_000) } : policy)), 1, 10],
    ["added in front", [...policiesOf(limit(3, 1)).map((one) => ({ ...one, policyId: "new" })), ...many], 1, 9],
    ["removed", many.slice(1), 1, 9],
    [
      "moved to another tool",
      many.map((policy, n) => (n === 7 ? { ...policy, statement: limit(8, 7) } : policy)),
      2,
      9,
    ],
    [
      "for a group",
      [...many, { ...many[0], policyId: "all", statement: "forbid(principal, action, resource);" } as PolicyRecord],
      called,
      0,
    ],
    ["no change", [...many], 0, 9],
    ["in LOG_ONLY", [...many, { ...many[0], policyId: "log", enforcementMode: "LOG_ONLY" } as PolicyRecord], 1, 9],
  ];
  for (const [what, policies, expected, left] of changes) {
    cedar.validations = 0;
    const next = compile({ configuration: wide, policies, previous: first });
    const allowed = callAll(next, 9_510).filter((decision) => decision === "ALLOW");
    expect([what, cedar.validations]).toEqual([what, expected]);
    expect([what, allowed.length]).toEqual([what, left]);
  }
}, 60_000);

test("T16: an old engine goes on deciding while the new one shares its sets, and after both are gone", () => {
  const old = compilePolicies({ configuration: wide, policies: many });
  const before = callAll(old, 9_510);
  const next = compilePolicies({ configuration: wide, policies: many.slice(0, -1), previous: old });
  const after = callAll(next, 9_510);
  old.release();
  expect(cedar.live.size).toBe(called);
  expect(callAll(old, 9_510)).toEqual(before);
  next.release();
  old.release();
  next.release();
  expect(cedar.live.size).toBe(0);
  expect(callAll(next, 9_510).slice(-1)).toEqual(after.slice(-1));
  expect(cedar.live.size).toBe(0);
}, 60_000);

// Small policies on four tools: what is compared is which policies are where.
test("after 1,000 random changes the sets are those in use, and the decisions those of a fresh engine", {
  timeout: 120_000,
}, () => {
  const statements = fc.sample(scenario, { numRuns: 40, seed: 5 });
  const pool = statements.flatMap((one) => one.statements);
  const calls = statements.flatMap((one) => one.calls).slice(0, 40);
  let state = 1;
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const any = (id: number): PolicyRecord => ({
    ...(policiesOf(pool[random(pool.length)] ?? "")[0] as PolicyRecord),
    policyId: `p${id}`,
    ...(random(5) === 0 ? { enforcementMode: "LOG_ONLY" as const } : {}),
  });
  let policies = Array.from({ length: 6 }, (_, id) => any(id));
  let engine: PolicyEngine | undefined;
  for (let round = 0; round < 1_000; round++) {
    const at = random(policies.length);
    const kind = random(10);
    if (kind < 3) policies = policies.with(at, any(1_000 + round));
    else if (kind < 6 && policies.length < 9) policies = policies.toSpliced(at, 0, any(1_000 + round));
    else if (kind < 8 && policies.length > 3) policies = policies.toSpliced(at, 1);
    else if (kind < 9) policies = policies.toSorted((a, b) => a.policyId.localeCompare(b.policyId));
    else
      policies = policies.with(at, { ...(policies[at] as PolicyRecord), statement: pool[random(pool.length)] ?? "" });
    const next = compilePolicies({ configuration, policies, previous: engine });
    engine?.release();
    engine = next;
    const some = [0, 1, 2].map(() => calls[random(calls.length)]).filter((call) => call !== undefined);
    const decisions = some.map((call) => next.authorize({ ...call, now }));
    if (round % 20 !== 0) continue;
    const fresh = compilePolicies({ configuration, policies });
    expect(some.map((call) => fresh.authorize({ ...call, now }))).toEqual(decisions);
    fresh.release();
    // Four tools, two kinds of sets in LOG_ONLY, and as many groups of principals as the calls have.
    expect(cedar.live.size).toBeLessThan(4 * 3 * 12);
  }
  engine?.release();
});
