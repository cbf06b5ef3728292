import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GatewayConfiguration } from "../../../storage/records.ts";
import { buildSchema } from "../../schema/schema.ts";
import { parseStatement } from "../../statement.ts";
import { now } from "../../testing/configuration.ts";
import { configuration, scenario } from "../../testing/scenarios.ts";
import type { ExampleRequest } from "../example.ts";
import { policySet } from "../policySet.ts";
import { assignmentOf } from "../testing/assignment.ts";
import { evaluatePlainly } from "../testing/plainCedar.ts";
import { richConfiguration, richPolicy, richRequest } from "../testing/richWorld.ts";
import { evaluator } from "./evaluate.ts";
import { policyFormula, scopeFor } from "./policy.ts";

const numRuns = Number(process.env.GATEHOUSE_FUZZ_RUNS ?? 300);

/** What the translation makes of a policy and any request for a tool; undefined where it leaves something open. */
function translation(statement: string, tool: string, gateway: GatewayConfiguration) {
  const schema = buildSchema(gateway);
  const action = schema.actions.get(tool);
  if (!action) throw new Error(`no tool ${tool}`);
  if (policySet([{ policyId: "p", statement }], schema).forTool(action).valid.length === 0) return undefined;
  const scope = scopeFor(action, schema);
  const { satisfied, errs } = policyFormula(parseStatement(statement), scope);
  if (scope.environment.inexactness.size > 0) return undefined;
  return (request: ExampleRequest) => {
    const value = evaluator(assignmentOf(action, request, scope.environment));
    // The assumptions about all requests must hold of this one, or the solver would never see it.
    expect(scope.environment.assumptions.map(value)).not.toContain(false);
    return value(satisfied) ? "satisfied" : value(errs) ? "error" : "not satisfied";
  };
}

describe("the translation against plain Cedar", { timeout: 3_600_000 }, () => {
  test.for<[string, GatewayConfiguration, fc.Arbitrary<{ statements: string[]; requests: ExampleRequest[] }>]>([
    [
      "with arguments of every type",
      richConfiguration,
      fc.record({
        statements: fc.array(richPolicy, { minLength: 1, maxLength: 1 }),
        requests: fc.array(richRequest, { minLength: 5, maxLength: 5 }),
      }),
    ],
    [
      "with the scopes and tools of a gateway",
      configuration,
      scenario.map(({ statements, calls }) => ({
        statements,
        requests: calls.map((call) => ({ ...call, now: now.toISOString() })),
      })),
    ],
  ])("every policy comes to the same, errors as well: %s", ([, gateway, cases]) => {
    const tally = { satisfied: 0, error: 0, "not satisfied": 0, open: 0 };
    fc.assert(
      fc.property(cases, ({ statements, requests }) => {
        for (const statement of statements) {
          for (const [tool, calls] of Map.groupBy(requests, (request) => request.tool)) {
            const resultOf = translation(statement, tool, gateway);
            if (!resultOf) tally.open += 1;
            else
              for (const call of calls) {
                const result = resultOf(call);
                tally[result] += 1;
                expect(result).toBe(evaluatePlainly(statement, call, gateway));
              }
          }
        }
      }),
      { numRuns },
    );
    // What was compared must have been worth comparing.
    expect(Math.min(tally.satisfied, tally.error, tally["not satisfied"])).toBeGreaterThan(numRuns / 20);
  });
});
