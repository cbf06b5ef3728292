import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createAuthenticator } from "./authenticate.ts";
import { secretOf, startTestAdministration, type TestAdministration } from "./testing.ts";

const id = "GHAKEXPORTEREXPORTER";
const https = "https://gatehouse.example";
let plane: TestAdministration;
beforeAll(async () => {
  plane = await startTestAdministration();
});
beforeEach(async () => {
  await plane.reset();
  await plane.addKey({ accessKeyId: id, roles: ["agent"] });
});
afterAll(() => plane.stop());

const basic = (user: string, password: string, scheme = "Basic") =>
  `${scheme} ${Buffer.from(`${user}:${password}`).toString("base64")}`;
const ask = (authorization: string, { basicAt = https as string | undefined, sourceIp = "192.0.2.1" } = {}) =>
  createAuthenticator({ ...plane, basicAt })({
    ...{ method: "POST", path: "/v1/traces", query: {}, body: "", sourceIp },
    headers: { Authorization: authorization },
  });

test.each(["Basic", "basic", "BASIC "])("an access key that comes as it is says who it is: %s", async (scheme) => {
  await expect(ask(basic(id, secretOf(id), scheme))).resolves.toEqual({
    type: "Gatehouse::AccessKey",
    id,
    roles: ["agent"],
  });
});

describe("T02 nobody gets in", () => {
  const refused = { code: "unauthorized", message: expect.stringContaining("no such access key") };
  test.each([
    ["with another secret", basic(id, secretOf("GHAKOTHEROTHEROTHERO"))],
    ["with a beginning of the secret", basic(id, secretOf(id).slice(0, -1))],
    ["with the secret and more", basic(id, `${secretOf(id)}x`)],
    ["with a key that isn't there", basic("GHAKNOBODYNOBODYNOBO", "0".repeat(40))],
  ])("%s, and isn't told which of the two is wrong", async (_what, authorization) => {
    await expect(ask(authorization)).rejects.toMatchObject(refused);
  });

  test.each([
    ["nothing", "Basic"],
    ["no Base64", "Basic ???"],
    ["no colon", `Basic ${Buffer.from("alice").toString("base64")}`],
    ["no user", basic("", "secret")],
    ["no password", basic(id, "")],
    ["a user that is no id", basic("a b", "secret")],
    ["a user longer than any", basic("a".repeat(5_000), "secret")],
  ])("with %s in the header", async (_what, authorization) => {
    await expect(ask(authorization)).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("where Basic isn't asked for, as at the control plane", async () => {
    const authenticate = createAuthenticator(plane);
    const request = { method: "GET", path: "/", query: {}, body: "", sourceIp: "127.0.0.1" };
    const headers = { authorization: basic(id, secretOf(id)) };
    await expect(authenticate({ ...request, headers })).rejects.toMatchObject({
      code: "unauthorized",
      message: expect.stringContaining("scheme is not taken"),
    });
  });

  test("with a key that has expired", async () => {
    await plane.reset();
    await plane.addKey({ accessKeyId: id, roles: ["agent"], expiresAt: plane.time.toISOString() });
    await expect(ask(basic(id, secretOf(id)))).rejects.toMatchObject({ code: "unknownClient" });
  });

  test("with a key of another machine", async () => {
    await plane.reset();
    await plane.addKey({ accessKeyId: id, roles: ["agent"], loopbackOnly: true });
    await expect(ask(basic(id, secretOf(id)))).rejects.toMatchObject({ code: "accessDenied" });
    await expect(ask(basic(id, secretOf(id)), { sourceIp: "::1" })).resolves.toMatchObject({ id });
  });
});

describe("T18 a secret is taken only where nobody on the way can read it", () => {
  const http = { basicAt: "http://127.0.0.1:4000" };
  test.each(["127.0.0.1", "::1", "::ffff:127.0.0.1"])("by http from this machine: %s", async (sourceIp) => {
    await expect(ask(basic(id, secretOf(id)), { ...http, sourceIp })).resolves.toMatchObject({ id });
  });
  test.each(["192.0.2.1", "::ffff:10.0.0.1", "127.0.0.1.evil.example", ""])(
    "not from elsewhere: %j",
    async (sourceIp) => {
      await expect(ask(basic(id, secretOf(id)), { ...http, sourceIp })).rejects.toMatchObject({
        code: "unauthorized",
        message: expect.stringContaining("by https"),
      });
    },
  );
});
