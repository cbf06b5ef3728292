import { expect, test } from "vitest";
import { buildSchema } from "../../schema/schema.ts";
import { gatewayOf, insurance, tool } from "../../testing/configuration.ts";
import { questionFor, systemPrompt } from "./prompt.ts";
import { vocabularyFor } from "./vocabulary.ts";

/** Twenty targets of fifty tools each, with much to say. */
const big = gatewayOf(
  Object.fromEntries(
    Array.from({ length: 20 }, (_, t) => [
      `Department${t}`,
      Array.from({ length: 50 }, (_, i) => ({
        ...tool(`handle_case_${i}`, {
          "amount!": { type: "integer", description: "How much. ".repeat(50) },
          kind: { type: "string", enum: ["one", "two"] },
        }),
        description: t === 13 && i === 37 ? "Reimburses travellers for lodging" : "Handles a case. ".repeat(100),
      })),
    ]),
  ),
);

test("a small gateway is told in full", () => {
  const vocabulary = vocabularyFor("Allow everything", insurance);
  expect(vocabulary.tools).toHaveLength(4);
  expect(vocabulary.of).toBe(4);
  for (const name of buildSchema(insurance).actions.keys()) expect(vocabulary.schema).toContain(`action "${name}"`);
  expect(questionFor("Allow everything", vocabulary, buildSchema(insurance))).toContain("These are all tools");
});

test.for([
  ["Agents may reimburse lodging below 100 dollars.", "Department13___handle_case_37"],
  ["Forbid Department7 handle case 42.", "Department7___handle_case_42"],
] as const)("of 1,000 tools those are told that fit: %s", ([text, expected]) => {
  const vocabulary = vocabularyFor(text, big);
  expect(vocabulary.tools.slice(0, 5).map(({ action }) => action)).toContain(expected);
  expect(vocabulary.schema).toContain(`action "${expected}"`);
  const question = questionFor(text, vocabulary, buildSchema(big));
  expect(question).toMatch(/The gateway has 1000 tools\. These are the \d+ that fit/);
  // Schema and descriptions are bounded, whatever the gateway.
  expect(question.length + systemPrompt.length).toBeLessThan(55_000);
  expect(vocabulary.tools.length).toBeGreaterThan(20);
});

test("a tool that is too large alone is left out, and takes no other with it", () => {
  const properties = Object.fromEntries(
    Array.from({ length: 900 }, (_, i) => [`property_with_a_long_name_${i}`, { type: "string" }]),
  );
  const configuration = gatewayOf({ T: [tool("huge", properties), tool("small")] });
  const { tools, of } = vocabularyFor("Allow huge", configuration);
  expect([tools.map(({ action }) => action), of]).toEqual([["T___small"], 2]);
});

test("what no policy can speak of is said, with the reason", () => {
  const configuration = gatewayOf({ T: [tool("x", { __entity: { type: "string" } }), tool("y")] });
  const vocabulary = vocabularyFor("Allow x", configuration);
  expect(vocabulary.unrepresentable).toEqual([
    { action: "T___x", property: "input.__entity", reason: expect.stringContaining("escape") },
  ]);
  expect(questionFor("Allow x", vocabulary, buildSchema(configuration))).toContain("<without-policies>");
});
