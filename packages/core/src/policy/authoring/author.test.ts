import { formatPolicies } from "@cedar-policy/cedar-wasm/nodejs";
import { describe, expect, test } from "vitest";
import { gatewayOf, insurance, tool } from "../testing/configuration.ts";
import { validatePolicies } from "../validate.ts";
import { authorPolicies } from "./author.ts";
import type { AuthoredStatement } from "./authored.ts";
import { gateways } from "./corpus/gateways.ts";

const statementOf = (one: AuthoredStatement | undefined) => (one && "statement" in one ? one.statement : undefined);
const reasonOf = (one: AuthoredStatement | undefined) => (one && "reason" in one ? one.reason : undefined);

/** The only entry for a sentence. */
function only(text: string, gateway = gateways.insurance) {
  const authored = authorPolicies(text, gateway);
  expect(authored).toHaveLength(1);
  return authored[0];
}

describe("a statement", () => {
  test("becomes a policy in Cedar's format, strictly valid, for this gateway", () => {
    const statement = statementOf(only("Allow users with role auditor to approve underwriting up to $500."));
    expect(statement).toBe(`permit (
  principal is AgentCore::OAuthUser,
  action == AgentCore::Action::"ApprovalToolTarget___approve_underwriting",
  resource ==
    AgentCore::Gateway::"${gateways.insurance.gateway.gatewayArn}"
)
when
{
  principal.hasTag("role") &&
  (principal.getTag("role") == "auditor") &&
  (context.input.claim_amount <= 500)
};`);
    expect(validatePolicies([{ policyId: "p", statement: statement ?? "" }], gateways.insurance)).toEqual([]);
    const again = formatPolicies({ policyText: statement ?? "", lineWidth: 100, indentWidth: 2 });
    expect(again).toMatchObject({ formatted_policy: expect.stringContaining(statement ?? "-") });
  });

  test("keeps its own part of the text", () => {
    const text = "Allow everyone to create applications, and allow users with role x to approve underwriting.";
    expect(authorPolicies(text, gateways.insurance).map(({ fragment }) => fragment)).toEqual([
      "Allow everyone to create applications",
      "allow users with role x to approve underwriting",
    ]);
  });

  test("needs no descriptions", () => {
    expect(
      statementOf(only("Allow the application tool with the coverage amount under $5 million", insurance)),
    ).toContain("context.input.coverage_amount < 5000000");
  });

  test("asks for an optional parameter before it looks at it", () => {
    expect(statementOf(only("Anyone may approve claims with a claim amount under 5.", insurance))).toBeUndefined();
    expect(statementOf(only("Anyone may approve underwriting with a claim amount under 5.", insurance))).toContain(
      "(context.input has claim_amount) && (context.input.claim_amount < 5)",
    );
  });

  test("is refused with what would be understood", () => {
    expect(reasonOf(only("Allow users to create applications with a limit under 5."))).toMatch(
      /"limit" is no word of a parameter/,
    );
    expect(reasonOf(only("Allow users to delete applications."))).toMatch(
      /"delete" says nothing.*ApplicationToolTarget___create_application/,
    );
    expect(reasonOf(only("Allow transfers with currency JPY.", gateways.bank))).toMatch(/USD, EUR or GBP/);
    expect(reasonOf(only('Allow users whose "nickname" is bob to use the wheel.', gateways.bank))).toMatch(/"wheel"/);
  });
});

describe("a text", () => {
  test("of nothing has no statements", () => {
    expect(authorPolicies(" \n\n ", gateways.insurance)).toEqual([]);
  });

  test("of more than 2,000 characters, or half a character, is refused as a whole", () => {
    expect(reasonOf(only("Allow all users to use all tools. ".repeat(60)))).toMatch(/2000 characters/);
    expect(reasonOf(only("Allow all users to use all tools \ud800"))).toMatch(/Unicode/);
  });

  test("is translated as far as its statements leave each other alone", () => {
    const [first, second] = authorPolicies(
      "Everyone may create applications. Users should approve underwriting.",
      gateways.insurance,
    );
    expect(statementOf(first)).toContain("create_application");
    expect(reasonOf(second)).toMatch(/should/);
  });

  test.each([
    "Everyone may create applications. Only in the US.",
    "Everyone may create applications. Max 5 million.",
    "Everyone may create applications.\nBut not interns.",
    "Interns:\n- Everyone may create applications.",
    "Interns\nEveryone may create applications.",
    "Everyone may create applications. Or not?",
    "The following is wrong. Everyone may create applications.",
    "Everyone may create applications. Users may not do this above 5 million.",
  ])("whose other sentences may change a statement is refused: %s", (text) => {
    expect(authorPolicies(text, gateways.insurance).map(statementOf)).toEqual([undefined, undefined]);
  });

  test("that says only and also permits others is refused where it says only", () => {
    const text = "Everyone may create applications. Only users with role admin may create applications.";
    const [everyone, admins] = authorPolicies(text, gateways.insurance);
    expect(statementOf(everyone)).toBeDefined();
    expect(reasonOf(admins)).toMatch(/"only" would not be true/);
  });

  test("that permits what it forbids to everyone is refused where it permits", () => {
    const text = "Nobody may create applications. Users with role admin may create applications.";
    const [nobody, admins] = authorPolicies(text, gateways.insurance);
    expect(statementOf(nobody)).toContain("forbid");
    expect(reasonOf(admins)).toMatch(/forbids it to everyone/);
  });
});

describe("a gateway", () => {
  test("whose tools are alike gets no guess between them", () => {
    const alike = gatewayOf({ A: [tool("create_order")], B: [tool("create_order"), tool("create_order_draft")] });
    expect(reasonOf(only("Allow users to create orders.", alike))).toMatch(/A___create_order or B___create_order/);
    expect(statementOf(only("Allow users to call A___create_order.", alike))).toContain('"A___create_order"');
  });

  test("whose parameters are alike gets no guess between them", () => {
    const alike = gatewayOf({
      A: [
        tool("pay", { net_amount: { type: "integer" }, gross_amount: { type: "integer" }, cents: { type: "integer" } }),
      ],
    });
    expect(reasonOf(only("Allow users to pay up to $5.", alike))).toMatch(/net_amount/);
    expect(reasonOf(only("Allow users to pay if the amount is under 5.", alike))).toMatch(
      /may mean gross_amount or net_amount/,
    );
    expect(reasonOf(only("Allow users to pay with cents under $5.", alike))).toMatch(/counts cents/);
  });

  test("with names that are no identifiers gets valid policies", () => {
    const odd = gatewayOf({
      "My-Target": [tool("get.it", { "max-n": { type: "integer" }, mode: { type: "string", enum: ["a b", "c"] } })],
    });
    const statement = statementOf(only('Allow users to get it if the max n is under 5 and the mode is "a b".', odd));
    expect(statement).toContain('context.input["max-n"] < 5');
    expect(validatePolicies([{ policyId: "p", statement: statement ?? "" }], odd)).toEqual([]);
  });

  test("whose tools have names of several parts gets the part right", () => {
    const parts = gatewayOf({
      A: [
        tool("move_funds_to_savings"),
        tool("delete_all_files"),
        tool("get_user_role"),
        tool("search", { limit: { type: "integer" } }),
      ],
    });
    expect(statementOf(only("Users may move funds to savings.", parts))).toContain("move_funds_to_savings");
    expect(statementOf(only("Users may delete all files.", parts))).toContain("delete_all_files");
    for (const text of [
      "Users may move savings.",
      "Users may delete files.",
      "Users may get users.",
      "Users may search up to 10.",
    ])
      expect([text, statementOf(only(text, parts))]).toEqual([text, undefined]);
  });

  test("without tools can't be spoken of", () => {
    expect(reasonOf(only("Allow users to create applications.", gatewayOf({})))).toBeDefined();
  });
});
