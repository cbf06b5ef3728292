import { describe, expect, test } from "vitest";
import type { PolicyRecord } from "../storage/records.ts";
import { compilePolicies } from "./engine.ts";
import { gatewayOf, insurance, now, policiesOf, tool, user } from "./testing/configuration.ts";

const create = "ApplicationToolTarget___create_application";
const permit = `permit(principal, action == AgentCore::Action::"${create}", resource)`;
const forbid = `forbid(principal, action == AgentCore::Action::"${create}", resource)`;
const small = "when { context.input.coverage_amount < 100 };";
const large = "when { context.input.coverage_amount > 50 };";
const overflow = "when { context.input.coverage_amount * 9223372036854775807 > 0 };";

/** An engine of policies that are enforced and policies in LOG_ONLY, which come after them. */
function engineOf(enforced: readonly string[], logOnly: readonly string[], configuration = insurance) {
  const policies = policiesOf(...enforced, ...logOnly).map(
    (policy, place): PolicyRecord => (place < enforced.length ? policy : { ...policy, enforcementMode: "LOG_ONLY" }),
  );
  const engine = compilePolicies({ configuration, policies });
  return {
    ...engine,
    decide: (coverage_amount: number, called = create) =>
      engine.authorize({ principal: user(), tool: called, arguments: { coverage_amount }, now }),
  };
}

describe("a policy in LOG_ONLY", () => {
  test("that forbids denies nothing, and says that it would have", () => {
    const { decide } = engineOf([`${permit};`], [`${forbid} ${large}`]);
    expect(decide(60)).toEqual({
      decision: "ALLOW",
      determiningPolicies: ["policy-0"],
      reason: "Allowed by policy policy-0.",
      logOnly: {
        decision: "DENY",
        determiningPolicies: ["policy-1"],
        flips: true,
        matchedPolicies: ["policy-1"],
        flippingPolicies: ["policy-1"],
      },
    });
    expect(decide(40).logOnly).toEqual({
      decision: "ALLOW",
      determiningPolicies: ["policy-0"],
      flips: false,
      matchedPolicies: [],
      flippingPolicies: [],
    });
  });

  test("that permits allows nothing, and shows no tool", () => {
    const { decide, list } = engineOf([], [`${permit} ${small}`]);
    expect(decide(60)).toMatchObject({
      decision: "DENY",
      determiningPolicies: [],
      logOnly: { decision: "ALLOW", flips: true, determiningPolicies: ["policy-0"], flippingPolicies: ["policy-0"] },
    });
    expect(list({ principal: user(), now }).shown).toEqual([]);
  });

  test("is looked at beside those that are enforced: what is forbidden already stays so", () => {
    const { decide } = engineOf([`${permit};`, `${forbid} ${large}`], [`${permit} ${small}`, `${forbid} ${small}`]);
    expect(decide(60).logOnly).toEqual({
      decision: "DENY",
      determiningPolicies: ["policy-1", "policy-3"],
      flips: false,
      matchedPolicies: ["policy-2", "policy-3"],
      flippingPolicies: [],
    });
    expect(decide(40).logOnly).toMatchObject({ decision: "DENY", flips: true, flippingPolicies: ["policy-3"] });
  });

  test.for([
    ["errs", [`${forbid} ${overflow}`]],
    ["is not valid for its tool as it is now", [`${forbid} when { context.input.gone };`]],
    ["cannot be read", ["forbid(principal,"]],
  ] as const)("that %s never denies the real decision; it shows beside it", ([, broken]) => {
    const { decide, problems } = engineOf([`${permit};`], broken);
    expect(decide(2)).toMatchObject({
      decision: "ALLOW",
      logOnly: { decision: "DENY", error: true, flips: true, determiningPolicies: ["policy-1"] },
    });
    expect(decide(2).error).toBeUndefined();
    expect(problems().map(({ policyId }) => policyId)).toEqual(broken[0].includes("92233") ? [] : ["policy-1"]);
  });

  test("says nothing of tools that it is not about", () => {
    const { authorize } = engineOf([`permit(principal, action, resource);`], [`${forbid} ${large}`]);
    const decision = authorize({
      principal: user(),
      tool: "ApprovalToolTarget___approve_underwriting",
      arguments: {},
      now,
    });
    expect(decision).not.toHaveProperty("logOnly");
  });

  test("needs an argument that Cedar can't hold: the call is decided, and would have been denied", () => {
    const configuration = gatewayOf({
      ApplicationToolTarget: [
        tool("create_application", { coverage_amount: { type: "integer" }, note: { type: "string" } }),
      ],
    });
    const { decide } = engineOf(
      [`${permit};`],
      [`${permit} when { context.input has coverage_amount };`],
      configuration,
    );
    expect(decide(2 ** 60)).toMatchObject({ decision: "ALLOW", logOnly: { decision: "DENY", flips: true } });
  });
});
