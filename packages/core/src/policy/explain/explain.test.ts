import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../json.ts";
import { compilePolicies } from "../engine.ts";
import { gatewayOf, insurance, now, policiesOf, tool, user } from "../testing/configuration.ts";
import { notTheArguments } from "./explain.ts";

const create = "ApplicationToolTarget___create_application";

/** What is told about a call of the insurance example's first tool. */
function told(statements: readonly string[], args: JsonObject, tags = {}, configuration = insurance, name = create) {
  const engine = compilePolicies({ configuration, policies: policiesOf(...statements) });
  const sentences = engine.explain({ principal: user(tags), tool: name, arguments: args, now });
  engine.release();
  return sentences;
}
const permit = (condition: string) => `permit(principal, action, resource) when { ${condition} };`;
const forbid = (condition: string) => `forbid(principal, action, resource) when { ${condition} };`;
const about = (statement: string) => statement.replace("action,", `action == AgentCore::Action::"${create}",`);

describe("the insurance example", () => {
  const limit = about(permit("context.input.coverage_amount < 5000000"));
  const region = about(
    permit(
      `context.input.coverage_amount < 5000000 && context.input has applicant_region && ["US", "CA"].contains(context.input.applicant_region)`,
    ),
  );

  test("says what the amount must be", () => {
    expect(told([limit], { coverage_amount: 10_000_000 })).toEqual(["coverage_amount must be less than 5000000"]);
    expect(told([limit], { coverage_amount: 1 })).toEqual([]);
  });

  test("says all that failed, and nothing that did not", () => {
    expect(told([region], { coverage_amount: 10_000_000, applicant_region: "DE" })).toEqual([
      "coverage_amount must be less than 5000000",
      `applicant_region must be one of "US", "CA"`,
    ]);
    expect(told([region], { coverage_amount: 1 })).toEqual(["applicant_region must be given"]);
  });

  test("gives alternatives, of one policy and of several", () => {
    const either = about(permit(`context.input.coverage_amount < 5 || context.input.coverage_amount == 100`));
    expect(told([either, limit.replace("< 5000000", ">= 7000")], { coverage_amount: 50 })).toEqual([
      "coverage_amount must be less than 5, or coverage_amount must be 100, or coverage_amount must be at least 7000",
    ]);
    expect(
      told([region, about(permit("context.input.coverage_amount == 0"))], { coverage_amount: 10_000_000 }),
    ).toEqual([
      "(coverage_amount must be less than 5000000 and applicant_region must be given), or coverage_amount must be 0",
    ]);
  });

  test("says what a forbid asks for, whose negation must be so", () => {
    const everyone = "permit(principal, action, resource);";
    expect(told([everyone, about(forbid("context.input.coverage_amount > 100"))], { coverage_amount: 101 })).toEqual([
      "coverage_amount must be at most 100",
    ]);
    const unless = `forbid(principal, action, resource) unless { context.input has applicant_region && context.input.applicant_region == "US" };`;
    expect(told([everyone, about(unless)], { coverage_amount: 1, applicant_region: "UK" })).toEqual([
      `applicant_region must be "US"`,
    ]);
    const both = about(forbid(`context.input has applicant_region && context.input.applicant_region == "X"`));
    expect(told([everyone, both], { coverage_amount: 1, applicant_region: "X" })).toEqual([
      `applicant_region must not be given, or applicant_region must not be "X"`,
    ]);
  });
});

describe("who calls", () => {
  const finance = `principal.hasTag("department") && principal.getTag("department") == "finance"`;

  test("is never told about: only that the arguments are not what is wrong", () => {
    expect(told([about(permit(finance))], { coverage_amount: 1 })).toEqual([notTheArguments]);
    expect(
      told([about(permit(`context.input.coverage_amount < 5 && principal.hasTag("x")`))], { coverage_amount: 9 }),
    ).toEqual([notTheArguments]);
    expect(told([about(permit(`context.system.now < datetime("2020-01-01")`))], { coverage_amount: 1 })).toEqual([
      notTheArguments,
    ]);
    expect(told([], { coverage_amount: 1 })).toEqual([notTheArguments]);
  });

  test("decides which conditions on the arguments are told", () => {
    const policy = about(
      permit(`(${finance} && context.input.coverage_amount < 9) || context.input.coverage_amount < 5`),
    );
    expect(told([policy], { coverage_amount: 10 })).toEqual(["coverage_amount must be less than 5"]);
    expect(told([policy], { coverage_amount: 10 }, { department: "finance" })).toEqual([
      "coverage_amount must be less than 9, or coverage_amount must be less than 5",
    ]);
  });

  test("stays out of what holds arguments against them", () => {
    const own = `context.input has applicant_region && principal.hasTag("region") && context.input.applicant_region == principal.getTag("region")`;
    const args = { coverage_amount: 9, applicant_region: "DE" };
    expect(told([about(permit(own))], args, { region: "US" })).toEqual([]);
    expect(told([about(permit(`context.input.coverage_amount < 5 && ${own}`))], args, { region: "US" })).toEqual([
      "coverage_amount must be less than 5",
      "another condition must be met",
    ]);
  });
});

describe("conditions in words", () => {
  const configuration = gatewayOf({
    T: [
      tool("x", {
        "rate!": { type: "number" },
        "mode!": { type: "string", enum: ["fast", "slow"] },
        "flag!": { type: "boolean" },
        "list!": { type: "array", items: { type: "string" } },
        "name!": { type: "string" },
        "at!": { type: "string", format: "date-time" },
        "from!": { type: "string", format: "ipv4" },
        "note!": { type: ["string", "null"] },
        "map!": { type: "object", additionalProperties: { type: "string" } },
        "deep!": { type: "object", properties: { er: { type: "integer" } }, required: ["er"] },
      }),
    ],
  });
  const args = {
    rate: 2.5,
    mode: "slow",
    flag: false,
    list: ["a"],
    name: "bob",
    at: "2026-06-01T00:00:00Z",
    from: "8.8.8.8",
    note: "n",
    map: { k: "v" },
    deep: { er: 1 },
  };
  const i = "context.input";
  test.for<[string, string | undefined]>([
    [`${i}.rate.lessThan(decimal("1.5"))`, "rate must be less than 1.5"],
    [`!(${i}.rate.greaterThan(decimal("2.0")))`, "rate must be at most 2.0"],
    [`${i}.mode == AgentCore::T___x_Input_mode::"fast"`, `mode must be "fast"`],
    [`${i}.mode != AgentCore::T___x_Input_mode::"slow"`, `mode must not be "slow"`],
    [`${i}.flag`, "flag must be true"],
    [`!(${i}.flag || 5 > 3) || ${i}.flag`, "flag must be true"],
    [`${i}.list.contains("b")`, `list must contain "b"`],
    [`!${i}.list.contains("a")`, `list must not contain "a"`],
    [`${i}.list.containsAll(["a", "b"])`, `list must contain all of "a", "b"`],
    [`${i}.list.containsAny(["b", "c"])`, `list must contain one of "b", "c"`],
    [`!${i}.list.containsAny(["a", "c"])`, `list must contain none of "a", "c"`],
    [`${i}.list.isEmpty()`, "list must be empty"],
    [`${i}.name like "a*"`, `name must match "a*"`],
    [`${i}.at < datetime("2026-01-01")`, "at must be less than 2026-01-01"],
    [`${i}.from.isInRange(ip("10.0.0.0/8"))`, "from must be in 10.0.0.0/8"],
    [`${i}.note has typeChoice0 && ${i}.note.typeChoice0 == "x"`, `note must be "x"`],
    [`${i}.map.hasTag("z")`, "map.z must be given"],
    [`${i}.map.hasTag("k") && ${i}.map.getTag("k") == "w"`, `map.k must be "w"`],
    [`10 <= ${i}.deep.er`, "deep.er must be at least 10"],
    [`if ${i}.flag then false else ${i}.deep.er == 2`, "deep.er must be 2"],
    [`${i}.deep.er + 1 > 7`, undefined],
    [`${i}.name == "${"a".repeat(200)}"`, undefined],
    [`${i}.deep.er > ${i}.deep.er`, undefined],
    [`${i}.deep.er == 9007199254740993`, undefined],
  ])("%s", ([condition, sentence]) => {
    const found = told([permit(condition)], args, {}, configuration, "T___x");
    expect(found).toEqual(sentence === undefined ? [] : [sentence]);
  });

  test("are bounded in number and length", () => {
    const many = Array.from({ length: 40 }, (_, n) => `${i}.name == "${n}${"x".repeat(50)}"`).join(" || ");
    const [sentence = "", ...others] = told([permit(many)], args, {}, configuration, "T___x");
    expect(others).toEqual([]);
    expect(sentence.endsWith("or another condition must be met")).toBe(true);
    expect(sentence.length).toBeLessThan(1_000);
  });
});
