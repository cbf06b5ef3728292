import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GatehouseError } from "../../../errors.ts";
import { openAiModel } from "../../../model/openAi.ts";
import { openAiReply, scriptedServer } from "../../../model/testing.ts";
import { gatewayArn, insurance } from "../../testing/configuration.ts";
import { parsePolicy, validatePolicies } from "../../validate.ts";
import { authorWithModel } from "./author.ts";
import { sourceOf, spansOf } from "./source.ts";

let server: Awaited<ReturnType<typeof scriptedServer>>;
beforeAll(async () => {
  server = await scriptedServer();
});
afterAll(() => server.close());

const text =
  "Allow users of finance to create applications below 5 million. Deny angry users, and be nice.\n- Allow it";

/** Mostly the first, so that most answers are right but for one thing. */
const mostly = (right: string, ...wrong: readonly string[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(right) }, fc.constantFrom(...wrong));
const fragment = mostly(
  "Allow users of finance to create applications below 5 million.",
  "Deny angry users, and be nice.",
  "Deny angry users",
  "be nice",
  "Allow it",
  "it",
  text,
  "Allow everything",
  "",
);
const scope = fc.tuple(
  mostly("permit", "forbid", '@a("b") permit', "// x\npermit"),
  mostly(
    "principal is AgentCore::OAuthUser",
    `principal == AgentCore::OAuthUser::"a"`,
    "principal",
    "principal is AgentCore::IamEntity",
  ),
  mostly(
    `action == AgentCore::Action::"ApplicationToolTarget___create_application"`,
    `action in AgentCore::Action::"CallTool"`,
    "action",
    `action == AgentCore::Action::"nothing"`,
  ),
  mostly(
    `resource == AgentCore::Gateway::"${gatewayArn}"`,
    "resource",
    `resource == AgentCore::Gateway::"x"`,
    `resource == AgentCore::OAuthUser::"${gatewayArn}"`,
  ),
);
const condition = mostly(
  "when { context.input.coverage_amount < 5000000 }",
  "",
  "when { true }",
  `when { principal.hasTag("a") && principal.getTag("a") == "b // c" }`,
  `unless { principal.getTag("a") == "b" }`,
  `when { context.input.applicant_region == "US" }`,
  `when { context.input has applicant_region && context.input.applicant_region like "U*" }`,
  'when { unknown("x") }',
  `when { principal.id == "\u202e" }`,
  `when { ${"(".repeat(50)}true${")".repeat(50)} }`,
  "when {",
);
const policy = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(scope, condition)
      .map(([[effect, ...parts], when]) => `${effect}(${parts.join(", ")}) ${when};`),
  },
  fc.string({ unit: "binary" }),
);
const entry = fc.oneof(
  { weight: 12, arbitrary: fc.record({ fragment, cedar: policy }) },
  { weight: 3, arbitrary: fc.record({ fragment, notTranslatable: fc.string({ unit: "binary" }) }) },
  fc.jsonValue(),
);
const whole = fc.array(entry, { maxLength: 3 }).map((entries) => JSON.stringify(entries));
const answer = fc.oneof(
  { weight: 6, arbitrary: whole },
  fc.tuple(fc.string(), whole, fc.string()).map((parts) => parts.join("\n")),
  fc.tuple(whole, fc.nat()).map(([json, end]) => json.slice(0, end % (json.length + 1))),
  fc.string({ unit: "binary" }),
  fc.json(),
);

test("whatever a model answers, what comes of it is strictly valid, for this gateway, and about the text; or an error of ours", async () => {
  const tally = { statements: 0, reasons: 0, errors: 0 };
  const source = sourceOf(text);
  await fc.assert(
    fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 2 }), async (answers) => {
      server.script(...answers.map((one) => openAiReply(one)));
      const model = openAiModel({ url: server.url, modelId: "small" });
      try {
        const authored = await authorWithModel({ text, configuration: insurance, model, rounds: 2 });
        expect(authored.length).toBeGreaterThan(0);
        for (const one of authored) {
          expect(spansOf(one.fragment, source)).not.toEqual([]);
          if ("reason" in one) {
            tally.reasons++;
            expect(one.reason).toMatch(/^[^\p{C}]{5,600}$/u);
          } else {
            tally.statements++;
            expect(validatePolicies([{ policyId: "p", statement: one.statement }], insurance)).toEqual([]);
            const { resourceArn, json } = parsePolicy(one.statement);
            expect([resourceArn, json.annotations ?? {}]).toEqual([gatewayArn, {}]);
            expect(JSON.stringify(json.principal)).toContain("AgentCore::OAuthUser");
            expect(one.statement).not.toMatch(/\/\/ x|\u202e/);
          }
        }
      } catch (error) {
        if (!(error instanceof GatehouseError)) throw error;
        tally.errors++;
        expect(error.message).toContain("no usable answer");
      }
    }),
    { numRuns: 600 },
  );
  // None of the ways is left out.
  expect(Math.min(tally.statements, tally.reasons, tally.errors), JSON.stringify(tally)).toBeGreaterThan(50);
});
