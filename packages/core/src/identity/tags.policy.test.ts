import { describe, expect, test } from "vitest";
import { compilePolicies } from "../policy/engine.ts";
import { gatewayOf, now, policiesOf, tool } from "../policy/testing/configuration.ts";
import { parsePolicy } from "../policy/validate.ts";
import { principalOf } from "./claims.ts";

const configuration = gatewayOf({ Bank: [tool("pay")] });

/** Whether a policy with this condition lets somebody with these claims call. */
function permits(condition: string, claims: object): boolean {
  const statement = `permit(principal is AgentCore::OAuthUser, action, resource) when { ${condition} };`;
  expect(() => parsePolicy(statement)).not.toThrow();
  const engine = compilePolicies({ configuration, policies: policiesOf(statement) });
  const principal = principalOf({ sub: "alice", ...claims });
  const { decision } = engine.authorize({ principal, tool: "Bank___pay", arguments: {}, now });
  engine.release();
  return decision === "ALLOW";
}

describe("a policy", () => {
  const isAdmin = String.raw`principal.hasTag("groups") && principal.getTag("groups") like "*\"admin\"*"`;
  test.each([
    [["admin"], true],
    [["user", "admin", "other"], true],
    [["administrator", "not admin"], false],
    [['x","admin","y'], false],
    [['\\","admin","'], false],
    [['"admin'], false],
    [['x","admin'], false],
    [['admin"', "\\"], false],
    [[], false],
  ])("finds a member of the list %j: %s", (groups, expected) => {
    expect(permits(isAdmin, { groups })).toBe(expected);
  });

  const hasRole = String.raw`principal.hasTag("/realm_access/roles") && principal.getTag("/realm_access/roles") like "*\"admin\"*"`;
  test("finds it in an object, and only where it stands", () => {
    expect(permits(hasRole, { realm_access: { roles: ["admin"] } })).toBe(true);
    expect(permits(hasRole, { realm_access: { roles: ["user"], asked_for: ["admin"] } })).toBe(false);
    expect(permits(hasRole, { other: { realm_access: { roles: ["admin"] } } })).toBe(false);
  });

  test("compares numbers and words as they are written", () => {
    expect(permits(`principal.hasTag("level") && principal.getTag("level") == "7"`, { level: 7 })).toBe(true);
    expect(permits(`principal.hasTag("/a/ok") && principal.getTag("/a/ok") == "true"`, { a: { ok: true } })).toBe(true);
    expect(permits(`principal.hasTag("gone")`, { gone: null })).toBe(false);
  });
});
