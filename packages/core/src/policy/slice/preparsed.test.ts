import { expect, test, vi } from "vitest";
import { compilePolicies } from "../engine.ts";
import { gatewayOf, now, policiesOf, tool, user } from "../testing/configuration.ts";

const cedar = vi.hoisted(() => ({ asked: 0 }));

vi.mock("@cedar-policy/cedar-wasm/nodejs", async (importOriginal) => {
  const original = await importOriginal<typeof import("@cedar-policy/cedar-wasm/nodejs")>();
  return {
    ...original,
    statefulIsAuthorized(...call: Parameters<typeof original.statefulIsAuthorized>) {
      cedar.asked += 1;
      return original.statefulIsAuthorized(...call);
    },
  };
});

const configuration = gatewayOf({ T: [tool("t", { "amount!": { type: "integer" }, note: { type: "string" } })] });
const compile = (...statements: string[]) => compilePolicies({ configuration, policies: policiesOf(...statements) });
const small = "permit(principal, action, resource) when { context.input.amount < 10 };";

/** How often Cedar is asked while something is decided. */
function asked(decide: () => unknown): number {
  const before = cedar.asked;
  decide();
  return cedar.asked - before;
}

const call = (amount: number, more: object = {}) => ({
  principal: user(),
  tool: "T___t",
  arguments: { amount, ...more },
  now,
});

test("Cedar is asked once about what is the same to it, and again about what isn't", () => {
  const { authorize } = compile(small);
  expect(asked(() => expect(authorize(call(5)).decision).toBe("ALLOW"))).toBe(1);
  expect(asked(() => expect(authorize(call(5, { note: "Nobody reads it." })).decision).toBe("ALLOW"))).toBe(0);
  expect(asked(() => expect(authorize(call(15)).decision).toBe("DENY"))).toBe(1);
  expect(asked(() => expect(authorize(call(15)).decision).toBe("DENY"))).toBe(0);
});

test("T04, T16: an answer holds for its policies, its principal and its tool alone", () => {
  const { authorize } = compile(small);
  authorize(call(5));
  const other = { ...call(5), principal: { ...user(), id: "somebody-else" } };
  expect(asked(() => authorize(other))).toBe(1);
  const stricter = compile(small.replace("10", "3"));
  expect(asked(() => expect(stricter.authorize(call(5)).decision).toBe("DENY"))).toBe(1);
});

test("what looks at the time is asked each time", () => {
  const { authorize } = compile(
    'permit(principal, action, resource) when { context.system.now < datetime("2030-01-01") };',
  );
  expect(asked(() => expect(authorize(call(5)).decision).toBe("ALLOW"))).toBe(1);
  expect(asked(() => expect(authorize(call(5)).decision).toBe("ALLOW"))).toBe(1);
});

test("T15: an error isn't mistaken for an allowance the second time either", () => {
  const { authorize } = compile(
    "permit(principal, action, resource);",
    "forbid(principal, action, resource) when { context.input.amount * 9000000000000000000 > 5 };",
  );
  for (let time = 0; time < 2; time++) expect(authorize(call(5))).toMatchObject({ decision: "DENY", error: true });
});
