import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { verifySignature } from "../../../identity/sigv4/verify.ts";
import { createRequestSigner } from "../http/sign.ts";
import { refuse, sessionOf, startSts, type TestSts } from "../testing/sts.ts";
import { createTargetCredentials } from "./createTargetCredentials.ts";
import { type GatewayRolesOptions, gatewayRoles, sessionNameOf } from "./gatewayRoles.ts";
import { targetWith } from "./testing.ts";

const roleArn = "arn:aws:iam::123456789012:role/shop";
const shop = { gatewayId: "shop-0123456789", roleArn };
const own = { accessKeyId: "AKIAFUNCTION", secretAccessKey: "of the function" };
const region = "eu-west-1";
const minute = 60_000;

let sts: TestSts;
beforeAll(async () => {
  sts = await startSts();
});
afterAll(() => sts[Symbol.asyncDispose]());
const initial = () => ({ answer: sts.answer, expiration: sts.expiration });
let restored: ReturnType<typeof initial>;
beforeEach(() => {
  restored = initial();
  sts.asked.length = 0;
  vi.stubEnv("AWS_ENDPOINT_URL_STS", sts.url);
  vi.stubEnv("AWS_ACCESS_KEY_ID", own.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", own.secretAccessKey);
});
afterEach(() => {
  vi.unstubAllEnvs();
  Object.assign(sts, restored);
});

const rolesOf = (options: Partial<GatewayRolesOptions> = {}) => gatewayRoles({ region, ...options });
const roles = () => sts.asked.map(({ roleArn, sessionName }) => [roleArn, sessionName]);

test("a gateway's role is assumed with the function's own credentials, in a session of the gateway's name", async () => {
  const credentials = await rolesOf()(shop);
  expect(credentials).toMatchObject(sessionOf({ roleArn, sessionName: shop.gatewayId }, 1));
  const [asked] = sts.asked;
  if (asked === undefined) throw new Error("STS was not asked.");
  expect(roles()).toEqual([[roleArn, shop.gatewayId]]);
  expect(new URLSearchParams(asked.request.body).get("DurationSeconds")).toBe("3600");
  const scope = { service: "sts", region, now: new Date() };
  const findKey = async (id: string) => (id === own.accessKeyId ? own : undefined);
  await expect(verifySignature(asked.request, { ...scope, findKey })).resolves.toBeDefined();
});

describe("credentials of a role", () => {
  test("are kept until shortly before they expire, and then renewed", async () => {
    let time = Date.now();
    const start = time;
    sts.expiration = () => new Date(time + 60 * minute);
    const credentials = rolesOf({ now: () => new Date(time) });
    const first = await credentials(shop);
    time = start + 54 * minute;
    expect(await credentials(shop)).toBe(first);
    time = start + 56 * minute;
    const second = await credentials(shop);
    expect(second).toMatchObject(sessionOf({ roleArn, sessionName: shop.gatewayId }, 2));
    expect(await credentials(shop)).toBe(second);
    expect(sts.asked).toHaveLength(2);
  });

  test("are asked for once, however many want them at the same time", async () => {
    const credentials = rolesOf();
    const all = await Promise.all(Array.from({ length: 20 }, () => credentials(shop)));
    expect(new Set(all).size).toBe(1);
    expect(sts.asked).toHaveLength(1);
  });

  test.each([
    ["T04 T05 another gateway, though it has the same role", { ...shop, gatewayId: "other-0123456789" }],
    ["T16 the same gateway, once it has another role", { ...shop, roleArn: `${roleArn}-after` }],
  ])("are not those of %s", async (_, other) => {
    const credentials = rolesOf();
    const [one, two] = await Promise.all([credentials(shop), credentials(other)]);
    expect(two.accessKeyId).not.toBe(one.accessKeyId);
    expect(two.sessionToken).toMatch(`${other.roleArn.split("/")[1]}/${other.gatewayId}/`);
    expect(roles().sort()).toEqual([shop, other].map(({ roleArn, gatewayId }) => [roleArn, gatewayId]).sort());
    expect(await credentials(shop)).toBe(one);
  });
});

describe("a role that can't be assumed", () => {
  test("signs nothing, says what must be so, and is asked for again the next time", async () => {
    sts.answer = (_, outgoing) => refuse(outgoing);
    const credentials = rolesOf();
    const both = await Promise.allSettled([credentials(shop), credentials(shop)]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(credentials(shop)).rejects.toThrow(
      /^the role arn:aws:iam::123456789012:role\/shop of the gateway can't be assumed: is not authorized to perform\. It must be .*trust policy.* session name shop-0123456789$/,
    );
    expect(sts.asked).toHaveLength(2);
    sts.answer = restored.answer;
    await expect(credentials(shop)).resolves.toHaveProperty("sessionToken");
  });

  test("any more leaves nothing to sign with", async () => {
    let time = Date.now();
    const credentials = rolesOf({ now: () => new Date(time) });
    await credentials(shop);
    time += 120 * minute;
    sts.answer = (_, outgoing) => refuse(outgoing);
    await expect(credentials(shop)).rejects.toThrow("can't be assumed");
  });

  test.each([
    ["without credentials", "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>"],
    [
      "without a token",
      "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>B</SecretAccessKey>" +
        "<Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
    ],
  ])("because STS answers %s is no other", async (_, body) => {
    sts.answer = (_, outgoing) => void outgoing.writeHead(200, { "content-type": "text/xml" }).end(body);
    await expect(rolesOf()(shop)).rejects.toThrow("STS answered without credentials");
  });

  test("because STS is silent is waited for as long as is said", async () => {
    sts.answer = () => {};
    await expect(rolesOf({ timeoutMilliseconds: 20 })(shop)).rejects.toThrow("aborted due to timeout");
  });

  test("because there is nobody to ask as is no other", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1");
    await expect(rolesOf()(shop)).rejects.toThrow("can't be assumed");
  });
});

describe("a call of a target with the gateway's role", () => {
  const target = targetWith({
    credentialProviderType: "GATEWAY_IAM_ROLE",
    credentialProvider: { iamCredentialProvider: { service: "dynamodb" } },
  });
  const request = {
    method: "POST",
    url: new URL("https://dynamodb.eu-west-1.amazonaws.com/"),
    headers: {},
    body: "{}",
  };
  const credentials = () => createTargetCredentials({ sign: createRequestSigner({ credentials: rolesOf() }), region });
  const gateway = shop;

  test("is signed with the role's key and token, and never with the function's", async () => {
    const credential = await credentials().of({ gateway, target, signal: AbortSignal.timeout(10_000) });
    const { headers } = (await credential?.authorize(request)) ?? request;
    const { accessKeyId, sessionToken } = sessionOf({ roleArn, sessionName: shop.gatewayId }, 1);
    expect(headers).toMatchObject({
      authorization: expect.stringContaining(`Credential=${accessKeyId}/`),
      "x-amz-security-token": sessionToken,
    });
    expect(JSON.stringify(headers)).not.toContain(own.accessKeyId);
  });

  test("T04 goes out in no session of another role of the gateway", async () => {
    const ids = await Promise.all(
      [gateway, { ...gateway, roleArn: `${roleArn}-after` }].map(async (gateway) => {
        const credential = await credentials().of({ gateway, target, signal: AbortSignal.timeout(10_000) });
        return credential?.id;
      }),
    );
    expect(new Set(ids).size).toBe(2);
  });

  test("fails where the role can't be had, and says so", async () => {
    sts.answer = (_, outgoing) => refuse(outgoing);
    const found = credentials().of({ gateway, target, signal: AbortSignal.timeout(10_000) });
    await expect(found).rejects.toMatchObject({
      code: "targetCredentialFailed",
      message: expect.stringMatching(/^Orders was not called, because its credentials can't be had: the role arn:/),
    });
  });

  test("ends when its caller goes away, and others have the credentials all the same", async () => {
    const { promise: held, resolve: asked } = Promise.withResolvers<() => void>();
    sts.answer = (question, outgoing) => asked(() => restored.answer(question, outgoing));
    const both = credentials();
    const controller = new AbortController();
    const leaving = both.of({ gateway, target, signal: controller.signal });
    const staying = both.of({ gateway, target, signal: AbortSignal.timeout(10_000) });
    const release = await held;
    controller.abort(new Error("gone"));
    await expect(leaving).rejects.toThrow("gone");
    release();
    await expect(staying).resolves.toBeDefined();
    expect(sts.asked).toHaveLength(1);
  });
});

test("the name of a session is one that STS takes, and no two gateways' random endings share one", () => {
  const name = fc.stringMatching(/^([a-z0-9]-?){0,47}[a-z0-9]$/);
  const ending = fc.stringMatching(/^[a-z0-9]{10}$/);
  fc.assert(
    fc.property(name, name, ending, ending, (one, other, first, second) => {
      const session = sessionNameOf(`${one}-${first}`);
      expect(session).toMatch(/^[\w+=,.@-]{2,64}$/);
      if (one.length <= 53) expect(session).toBe(`${one}-${first}`);
      if (first !== second) expect(sessionNameOf(`${other}-${second}`)).not.toBe(session);
    }),
  );
  expect(sessionNameOf(`${"a-".repeat(40)}b-0123456789`)).toBe(`${"a-".repeat(26)}a-0123456789`);
  expect(() => sessionNameOf("shop/../other")).toThrow("can't be the name of a session");
});
