import { describe, expect, test } from "vitest";
import { buildSchema } from "../../schema/schema.ts";
import { parseStatement } from "../../statement.ts";
import { user } from "../../testing/configuration.ts";
import type { ExampleRequest } from "../example.ts";
import { assignmentOf } from "../testing/assignment.ts";
import { evaluatePlainly } from "../testing/plainCedar.ts";
import { richConfiguration, richTool } from "../testing/richWorld.ts";
import { evaluator } from "./evaluate.ts";
import { policyFormula, scopeFor } from "./policy.ts";

const request: ExampleRequest = {
  principal: user({ dept: "risk" }),
  tool: richTool,
  arguments: { amount: 3, extra: { dept: "q" }, labels: ["p", "p", "q"], span: "PT1H" },
  now: "1969-12-31T23:59:59.999Z",
};

function translated(statement: string): string {
  const schema = buildSchema(richConfiguration);
  const action = schema.actions.get(richTool);
  if (!action) throw new Error("the tool is missing");
  const scope = scopeFor(action, schema);
  const { satisfied, errs } = policyFormula(parseStatement(statement), scope);
  expect(scope.environment.inexactness).toEqual(new Set());
  const value = evaluator(assignmentOf(action, request, scope.environment));
  return value(satisfied) ? "satisfied" : value(errs) ? "error" : "not satisfied";
}

/** The largest and the smallest Long. */
const [most, least] = ["9223372036854775807", "(-9223372036854775808)"];

describe("a condition comes to what it comes to in Cedar", () => {
  test.for([
    // Integers end at 64 bits, on either side.
    [`${most} + 0 == ${most}`, "satisfied"],
    [`${most} + 1 > 0`, "error"],
    [`${least} - 1 < 0`, "error"],
    [`${least} - 0 < 0`, "satisfied"],
    [`-${least} > 0`, "error"],
    [`${least} * -1 > 0`, "error"],
    ["4611686018427387904 * 2 > 0", "error"],
    ["-4611686018427387904 * 2 < 0", "satisfied"],
    ["3037000499 * 3037000499 > 0", "satisfied"],
    ["3037000500 * 3037000500 > 0", "error"],
    // What isn't evaluated can't err.
    [`false && ${most} + 1 > 0`, "not satisfied"],
    [`true && ${most} + 1 > 0`, "error"],
    [`true || ${most} + 1 > 0`, "satisfied"],
    [`${most} + 1 > 0 || true`, "error"],
    [`if context.input.amount == 3 then true else ${most} + 1 > 0`, "satisfied"],
    [`if ${most} + 1 > 0 then true else true`, "error"],
    [`context.input has extra && context.input.extra.hasTag("other") && ${most} + 1 > 0`, "not satisfied"],
    [`[1, ${most} + 1].contains(1)`, "error"],
    [`{a: ${most} + 1, b: true}.b`, "error"],
    // Times before 1970, and the ends of what a time can be.
    [`context.system.now.toDate() == datetime("1969-12-31")`, "satisfied"],
    [`context.system.now.toTime() == duration("23h59m59s999ms")`, "satisfied"],
    [`context.system.now.offset(duration("9223372036854775807ms")) > context.system.now`, "satisfied"],
    [`datetime("1970-01-02").offset(duration("9223372036854775807ms")) > context.system.now`, "error"],
    [`datetime("2024-02-29").durationSince(datetime("2023-02-28")) == duration("366d")`, "satisfied"],
    [`context.input has span && context.input.span == duration("60m")`, "satisfied"],
    [`duration("-1h").toMilliseconds() == -3600000`, "satisfied"],
    [`decimal("-0.5").lessThan(decimal("-0.4999"))`, "satisfied"],
    [`decimal("1.50") == decimal("1.5")`, "satisfied"],
    // Sets have no order and hold nothing twice.
    [`context.input has labels && context.input.labels == ["q", "p"]`, "satisfied"],
    [`["p", "q", "r"].containsAll(["r", "p"]) && !["p"].containsAny(["q"])`, "satisfied"],
    [`[[1, 2], [3]].contains([2, 1, 1])`, "satisfied"],
    // Entities that aren't there have nothing.
    [`AgentCore::OAuthUser::"bob" has id`, "not satisfied"],
    [`AgentCore::OAuthUser::"alice".id == "alice"`, "satisfied"],
    [`AgentCore::OAuthUser::"bob".id == "bob"`, "error"],
    [`AgentCore::OAuthUser::"alice".hasTag("dept")`, "satisfied"],
    [`action in AgentCore::Action::"Mcp" && action != AgentCore::Action::"Mcp"`, "satisfied"],
  ] as const)("%s: %s", ([body, expected]) => {
    const statement = `forbid(principal, action, resource) when { ${body} };`;
    expect(evaluatePlainly(statement, request, richConfiguration)).toBe(expected);
    expect(translated(statement)).toBe(expected);
  });
});
