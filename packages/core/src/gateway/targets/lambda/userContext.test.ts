import { LambdaClient } from "@aws-sdk/client-lambda";
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { anonymous } from "../../../identity/principal.ts";
import { accessKey } from "../../../identity/sigv4/testing.ts";
import type { GatewayRecord, TargetSettings } from "../../../storage/records.ts";
import { invocationOf, targetWith, userNamed } from "../credentials/testing.ts";
import { startServer, type TestServer } from "../http/testing.ts";
import type { Invocation, TargetKind } from "../target.ts";
import { lambdaTarget } from "./lambda.ts";
import { createUserContexts, userContextType } from "./userContext.ts";

const lambdaArn = "arn:aws:lambda:us-east-1:123456789012:function:orders";
const url = "https://gatehouse.example.com";
const now = new Date("2026-11-26T10:00:00.000Z");
const target = targetWith(
  { credentialProviderType: "GATEWAY_IAM_ROLE" },
  { lambda: { lambdaArn, toolSchema: { inlinePayload: [] } } },
);

let server: TestServer;
let client: LambdaClient;
let kind: TargetKind;
let jwks: ReturnType<typeof createLocalJWKSet>;
beforeAll(async () => {
  server = await startServer((_, __, response) => response.end('"done"'));
  client = new LambdaClient({ region: "us-east-1", endpoint: server.url, credentials: accessKey, maxAttempts: 1 });
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  jwks = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: "1" }] });
  const key = {
    sign: (claims: Record<string, unknown>, typ: string) =>
      new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "1", typ }).sign(privateKey),
  };
  kind = lambdaTarget(client, createUserContexts({ key, url, now: () => now }));
});
afterAll(async () => {
  client.destroy();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  server.received.length = 0;
});

function call(settings: Partial<TargetSettings> = {}, more: Partial<Invocation> = {}, by = kind) {
  const gateway = {
    gatewayId: "gateway",
    gatewayArn: "arn:gateway",
    settings: { targetSettings: [{ target: "Orders", ...settings }] },
  } as unknown as GatewayRecord; // What is left out, this kind doesn't look at.
  return by.call(invocationOf(target, { gateway, ...more }));
}

function contextReceived(): Record<string, string> {
  const text = server.received[0]?.headers["x-amz-client-context"] ?? "";
  return JSON.parse(Buffer.from(text, "base64").toString()).custom;
}

test("a function is told for whom it is called, where the gateway's settings say so, and can verify it", async () => {
  await call({ userContext: true }, { principal: { ...userNamed("alice"), agent: "assistant" } });
  const { gatehouseUserContext = "" } = contextReceived();
  const { payload } = await jwtVerify(gatehouseUserContext, jwks, {
    issuer: url,
    audience: lambdaArn,
    typ: userContextType,
    currentDate: now,
  });
  expect(payload).toEqual({
    iss: url,
    aud: lambdaArn,
    sub: "alice",
    sub_iss: "https://idp.example.com",
    act: { sub: "assistant" },
    gateway: "arn:gateway",
    target: "TARGET0001",
    tool: "Orders___get",
    jti: expect.any(String),
    iat: now.getTime() / 1_000,
    exp: now.getTime() / 1_000 + 60,
  });
  expect(JSON.stringify(contextReceived())).not.toContain("the-token-of-the-caller");
});

test("an IAM identity is told by its ARN, and claims no issuer", async () => {
  const id = "arn:aws:iam::123456789012:user/ann";
  await call({ userContext: true }, { principal: { type: "AgentCore::IamEntity", id, tags: { iss: "forged" } } });
  const { gatehouseUserContext = "" } = contextReceived();
  const { payload } = await jwtVerify(gatehouseUserContext, jwks, { currentDate: now });
  expect([payload.sub, payload.sub_iss]).toEqual([id, undefined]);
});

test.each([{}, { userContext: false }])("with the settings %j a function is told nothing", async (settings) => {
  await call(settings);
  expect(contextReceived()).not.toHaveProperty("gatehouseUserContext");
});

test("a function that can't be told is not invoked", async () => {
  const failing = lambdaTarget(client, {
    sign: async () => {
      throw new Error("the key is gone");
    },
  });
  for (const by of [failing, lambdaTarget(client)]) {
    await expect(call({ userContext: true }, {}, by)).rejects.toMatchObject({ code: "targetCredentialFailed" });
  }
  expect(server.received).toEqual([]);
});

test("a user who doesn't fit beside the rest is not left out: the call fails", async () => {
  const called = call({ userContext: true }, { principal: userNamed("a".repeat(4_000)) });
  await expect(called).rejects.toThrow("too large");
  expect(server.received).toEqual([]);
});

test("T04 of a caller whom nobody knows no user is told, not even one that is called so", async () => {
  await call({ userContext: true }, { principal: anonymous });
  const { gatehouseUserContext = "" } = contextReceived();
  const { payload } = await jwtVerify(gatehouseUserContext, jwks, {
    issuer: url,
    audience: lambdaArn,
    currentDate: now,
  });
  expect(payload).toMatchObject({ gateway: "arn:gateway", tool: "Orders___get" });
  for (const claim of ["sub", "sub_iss", "act"]) expect(payload).not.toHaveProperty(claim);
});
