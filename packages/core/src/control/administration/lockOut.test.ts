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

const user: AdministratorWithClaims = { type: "Gatehouse::OAuthUser", id: "alice", roles: ["admin"], tags: {} };
const put = (policies: string, who = admin) =>
  plane.handlers.PutAdministrationPolicies({ policies }, plane.scopeOf(who));
const remove = (accessKeyId: string, who = admin) =>
  plane.handlers.DeleteAccessKey({ accessKeyId }, plane.scopeOf(who));
const later = (hours: number) => new Date(plane.time.getTime() + hours * 3_600_000).toISOString();

async function refused(change: () => Promise<unknown>): Promise<void> {
  const before = await plane.administration.load();
  await expect(change()).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringMatching(/lock everybody out.*Keep or create an access key without expiresAt/),
  });
  expect(await plane.administration.load()).toEqual(before);
  expect(await plane.recorded()).toBe(0);
}

describe("policies under which nobody could put things right are refused", () => {
  test.each([
    ["none at all", "// nothing"],
    ["a forbid of everything", `${shippedPolicies} forbid(principal, action, resource);`],
    ["admins under another name", 'permit(principal in Gatehouse::Role::"boss", action, resource);'],
    [
      "no key may be created",
      `${shippedPolicies} forbid(principal, action == Gatehouse::Action::"CreateAccessKey", resource);`,
    ],
    [
      "they may not be replaced",
      `${shippedPolicies} forbid(principal, action == Gatehouse::Action::"PutAdministrationPolicies", resource);`,
    ],
    [
      "one that fails for everybody",
      `${shippedPolicies} permit(principal, action, resource) when { 9223372036854775807 + 1 > 0 };`,
    ],
    ["only users may", "permit(principal is Gatehouse::OAuthUser, action, resource);"],
  ])("%s", async (_, policies) => {
    await refused(() => put(policies));
  });

  test("also when each half is left to somebody else", async () => {
    await plane.addKey({ accessKeyId: "GHAKOTHER", roles: ["other"] });
    await refused(() =>
      put(`permit(principal in Gatehouse::Role::"admin", action == Gatehouse::Action::"PutAdministrationPolicies", resource);
        permit(principal in Gatehouse::Role::"other", action == Gatehouse::Action::"CreateAccessKey", resource);`),
    );
  });

  test("but not where another key may: the caller can give its own rights away", async () => {
    await plane.addKey({ accessKeyId: "GHAKBOSS", roles: ["boss"] });
    await put('permit(principal in Gatehouse::Role::"boss", action, resource);');
    await expect(put(shippedPolicies)).rejects.toMatchObject({ code: "accessDenied" });
  });
});

describe("the last key that may administer", () => {
  test("is not deleted, however many others there are", async () => {
    await plane.addKey({ accessKeyId: "GHAKANALYST", roles: ["analyst"] });
    await refused(() => remove("GHAKADMIN"));
  });

  test("is not deleted for one that expires", async () => {
    await plane.addKey({ accessKeyId: "GHAKGUEST", expiresAt: later(24_000) });
    await refused(() => remove("GHAKADMIN"));
  });

  test("is not deleted for one that has been rotated away", async () => {
    const next = await plane.handlers.RotateAccessKey({ accessKeyId: "GHAKADMIN" }, plane.scopeOf(admin));
    await plane.reset();
    await plane.addKey({ accessKeyId: "GHAKADMIN", expiresAt: later(1), replacedBy: next.accessKeyId });
    await plane.addKey({ accessKeyId: next.accessKeyId });
    await refused(() => remove(next.accessKeyId));
  });

  test("is deleted where one of this machine only is left, or one that the policies know by another role", async () => {
    await plane.addKey({ accessKeyId: "GHAKLOCAL", loopbackOnly: true });
    await remove("GHAKADMIN");
    expect((await plane.administration.load()).keys.map(({ accessKeyId }) => accessKeyId)).toEqual(["GHAKLOCAL"]);
  });

  test("is not taken away by a return to the shipped policies", async () => {
    const boss = await plane.addKey({ accessKeyId: "GHAKBOSS", roles: ["boss"] });
    await put('permit(principal in Gatehouse::Role::"boss", action, resource);');
    await remove("GHAKADMIN", boss);
    const back = plane.handlers.DeleteAdministrationPolicies({}, plane.scopeOf(boss));
    await expect(back).rejects.toThrow("lock everybody out");
  });

  test("is not deleted by one that expires, which doesn't count though it is the caller's", async () => {
    const guest = await plane.addKey({ accessKeyId: "GHAKGUEST", expiresAt: later(24_000) });
    await refused(() => remove("GHAKADMIN", guest));
  });
});

describe("a user of the admin issuer", () => {
  test("counts where it makes the change itself", async () => {
    await remove("GHAKADMIN", user);
    expect((await plane.administration.load()).keys).toEqual([]);
  });

  test("counts by its claims", async () => {
    const byClaim = `permit(principal is Gatehouse::OAuthUser, action, resource)
      when { principal.hasTag("team") && principal.getTag("team") == "platform" };`;
    await expect(put(byClaim, user)).rejects.toThrow("lock everybody out");
    await put(byClaim, { ...user, tags: { team: "platform" } });
  });

  test("doesn't count where it may not put things right afterwards", async () => {
    await expect(
      put("permit(principal is Gatehouse::AccessKey, action, resource) when { false };", user),
    ).rejects.toThrow("lock everybody out");
  });
});

describe("two administrators who delete each other at the same moment", () => {
  test.each(Array.from({ length: 10 }, (_, round) => round))("can't both win (round %i)", async () => {
    const other = await plane.addKey({ accessKeyId: "GHAKOTHER" });
    const results = await Promise.allSettled([remove("GHAKOTHER", admin), remove("GHAKADMIN", other)]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const { keys } = await plane.administration.load();
    expect(keys).toHaveLength(1);
    const left = { ...admin, id: keys[0]?.accessKeyId ?? "" };
    await put(shippedPolicies, left);
  });

  test("also where a third is left who could put things right", async () => {
    const other = await plane.addKey({ accessKeyId: "GHAKOTHER" });
    await plane.addKey({ accessKeyId: "GHAKTHIRD" });
    const results = await Promise.allSettled([remove("GHAKOTHER", admin), remove("GHAKADMIN", other)]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(results.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "accessDenied" } });
    expect((await plane.administration.load()).keys).toHaveLength(2);
  });
});

test("a key that has expired since its request was verified changes nothing any more", async () => {
  const guest = await plane.addKey({ accessKeyId: "GHAKGUEST", expiresAt: later(1) });
  plane.time = new Date(later(1));
  await expect(remove("GHAKADMIN", guest)).rejects.toMatchObject({ code: "accessDenied" });
});
