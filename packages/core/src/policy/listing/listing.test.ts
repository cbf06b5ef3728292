import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { compilePolicies } from "../engine.ts";
import { gatewayOf, now, policiesOf, tool, user } from "../testing/configuration.ts";

/** How often Cedar was asked to evaluate partially, and how many policies. */
const cedar = vi.hoisted(() => ({ evaluations: 0, policies: 0 }));

vi.mock("@cedar-policy/cedar-wasm/nodejs", async (importOriginal) => {
  const original = await importOriginal<typeof import("@cedar-policy/cedar-wasm/nodejs")>();
  return {
    ...original,
    isAuthorizedPartial(...call: Parameters<typeof original.isAuthorizedPartial>) {
      cedar.evaluations += 1;
      cedar.policies += Object.keys(call[0].policies.staticPolicies ?? {}).length;
      return original.isAuthorizedPartial(...call);
    },
  };
});
beforeEach(() => {
  cedar.evaluations = 0;
  cedar.policies = 0;
});

const configuration = gatewayOf({
  T: Array.from({ length: 5 }, (_, n) => tool(`t${n}`, { "amount!": { type: "integer" } })),
});
const permit = (n: number, condition: string) =>
  `permit(principal, action == AgentCore::Action::"T___t${n}", resource) when { ${condition} };`;
const engines: ReturnType<typeof compilePolicies>[] = [];
const engineOf = (statements: readonly string[], previous?: (typeof engines)[number]) => {
  const engine = compilePolicies({ configuration, policies: policiesOf(...statements), previous });
  engines.push(engine);
  return engine;
};
afterEach(() => {
  for (const engine of engines.splice(0)) engine.release();
});
const like = `principal.hasTag("role") && principal.getTag("role") like "a*"`;

describe("a list", () => {
  test("is kept for callers who look the same to the policies, and for nobody else", () => {
    const engine = engineOf([permit(0, like), permit(1, `principal.hasTag("d") && principal.getTag("d") == "x"`)]);
    const shown = (tags: Record<string, string>, id = "alice") => engine.list({ principal: user(tags, id), now }).shown;
    expect(shown({ role: "admin", d: "x" })).toEqual(["T___t0", "T___t1"]);
    expect(cedar.evaluations).toBe(1);
    expect(shown({ role: "admin", d: "x", sub: "1" }, "bob")).toEqual(["T___t0", "T___t1"]);
    expect(cedar.evaluations).toBe(1);
    // A guard tells no other values apart than those it asks for.
    expect(shown({ role: "admin", d: "y" })).toEqual(["T___t0"]);
    expect(shown({ role: "admin" })).toEqual(["T___t0"]);
    expect(cedar.evaluations).toBe(1);
    expect(shown({ role: "b" })).toEqual([]);
    expect(cedar.evaluations).toBe(2);
    shown({ role: "b" }).push("T___t3");
    expect(shown({ role: "b" })).toEqual([]);
  });

  test("is looked at again where a policy sees the time", () => {
    const engine = engineOf([permit(0, `context.system.now < datetime("2026-12-01")`), permit(1, like)]);
    const shown = (at: string) => engine.list({ principal: user({ role: "a" }), now: new Date(at) }).shown;
    expect(shown("2026-11-30T00:00:00Z")).toEqual(["T___t0", "T___t1"]);
    expect(shown("2026-12-01T00:00:00Z")).toEqual(["T___t1"]);
    expect(cedar.evaluations).toBe(3);
  });

  test("asks Cedar nothing where policies see the arguments only", () => {
    const engine = engineOf([permit(0, "context.input.amount < 5"), permit(1, "context.input has other")]);
    expect(engine.list({ principal: user(), now }).shown).toEqual(["T___t0"]);
    expect(cedar.evaluations).toBe(0);
  });

  test("outlives a change of policies, tool by tool", () => {
    const statements = [0, 1, 2, 3].map((n) => permit(n, like));
    const first = engineOf(statements);
    const principal = user({ role: "a" });
    expect(first.list({ principal, now }).shown).toHaveLength(4);
    expect(cedar.evaluations).toBe(1);
    expect(cedar.policies).toBe(4);
    const next = engineOf([...statements, permit(4, like)], first);
    expect(next.list({ principal, now }).shown).toHaveLength(5);
    expect(cedar.policies).toBe(5);
  });
});
