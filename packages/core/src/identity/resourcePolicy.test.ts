import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GatehouseError } from "../errors.ts";
import { mayInvoke, parseResourcePolicy } from "./resourcePolicy.ts";

const arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/claims-0123456789";
const user = { type: "AgentCore::OAuthUser", id: "alice" } as const;
const role = { type: "AgentCore::IamEntity", id: "arn:aws:iam::111122223333:role/agent" } as const;

function policyOf(...statements: object[]) {
  const full = statements.map((one) => ({
    Effect: "Allow",
    Principal: "*",
    Action: "bedrock-agentcore:InvokeGateway",
    Resource: arn,
    ...one,
  }));
  return parseResourcePolicy(JSON.stringify({ Version: "2012-10-17", Statement: full }));
}

describe("a resource policy lets in", () => {
  test.each([
    ["everybody whom * allows", [{}], true, true],
    ["nobody without a statement about them", [{ Principal: { AWS: "arn:aws:iam::999999999999:root" } }], false, false],
    ["the role that it names, and no user", [{ Principal: { AWS: [role.id] } }], false, true],
    ["the account of a role", [{ Principal: { AWS: "111122223333" } }], false, true],
    ["nobody whom it also denies", [{}, { Effect: "Deny" }], false, false],
    ["all but the denied role", [{}, { Effect: "Deny", Principal: { AWS: role.id } }], true, false],
    ["nobody by a statement about another action", [{ Action: "bedrock-agentcore:Invoke" }], false, false],
    ["by wildcards in the action, in any case", [{ Action: "Bedrock-AgentCore:invoke*" }], true, true],
    ["nobody by a statement about another gateway", [{ Resource: `${arn}x` }], false, false],
    ["by wildcards in the resource", [{ Resource: ["nothing", "arn:*:gateway/claims-??????????"] }], true, true],
  ])("%s", (_, statements, ofUser, ofRole) => {
    const policy = policyOf(...statements);
    expect([mayInvoke(policy, user, arn), mayInvoke(policy, role, arn)]).toEqual([ofUser, ofRole]);
  });
});

test("wildcards match as the regular expression they stand for", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
  const plain = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
  fc.assert(
    fc.property(
      text.filter((pattern) => pattern !== ""),
      plain,
      (pattern, resource) => {
        const expected = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(resource);
        expect(mayInvoke(policyOf({ Resource: pattern }), user, resource)).toBe(expected);
      },
    ),
  );
});

test("T11 a hostile wildcard takes no longer than its length", () => {
  expect(mayInvoke(policyOf({ Resource: `${"a*".repeat(5_000)}b` }), user, "a".repeat(5_000))).toBe(false);
});

test("whatever the text, it is a policy or refused with a reason", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        parseResourcePolicy(text);
      } catch (error) {
        expect(error).toBeInstanceOf(GatehouseError);
        expect((error as GatehouseError).code).toBe("validation");
      }
    }),
  );
});
