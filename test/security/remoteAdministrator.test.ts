import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { type AccessKey, signedRequest } from "../support/signedRequest.ts";

const outside = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;

describe.skipIf(outside === undefined)("T07 from another address than loopback", () => {
  let gatehouse: TestGatehouse;
  beforeAll(async () => {
    gatehouse = await startGatehouse({ bind: "0.0.0.0" });
  });
  afterAll(() => gatehouse[Symbol.asyncDispose]());

  const list = { method: "GET", path: "/gateways/" };
  const remote = () => `http://${outside}:${new URL(gatehouse.url).port}`;

  test("the default key is refused, whatever a header says of where it comes from", async () => {
    const { administrator } = gatehouse.host;
    expect(await signedRequest(gatehouse.url, list, administrator)).toMatchObject({ status: 200 });
    const refused = await signedRequest(remote(), list, administrator);
    expect(refused).toMatchObject({ status: 403, error: "AccessDeniedException" });
    expect(refused.body.message).toContain("create another one for elsewhere");
    const headers = { "x-forwarded-for": "127.0.0.1" };
    expect(await signedRequest(remote(), list, administrator, headers)).toMatchObject({ status: 403 });
  });

  test("a key that was made for it is taken", async () => {
    const create = { method: "POST", path: "/access-keys", body: { name: "remote", roles: ["analyst"] } };
    const key = (await signedRequest(gatehouse.url, create, gatehouse.host.administrator)).body as AccessKey;
    expect(await signedRequest(remote(), list, key)).toMatchObject({ status: 200 });
  });
});
