import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { operations } from "../operations.ts";
import { groupsOf } from "./actionGroups.ts";
import { type AdministratorWithClaims, createAuthorizer } from "./authorize.ts";
import { isAboutResource } from "./resources.ts";

const account = "123456789012";
const gateway = `arn:aws:bedrock-agentcore:us-east-1:${account}:gateway/claims-0123456789`;
const { authorize } = createAuthorizer();

const key = (...roles: string[]): AdministratorWithClaims => ({ type: "Gatehouse::AccessKey", id: "GHAK1", roles });
const user = (tags: Record<string, string>, ...roles: string[]): AdministratorWithClaims => ({
  type: "Gatehouse::OAuthUser",
  id: "alice",
  roles,
  tags,
});
const names = operations.map(({ name }) => name);
const resourceFor = (name: string) => (isAboutResource(name) ? gateway : account);
const may = (who: AdministratorWithClaims, name: string, policies?: string, resource = resourceFor(name)) =>
  authorize({ version: 1, policies }, who, name, resource).allowed;
const allowedTo = (who: AdministratorWithClaims) => names.filter((name) => may(who, name));
const inGroups = (...groups: string[]) => names.filter((name) => groups.includes(groupsOf(name)[0] ?? ""));

describe("the shipped roles", () => {
  test("admin may do everything", () => {
    expect(allowedTo(key("admin"))).toEqual(names);
  });

  test.each([
    ["policy-author", ["Read", "WritePolicies"]],
    ["evaluator-author", ["Read", "WriteEvaluators"]],
    ["analyst", ["Read"]],
  ])("%s may do what is in %j, and nothing else", (role, groups) => {
    expect(allowedTo(key(role))).toEqual(inGroups(...groups));
  });

  test("an analyst may call no operation that changes anything, nor see who administers", () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), (name) => {
        const reads = /^(Get|List|Analyze)/.test(name) && groupsOf(name)[0] !== "Administration";
        expect(may(key("analyst"), name)).toBe(reads);
      }),
    );
  });

  test.each([
    ["policy-author", "CreatePolicy", true],
    ["policy-author", "GetGateway", true],
    ["policy-author", "UpdateGateway", false],
    ["policy-author", "PutAdministrationPolicies", false],
    ["evaluator-author", "CreateEvaluator", true],
    ["evaluator-author", "CreatePolicy", false],
    ["analyst", "ListGateways", true],
    ["analyst", "TagResource", false],
    ["analyst", "ListAccessKeys", false],
    ["admin", "CreateAccessKey", true],
  ])("%s: %s is allowed: %s", (role, name, expected) => {
    expect(may(key(role), name)).toBe(expected);
  });

  test("several roles add up, and roles that no policy knows give nothing", () => {
    expect(allowedTo(key("policy-author", "evaluator-author"))).toEqual(
      inGroups("Read", "WritePolicies", "WriteEvaluators"),
    );
    expect(allowedTo(key())).toEqual([]);
    expect(allowedTo(key("Admin", "root", "admin ", "__proto__"))).toEqual([]);
  });

  test("the roles of a user of the admin issuer count like those of a key", () => {
    expect(may(user({}, "policy-author"), "CreatePolicy")).toBe(true);
    expect(may(user({ roles: "admin" }), "CreatePolicy")).toBe(false);
  });

  test("an operation that no schema knows is for admins only", () => {
    expect(may(key("admin"), "LaunchRocket")).toBe(true);
    expect(may(key("analyst", "policy-author"), "LaunchRocket")).toBe(false);
  });
});

describe("policies of one's own", () => {
  const oneGateway = `@id("claims team")
    permit(principal in Gatehouse::Role::"claims-team", action in Gatehouse::Action::"WriteGateways",
      resource == Gatehouse::Resource::"${gateway}");`;

  test("let one team change one gateway, and no other", () => {
    const team = key("claims-team");
    expect(may(team, "UpdateGateway", oneGateway)).toBe(true);
    expect(may(team, "CreateGatewayTarget", oneGateway)).toBe(true);
    expect(may(team, "UpdateGateway", oneGateway, gateway.replace("claims", "other"))).toBe(false);
    expect(may(team, "CreateGateway", oneGateway)).toBe(false);
    expect(may(key("admin"), "UpdateGateway", oneGateway)).toBe(false);
  });

  test("name themselves as what decided", () => {
    const decision = authorize({ version: 1, policies: oneGateway }, key("claims-team"), "UpdateGateway", gateway);
    expect(decision).toEqual({
      allowed: true,
      determiningPolicies: ["claims team"],
      reason: "Allowed by administration policy claims team.",
    });
    expect(authorize({ version: 1, policies: oneGateway }, key(), "UpdateGateway", gateway).reason).toContain(
      "denied by default",
    );
  });

  test("see the claims of a user, and none of a key", () => {
    const byClaim = `permit(principal is Gatehouse::OAuthUser, action, resource)
      when { principal.hasTag("department") && principal.getTag("department") == "platform" };`;
    expect(may(user({ department: "platform" }), "CreateGateway", byClaim)).toBe(true);
    expect(may(user({ department: "sales" }), "CreateGateway", byClaim)).toBe(false);
    expect(may(user({}), "CreateGateway", byClaim)).toBe(false);
    expect(may({ ...key("admin"), tags: { department: "platform" } }, "CreateGateway", byClaim)).toBe(false);
  });

  test("reach every resource of the account, and none of another", () => {
    const inAccount = `permit(principal, action, resource in Gatehouse::Account::"${account}");`;
    expect(may(key(), "UpdateGateway", inAccount)).toBe(true);
    expect(may(key(), "CreateGateway", inAccount)).toBe(true);
    expect(may(key(), "TagResource", inAccount, gateway.replace(account, "999999999999"))).toBe(false);
    expect(may(key(), "TagResource", inAccount, account)).toBe(false);
  });

  test("forbid everything that writes by one name", () => {
    const frozen = `permit(principal, action, resource);
      @id("freeze") forbid(principal, action in Gatehouse::Action::"Write", resource);`;
    const writing = names.filter((name) => groupsOf(name)[0]?.startsWith("Write"));
    expect(names.filter((name) => !may(key("admin"), name, frozen))).toEqual(writing);
    const decision = authorize({ version: 1, policies: frozen }, key(), "CreateGateway", account);
    expect(decision).toMatchObject({ allowed: false, determiningPolicies: ["freeze"] });
  });
});

describe("T15 whatever fails denies", () => {
  const overflow = "when { 9223372036854775807 + 1 > 0 }";

  test.each(["permit", "forbid"])("a %s that cannot be evaluated, whatever else permits", (effect) => {
    const policies = `@id("all") permit(principal, action, resource);
      @id("broken") ${effect}(principal, action, resource) ${overflow};`;
    const decision = authorize({ version: 1, policies }, key("admin"), "GetGateway", gateway);
    expect(decision).toMatchObject({ allowed: false, determiningPolicies: ["broken"] });
    expect(decision.reason).toMatch(/^Administration policy broken fails: integer overflow/);
  });

  test("policies that cannot be read", () => {
    const decision = authorize({ version: 1, policies: "permit(" }, key("admin"), "GetGateway", gateway);
    expect(decision).toMatchObject({ allowed: false, determiningPolicies: [] });
    expect(decision.reason).toContain("cannot be evaluated");
  });

  test("no policies at all", () => {
    expect(may(key("admin"), "GetGateway", "// nothing")).toBe(false);
  });
});

test("decisions are those of the text that is in force, whatever its version is called", () => {
  const texts = ["admin", "a", "b", "c", "d", "e"].map(
    (role) => `permit(principal in Gatehouse::Role::"${role}", action, resource);`,
  );
  for (const round of [1, 2]) {
    for (const [index, policies] of texts.entries()) {
      expect([round, index, may(key("a"), "CreateGateway", policies)]).toEqual([round, index, index === 1]);
    }
  }
});
