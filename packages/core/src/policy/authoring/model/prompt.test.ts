import { expect, test } from "vitest";
import { gatewayOf, tool } from "../../testing/configuration.ts";
import { readAnswer } from "./answer.ts";
import { systemPrompt } from "./prompt.ts";
import { reviewPolicy } from "./review.ts";
import { settle } from "./settle.ts";
import { sourceOf, spansOf } from "./source.ts";

const configuration = gatewayOf(
  {
    Payments: [
      tool("refund", {
        "amount!": { type: "integer" },
        "rate!": { type: "number" },
        "kind!": { type: "string", enum: ["full", "partial"] },
        "labels!": { type: "array", items: { type: "string" } },
        "name!": { type: "string" },
        note: { type: "string" },
        region: { type: "string" },
      }),
    ],
  },
  { gatewayArn: "arn:gateway" },
);

test("the example is answered as answers are read, and its policy is right", () => {
  const [, text = "", answer = ""] = /the text "([^"]*)" is answered by\n(\[.*\])$/.exec(systemPrompt) ?? [];
  const entries = readAnswer(answer);
  if (typeof entries === "string") throw new Error(entries);
  const source = sourceOf(text);
  const reviewed = entries.map((entry) => {
    const outcome = "cedar" in entry ? reviewPolicy(entry.cedar, configuration) : { reason: entry.notTranslatable };
    if ("problem" in outcome) throw new Error(outcome.problem);
    return { spans: spansOf(entry.fragment, source), outcome };
  });
  expect(settle(source, reviewed)).toEqual([
    { fragment: "Users whose role is support may refund less than $200.", statement: expect.stringContaining("< 200") },
    { fragment: "Be polite.", reason: expect.any(String) },
  ]);
});

/** The forms that the rules name, and a policy that has them. */
test.for<[string, string]>([
  [`principal.hasTag("department") && principal.getTag("department") == "finance"`, "when { FORM }"],
  [`context.input has region && context.input.region == "US"`, "when { FORM }"],
  [`unless { context.input has region && context.input.region == "US" }`, "FORM"],
  [`decimal("0.5")`, "when { context.input.rate.lessThan(FORM) }"],
  [".lessThanOrEqual", `when { context.input.rateFORM(decimal("1.2345")) }`],
  [".greaterThanOrEqual", `when { context.input.rateFORM(decimal("1.2345")) }`],
  ["context.input.kind == AgentCore::", `when { FORMPayments___refund_Input_kind::"full" }`],
  ["containsAll", `when { context.input.labels.FORM(["a"]) }`],
  ["containsAny", `when { context.input.labels.FORM(["a"]) }`],
  [`like "prefix*"`, "when { context.input.name FORM }"],
  ["context.system.now", `when { FORM < datetime("2027-01-31T00:00:00Z") }`],
  [`datetime("2027-01-31T00:00:00Z")`, "when { context.system.now >= FORM }"],
  ["principal.id", `when { FORM == "alice" }`],
  [`action in AgentCore::Action::"CallTool"`, ""],
])("the prompt names %s, which is right", ([form, condition]) => {
  expect(systemPrompt).toContain(form);
  const action = form.startsWith("action") ? form : `action == AgentCore::Action::"Payments___refund"`;
  const scope = `principal is AgentCore::OAuthUser, ${action}, resource == AgentCore::Gateway::"arn:gateway"`;
  expect(reviewPolicy(`forbid(${scope}) ${condition.replace("FORM", form)};`, configuration)).toHaveProperty(
    "statement",
  );
});

test("what the prompt calls no test is none", () => {
  const scope = `principal is AgentCore::OAuthUser, action == AgentCore::Action::"Payments___refund", resource == AgentCore::Gateway::"arn:gateway"`;
  const policy = `forbid(${scope}) when { !(context.input has region) || context.input.region != "US" };`;
  expect(reviewPolicy(policy, configuration)).toHaveProperty("problem");
});
