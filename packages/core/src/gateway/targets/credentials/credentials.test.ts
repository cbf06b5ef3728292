import type { ServerResponse } from "node:http";
import type { CredentialProviderConfiguration } from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GatehouseError } from "../../../errors.ts";
import { CredentialError } from "../../../identity/outbound/credentials.ts";
import { accessKey } from "../../../identity/sigv4/testing.ts";
import { binding } from "../../../storage/records.ts";
import { createRequestSigner } from "../http/sign.ts";
import { startServer, type TestServer } from "../http/testing.ts";
import { openApiSchemaTarget } from "../openApiSchema/openApiSchema.ts";
import type { Invocation } from "../target.ts";
import { ConsentNeeded } from "./consentNeeded.ts";
import { createTargetCredentials } from "./createTargetCredentials.ts";
import {
  apiKeyConfiguration,
  invocationOf,
  oauthConfiguration,
  type TestVault,
  targetWith,
  testVault,
  userNamed,
} from "./testing.ts";

let server: TestServer;
let answer: (response: ServerResponse) => void;
let vault: TestVault;
beforeAll(async () => {
  server = await startServer((_, __, response) => answer(response));
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  vault = testVault();
  server.received.length = 0;
  answer = (response) => response.end("{}");
});

const sign = createRequestSigner({ credentials: async () => accessKey });

function call(configuration: CredentialProviderConfiguration, more: Partial<Invocation> = {}, credentials = vault) {
  const kind = openApiSchemaTarget({
    allowLoopback: true,
    credentials: createTargetCredentials({ credentials, sign, region: "us-east-1" }),
  });
  const parameters = [
    { argument: "key", name: "X-Api-Key", in: "header", style: "simple", explode: false },
    { argument: "q", name: "q", in: "query", style: "form", explode: true },
    { argument: "api_key", name: "api_key", in: "query", style: "form", explode: true },
  ];
  const http = { method: "GET", server: server.url, path: "/orders", parameters, accept: "*/*" };
  const tool = { name: "get", inputSchema: { type: "object" }, [binding]: JSON.stringify(http) };
  return kind.call(invocationOf(targetWith(configuration), { tool, ...more }));
}

const unauthorized = (response: ServerResponse) => response.writeHead(401).end("no");

describe("an API key", () => {
  test.each([
    [{}, "authorization", "the-api-key"],
    [{ credentialPrefix: "Bearer" }, "authorization", "Bearer the-api-key"],
    [{ credentialPrefix: "Bearer " }, "authorization", "Bearer the-api-key"],
    [{ credentialParameterName: "X-Key", credentialPrefix: "token=" }, "x-key", "token=the-api-key"],
  ] as const)("configured as %j goes into the header", async (more, name, value) => {
    await call(apiKeyConfiguration(more));
    expect(server.received[0]?.headers[name]).toBe(value);
  });

  test("takes the place of a header that the caller or the tool sets", async () => {
    await call(apiKeyConfiguration({ credentialParameterName: "x-API-key" }), {
      arguments: { key: "of the agent" },
      headers: { "X-Api-Key": "of the caller" },
    });
    expect(server.received[0]?.headers["x-api-key"]).toBe("the-api-key");
  });

  test("takes the place of a parameter of the query, and leaves the others as they were written", async () => {
    await call(
      apiKeyConfiguration({ credentialLocation: "QUERY_PARAMETER", credentialParameterName: "api_key" }),
      { arguments: { q: "a b&c", api_key: "of the agent" }, query: { api_key: ["of the caller"] } },
      testVault("k&y=1"),
    );
    expect(server.received[0]?.query).toEqual({ q: ["a b&c"], api_key: ["k&y=1"] });
  });

  test("T18 is not in the answer that the agent gets of a target that can't be reached", async () => {
    answer = (response) => response.destroy();
    const configuration = apiKeyConfiguration({
      credentialLocation: "QUERY_PARAMETER",
      credentialParameterName: "api_key",
    });
    const error: unknown = await call(configuration).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(Error);
    expect(JSON.stringify([String(error), String((error as Error).cause)])).not.toContain("the-api-key");
  });
});

test.each([
  ["an API key", apiKeyConfiguration(), "the-api-key"],
  ["a token", oauthConfiguration(), "the-token"],
])("T18 %s that a target repeats in its complaint does not reach the agent", async (_, configuration, secret) => {
  answer = (response) => response.writeHead(403, { "content-type": "text/plain" }).end(`${secret} may not: é`);
  const { content } = await call(configuration);
  expect(content).toEqual([{ type: "text", text: "403 Forbidden: (the credential) may not: é" }]);
});

describe("a token", () => {
  const oauth = (more = {}) => oauthConfiguration(more);

  test.each([
    ["CLIENT_CREDENTIALS", { flow: "M2M" }],
    [
      "AUTHORIZATION_CODE",
      {
        flow: "USER_FEDERATION",
        user: { kind: "token", issuer: "https://idp.example.com", subject: "alice" },
        returnUrl: "https://app.example.com/done",
      },
    ],
    [
      "TOKEN_EXCHANGE",
      {
        flow: "ON_BEHALF_OF_TOKEN_EXCHANGE",
        user: { kind: "token", issuer: "https://idp.example.com", subject: "alice" },
        userToken: "the-token-of-the-caller",
      },
    ],
  ] as const)("of the grant %s is asked for with what belongs to it and nothing else", async (grantType, wanted) => {
    const defaultReturnUrl = grantType === "AUTHORIZATION_CODE" ? "https://app.example.com/done" : undefined;
    await call(oauth({ grantType, customParameters: { audience: "orders" }, defaultReturnUrl }));
    const { signal, ...request } = vault.asked[0] ?? {};
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(request).toEqual({
      provider: "issuer",
      agent: "gateway",
      scopes: ["read", "write"],
      customParameters: { audience: "orders" },
      ...(defaultReturnUrl === undefined ? {} : { allowedReturnUrls: [defaultReturnUrl] }),
      ...wanted,
    });
    expect(server.received[0]?.headers.authorization).toBe("Bearer the-token");
  });

  test("T01 the caller's own token goes to no target", async () => {
    for (const grantType of ["CLIENT_CREDENTIALS", "AUTHORIZATION_CODE", "TOKEN_EXCHANGE"] as const) {
      await call(oauth({ grantType }), { headers: { Authorization: "Bearer the-token-of-the-caller" } });
    }
    await call(apiKeyConfiguration());
    expect(server.received).toHaveLength(4);
    expect(JSON.stringify(server.received)).not.toContain("the-token-of-the-caller");
  });

  test("that the target refuses is renewed once, and the target asked again", async () => {
    vault.answers = [() => ({ accessToken: "old" }), () => ({ accessToken: "new" })];
    answer = (response) =>
      server.received.at(-1)?.headers.authorization === "Bearer old" ? unauthorized(response) : response.end("{}");
    const result = await call(oauth());
    expect(result.isError).toBeUndefined();
    expect(vault.asked.map(({ rejected }) => rejected)).toEqual([undefined, "old"]);
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual(["Bearer old", "Bearer new"]);
  });

  test("that the target refuses twice is an error of the tool, and not asked for a third time", async () => {
    let count = 0;
    vault.answers = [() => ({ accessToken: `token-${count++}` })];
    answer = unauthorized;
    await expect(call(oauth())).resolves.toMatchObject({ isError: true });
    expect(server.received).toHaveLength(2);
  });

  test("that is the same again is not sent again", async () => {
    answer = unauthorized;
    await expect(call(oauth())).resolves.toMatchObject({ isError: true });
    expect(server.received).toHaveLength(1);
  });

  test("T04 is the user's own: what is asked for names who was authenticated", async () => {
    vault.answers = [({ user }) => ({ accessToken: `of ${user?.kind === "token" ? user.subject : ""}` })];
    const users = Array.from({ length: 64 }, (_, index) => `user-${index % 2}`);
    await Promise.all(
      users.map((user) =>
        call(oauth({ grantType: "AUTHORIZATION_CODE" }), { principal: userNamed(user), arguments: { q: user } }),
      ),
    );
    expect(server.received).toHaveLength(64);
    for (const { query, headers } of server.received) expect(headers.authorization).toBe(`Bearer of ${query.q?.[0]}`);
  });

  test.each([
    ["an IAM identity", { principal: { type: "AgentCore::IamEntity", id: "arn:aws:iam::1:user/a", tags: {} } }],
    ["a token that names no issuer", { principal: { type: "AgentCore::OAuthUser", id: "alice", tags: {} } }],
  ] as const)("of a user is not to be had for %s, and nothing is sent", async (_, more) => {
    const called = call(oauth({ grantType: "AUTHORIZATION_CODE" }), more);
    await expect(called).rejects.toMatchObject({ code: "targetCredentialFailed" });
    expect([vault.asked, server.received]).toEqual([[], []]);
  });

  test("to be exchanged must be there", async () => {
    const target = targetWith(oauth({ grantType: "TOKEN_EXCHANGE" }));
    const { userToken: _, ...invocation } = invocationOf(target);
    const credentials = createTargetCredentials({ credentials: vault, sign, region: "us-east-1" });
    await expect(credentials.of(invocation)).rejects.toMatchObject({ code: "targetCredentialFailed" });
    expect(vault.asked).toEqual([]);
  });

  test("T18 that can't be had is a failure that the target has no part in, and that tells no secret", async () => {
    vault.answers = [
      () => {
        throw new CredentialError("The issuer refuses.", { oauthError: "invalid_client" });
      },
    ];
    const called = call(oauth());
    await expect(called).rejects.toMatchObject({
      code: "targetCredentialFailed",
      message: "Orders was not called, because its credentials can't be had: The issuer refuses.",
    });
    expect(server.received).toEqual([]);
  });

  test("that takes a consent is waited for, and nothing is sent", async () => {
    const consent = { authorizationUrl: "https://gh.example.com/oauth/consent?session=1", sessionUri: "urn:1" };
    vault.answers = [() => ({ ...consent, sessionStatus: "IN_PROGRESS" })];
    const error = await call(oauth({ grantType: "AUTHORIZATION_CODE" })).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(ConsentNeeded);
    expect(error).toMatchObject({ consent });
    expect(server.received).toEqual([]);
  });

  test("may be asked for anew, with another return address, by the request; a consent that was begun goes on", async () => {
    const said = { oauthCredentialProvider: { returnUrl: "https://other.example.com", forceAuthentication: true } };
    const params = { _meta: { "aws.bedrock-agentcore.gateway/credentialProviderConfiguration": said } };
    const configuration = oauth({ grantType: "AUTHORIZATION_CODE", defaultReturnUrl: "https://app.example.com" });
    await call(configuration, { params });
    await call(configuration, { params, consent: { sessionUri: "urn:1", authorizationUrl: "https://gh.example.com" } });
    expect(
      vault.asked.map(({ returnUrl, forceAuthentication, sessionUri }) => [returnUrl, forceAuthentication, sessionUri]),
    ).toEqual([
      ["https://other.example.com", true, undefined],
      ["https://other.example.com", undefined, "urn:1"],
    ]);
  });
});

test("a consent whose time is over is no hindrance: the request is as one that knows of none", async () => {
  const over = () => {
    throw new GatehouseError("validation", "There is no such consent of this user, or its time is over.");
  };
  vault.answers = [over, () => ({ accessToken: "the-token" })];
  const consent = { sessionUri: "urn:1", authorizationUrl: "https://gh.example.com" };
  await call(oauthConfiguration({ grantType: "AUTHORIZATION_CODE" }), { consent });
  expect(vault.asked.map(({ sessionUri }) => sessionUri)).toEqual(["urn:1", undefined]);
  expect(server.received[0]?.headers.authorization).toBe("Bearer the-token");
});

test("without a vault, what needs one is not called", async () => {
  const credentials = createTargetCredentials({ sign, region: "us-east-1" });
  const kind = openApiSchemaTarget({ allowLoopback: true, credentials });
  const http = { method: "GET", server: server.url, path: "/orders", parameters: [], accept: "*/*" };
  const tool = { name: "get", inputSchema: { type: "object" }, [binding]: JSON.stringify(http) };
  const called = kind.call(invocationOf(targetWith(apiKeyConfiguration()), { tool }));
  await expect(called).rejects.toMatchObject({ code: "targetCredentialFailed" });
  expect(server.received).toEqual([]);
});
