import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AdministratorWithClaims } from "./authorize.ts";
import { shippedPolicies } from "./shippedPolicies.ts";
import { startTestAdministration, type TestAdministration } from "./testing.ts";

let plane: TestAdministration;
let admin: AdministratorWithClaims;
beforeAll(async () => {
  plane = await startTestAdministration();
});
afterAll(() => plane.stop());
beforeEach(async () => {
  await plane.reset();
  admin = await plane.addKey({ accessKeyId: "GHAKADMIN" });
});

const own = `${shippedPolicies}
@id("freeze")
forbid(principal, action in Gatehouse::Action::"Write", resource);
`;
const get = () => plane.handlers.GetAdministrationPolicies({}, plane.scopeOf(admin));
const put = (policies: string, version?: number, scope = plane.scopeOf(admin)) =>
  plane.handlers.PutAdministrationPolicies({ policies, version }, scope);
const mayWrite = async () =>
  plane.authorizer.authorize(await plane.administration.policies(), admin, "CreateGateway", plane.accountId).allowed;

test("the shipped policies hold until others are put in their place", async () => {
  expect(await get()).toMatchObject({ policies: shippedPolicies, shipped: true });
  expect(await mayWrite()).toBe(true);
});

test("policies that are put hold from the next request on, and are taken back", async () => {
  const before = await get();
  const answer = await put(own);
  expect(answer).toEqual({ policies: own, version: before.version + 1, shipped: false, updatedAt: plane.time });
  expect(await get()).toEqual(answer);
  expect(await mayWrite()).toBe(false);

  const back = await plane.handlers.DeleteAdministrationPolicies({}, plane.scopeOf(admin));
  expect(back).toEqual({
    policies: shippedPolicies,
    version: before.version + 2,
    shipped: true,
    updatedAt: plane.time,
  });
  expect(await get()).toEqual(back);
  expect(await mayWrite()).toBe(true);
});

test("a change is told with what was and what is, in the same transaction", async () => {
  const scope = plane.scopeOf(admin);
  await put(own, undefined, scope);
  expect(scope.changes).toMatchObject([
    {
      resource: "arn:aws:gatehouse:us-east-1:123456789012:administration-policies",
      before: { policies: shippedPolicies, shipped: true },
      after: { policies: own, shipped: false },
    },
  ]);
  expect(await plane.recorded()).toBe(1);
});

test("warnings are answered, and don't keep policies from being taken", async () => {
  const answer = await put(`${shippedPolicies}
    @id("never") permit(principal, action == Gatehouse::Action::"CreateGateway", resource is Gatehouse::Resource);`);
  expect(answer.warnings?.[0]).toContain('policy "never"');
});

describe("nothing changes", () => {
  const unchanged = async (change: () => Promise<unknown>, error: object) => {
    const before = await get();
    await expect(change()).rejects.toMatchObject(error);
    expect(await get()).toEqual(before);
    expect(await plane.recorded()).toBe(0);
  };

  test("where a policy is not valid, and the answer says where", async () => {
    const line = shippedPolicies.split("\n").length;
    const broken = `${shippedPolicies}permit(principal, action == Gatehouse::Action::"CreateGatway", resource);`;
    await unchanged(() => put(broken), {
      code: "validation",
      message: expect.stringMatching(new RegExp(`line ${line}, column \\d+.*CreateGateway`)),
    });
  });

  test("where the administration is at another version than was seen", async () => {
    const { version } = await get();
    await unchanged(() => put(own, version + 1), {
      code: "conflict",
      message: expect.stringContaining(`version ${version}`),
    });
    const back = () => plane.handlers.DeleteAdministrationPolicies({ version: version - 1 }, plane.scopeOf(admin));
    await unchanged(back, { code: "conflict" });
  });

  test("where the caller lost the right since it was asked", async () => {
    const author = await plane.addKey({ accessKeyId: "GHAKAUTHOR", roles: ["policy-author"] });
    await unchanged(() => put(own, undefined, plane.scopeOf(author)), { code: "accessDenied" });
    const revoked: AdministratorWithClaims = { type: "Gatehouse::AccessKey", id: "GHAKREVOKED", roles: ["admin"] };
    await unchanged(() => put(own, undefined, plane.scopeOf(revoked)), { code: "accessDenied" });
  });
});

test("of two that go by the same version, one wins", async () => {
  const { version } = await get();
  const results = await Promise.allSettled([put(own, version), put(`// other\n${own}`, version)]);
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(await plane.recorded()).toBe(1);
});
