import fc from "fast-check";
import { expect, test } from "vitest";
import { type AuthorizationRequest, compilePolicies, type PolicyDecision } from "../engine.ts";
import { gatewayArn, gatewayOf, insurance, now, policiesOf, tool, user } from "../testing/configuration.ts";
import { configuration, scenario } from "../testing/scenarios.ts";
import { remembering, seenBy } from "./seen.ts";

/** Cedar names several policies that err in any order. */
function inOrder({ determiningPolicies, reason, error, ...rest }: PolicyDecision) {
  const policies = error ? [...determiningPolicies].sort() : determiningPolicies;
  return { ...rest, error, policies, ...(policies.length > 1 && error ? {} : { reason }) };
}

const later = new Date(now.getTime() + 40 * 86_400_000);

test("requests that look the same to the policies are decided the same, for the same reason", () => {
  let same = 0;
  fc.assert(
    fc.property(scenario, fc.array(scenario, { minLength: 1, maxLength: 4 }), ({ statements, calls }, others) => {
      const policies = policiesOf(...statements);
      const engine = compilePolicies({ configuration, policies });
      const keyOf = seenBy(policies, engine.schema);
      const called = calls[0]?.tool ?? "";
      const every = [...calls, ...others.flatMap((other) => other.calls)];
      // Who, with what and when are mixed, so that requests differ in one thing at a time.
      const requests = every.flatMap(({ principal }) =>
        every
          .filter((call) => call.tool === called)
          .flatMap((call) =>
            [now, later].map(
              (time): AuthorizationRequest => ({ tool: called, principal, arguments: call.arguments, now: time }),
            ),
          ),
      );
      const decided = new Map<string, unknown>();
      for (const request of requests) {
        const key = keyOf(request);
        const decision = engine.authorize(request);
        if (decided.has(key)) {
          same += 1;
          expect(inOrder(decision)).toEqual(decided.get(key));
        } else decided.set(key, inOrder(decision));
      }
      engine.release();
    }),
    { numRuns: 150 },
  );
  // The property is about something.
  expect(same).toBeGreaterThan(400);
});

test("what no policy looks at makes no difference, and what one looks at does", () => {
  const on = (tool: string) =>
    `action == AgentCore::Action::"${tool}", resource == AgentCore::Gateway::"${gatewayArn}"`;
  const approve = "ApprovalToolTarget___approve_underwriting";
  const policies = policiesOf(
    `permit(principal, ${on(approve)}) when { context.input has claim_amount && context.input.claim_amount < 5 && principal.hasTag("team") };`,
    `forbid(principal == AgentCore::OAuthUser::"bob", ${on(approve)});`,
    `permit(principal, ${on("RiskModelToolTarget___invoke_risk_model")}) when { principal.id == "x" && context.system.now < datetime("2026-01-01") };`,
  );
  const engine = compilePolicies({ configuration: insurance, policies });
  let asked = 0;
  const authorize = (request: AuthorizationRequest) => {
    asked += 1;
    return engine.authorize(request);
  };
  const decide = remembering({ schema: engine.schema, authorize }, policies);
  const ask = (id: string, tags: Record<string, string>, args: AuthorizationRequest["arguments"], time = now) => {
    decide({ tool: approve, principal: user(tags, id), arguments: args, now: time });
    return asked;
  };
  expect(ask("alice", { team: "a", sub: "alice" }, { claim_amount: 1, risk_level: "low" })).toBe(1);
  expect(ask("carol", { team: "a", sub: "carol" }, { claim_amount: 1, risk_level: "high" }, later)).toBe(1);
  expect(ask("bob", { team: "a" }, { claim_amount: 1 })).toBe(2);
  // It is only asked whether there is a team, and whether the amount is below 5.
  expect(ask("alice", { team: "b" }, { claim_amount: -4 })).toBe(2);
  expect(ask("alice", {}, { claim_amount: 1 })).toBe(3);
  expect(ask("alice", { team: "a" }, { claim_amount: 5 })).toBe(4);
  expect(ask("alice", { team: "a" }, { claim_amount: 6 })).toBe(5);
  expect(ask("alice", { team: "a" }, { claim_amount: 7_000 })).toBe(5);
  expect(ask("alice", { team: "a" }, { claim_amount: 2 ** 53 })).toBe(6);
  expect(ask("alice", { team: "a" }, {})).toBe(7);
});

test("an argument that is null is another than one that is missing", () => {
  const policies = policiesOf(
    `permit(principal, action, resource) when { action == AgentCore::Action::"A___create" && context.input has note };`,
  );
  const { schema, authorize } = compilePolicies({ configuration, policies });
  const decide = remembering({ schema, authorize }, policies);
  const decided = [{ amount: 1, note: null }, { amount: 1 }, { amount: 1, note: "x" }].map(
    (args) => decide({ tool: "A___create", principal: user(), arguments: args, now }).decision,
  );
  expect(decided).toEqual(["ALLOW", "DENY", "ALLOW"]);
});

test("a time or a decimal that is none is told from one that is, though policies only ask whether it is there", () => {
  const tools = [tool("t", { at: { type: "string", format: "date-time" }, rate: { type: "number" } })];
  const gateway = gatewayOf({ T: tools });
  const policies = policiesOf(
    `permit(principal, action, resource) when { context.input has at || context.input has rate };`,
  );
  const { schema, authorize } = compilePolicies({ configuration: gateway, policies });
  const decide = remembering({ schema, authorize }, policies);
  const decided = [{ at: "2026-01-01T00:00:00Z" }, { at: "soon" }, { rate: 1 }, { rate: 9_000_000_000_000_000 }].map(
    (args) => decide({ tool: "T___t", principal: user(), arguments: args, now }).decision,
  );
  expect(decided).toEqual(["ALLOW", "DENY", "ALLOW", "DENY"]);
});
