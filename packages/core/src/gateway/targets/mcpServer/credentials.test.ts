import type { ServerResponse } from "node:http";
import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { TokenRequest } from "../../../identity/outbound/credentials.ts";
import { anonymous, type Principal } from "../../../identity/principal.ts";
import { accessKey } from "../../../identity/sigv4/testing.ts";
import { createTargetCredentials } from "../credentials/createTargetCredentials.ts";
import {
  apiKeyConfiguration,
  invocationOf,
  oauthConfiguration,
  type TestVault,
  targetWith,
  testVault,
  userNamed,
} from "../credentials/testing.ts";
import { createRequestSigner } from "../http/sign.ts";
import { type Received, startServer, type TestServer } from "../http/testing.ts";
import type { Invocation, TargetKind } from "../target.ts";
import { mcpServerTarget } from "./mcpServer.ts";

let server: TestServer;
let vault: TestVault;
let kind: TargetKind;
/** Which authorizations the server takes; it keeps sessions, as servers before 2026-07-28 do. */
let takes: (authorization: string) => boolean;
let sessions = 0;
/** What the server complains of, where it does. */
let complaint: string | undefined;
/** What it answers everything with, where it does. */
let refusal: ((response: ServerResponse, received: Received) => unknown) | undefined;

/** Whether it has answered a request in another way. */
let intercept: (received: Received, response: ServerResponse) => boolean;
/** How many pages its list of tools has. */
let pages: number;

beforeAll(async () => {
  server = await startServer((received, _, response) => {
    if (refusal !== undefined) return refusal(response, received);
    if (intercept(received, response)) return;
    const { headers, body, method } = received;
    if (!takes(headers.authorization ?? "")) return response.writeHead(401).end();
    if (method === "DELETE") return response.end();
    const { id, method: asked, params } = JSON.parse(body);
    const json = { "content-type": "application/json" };
    const respond = (result: object, more = {}) =>
      response.writeHead(200, { ...json, ...more }).end(JSON.stringify({ jsonrpc: "2.0", id, result }));
    if (asked === "server/discover") return response.writeHead(400).end();
    if (id === undefined) return response.writeHead(202).end();
    if (asked === "initialize") {
      sessions++;
      return respond({ protocolVersion: "2025-11-25", capabilities: {} }, { "mcp-session-id": `session-${sessions}` });
    }
    if (complaint !== undefined) {
      const error = { code: -32_603, message: complaint };
      return response.writeHead(200, json).end(JSON.stringify({ jsonrpc: "2.0", id, error }));
    }
    if (asked === "tools/list") {
      const next = Number(params?.cursor ?? 1) + 1;
      const more = next > pages ? {} : { nextCursor: String(next) };
      return respond({ tools: [{ name: "get", inputSchema: { type: "object" } }], ...more });
    }
    return respond({ content: [{ type: "text", text: `${headers["mcp-session-id"]} ${headers.authorization}` }] });
  });
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.received.length = 0;
  takes = () => true;
  complaint = undefined;
  refusal = undefined;
  intercept = () => false;
  pages = 1;
  vault = testVault();
  const sign = createRequestSigner({ credentials: async () => accessKey });
  const credentials = createTargetCredentials({ credentials: vault, sign, region: "us-east-1" });
  kind = mcpServerTarget({ allowLoopback: true, credentials });
});

const gateway = { gatewayId: "gateway", roleArn: "arn:aws:iam::123456789012:role/gateway" };
const endpoint = () => ({ mcpServer: { endpoint: `${server.url}/mcp` } });
const authorizations = (received: readonly Received[]) => new Set(received.map(({ headers }) => headers.authorization));

async function call(configuration = oauthConfiguration(), more: Partial<Invocation> = {}): Promise<string> {
  const result = await kind.call(invocationOf(targetWith(configuration, endpoint()), more));
  return JSON.stringify(result.content);
}

describe("every request to an MCP server", () => {
  test("goes out with the token: the handshake, the call and whatever is said in between", async () => {
    await call();
    expect(server.received.length).toBeGreaterThan(3);
    expect(authorizations(server.received)).toEqual(new Set(["Bearer the-token"]));
  });

  test("has an API key in the query, and the trace and protocol headers as they are", async () => {
    const configuration = apiKeyConfiguration({
      credentialLocation: "QUERY_PARAMETER",
      credentialParameterName: "key",
    });
    await call(configuration);
    expect(new Set(server.received.map(({ query }) => query.key?.[0]))).toEqual(new Set(["the-api-key"]));
  });

  test("is signed with the gateway's own role where that is what the target wants", async () => {
    await call({
      credentialProviderType: "GATEWAY_IAM_ROLE",
      credentialProvider: { iamCredentialProvider: { service: "bedrock-agentcore", region: "eu-west-1" } },
    });
    for (const { headers } of server.received) {
      expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 .*\/eu-west-1\/bedrock-agentcore\/aws4_request/);
    }
  });

  test("T01 has nothing of the caller's own token, and nothing of what is said of consents", async () => {
    const said = { "aws.bedrock-agentcore.gateway/credentialProviderConfiguration": { oauthCredentialProvider: {} } };
    await call(oauthConfiguration({ grantType: "TOKEN_EXCHANGE" }), { params: { _meta: said } });
    const sent = JSON.stringify(server.received);
    expect(sent).not.toContain("the-token-of-the-caller");
    expect(sent).not.toContain("credentialProviderConfiguration");
  });
});

test("T18 a token that a server repeats in its complaint is not told on, nor more of it than people read", async () => {
  complaint = `No such user: the-token ${"x".repeat(1_000_000)}`;
  const error = await call().catch((failure: Error) => failure);
  expect(String(error)).toContain("No such user: (the credential) xx");
  expect(String(error)).not.toContain("the-token");
  expect(String(error).length).toBeLessThan(2_000);
});

test("T18 a key in the query that a server repeats is not told on, of whatever status its complaint is", async () => {
  const configuration = apiKeyConfiguration({ credentialLocation: "QUERY_PARAMETER", credentialParameterName: "key" });
  for (const status of [429, 503, 500, 302]) {
    refusal = (response, { query }) => response.writeHead(status, { location: "/?key" }).end(`Busy: ${query.key?.[0]}`);
    const error: unknown = await call(configuration).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(Error);
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY })).not.toContain("the-api-key");
  }
  expect(server.received.at(-1)?.query).toEqual({ key: ["the-api-key"] });
});

describe("a session", () => {
  test("T04 of a stranger ends with the request, and takes nobody's place", async () => {
    const alice = await call(oauthConfiguration(), { principal: userNamed("alice") });
    server.received.length = 0;
    const stranger = await call(oauthConfiguration(), { principal: anonymous });
    await vi.waitFor(() => {
      const ended = server.received.filter(({ method }) => method === "DELETE");
      expect(ended.map(({ headers }) => headers["mcp-session-id"])).toEqual([/session-\d+/.exec(stranger)?.[0]]);
    });
    await expect(call(oauthConfiguration(), { principal: userNamed("alice") })).resolves.toBe(alice);
  });

  test("T04 belongs to one principal", async () => {
    const first = await call(oauthConfiguration(), { principal: userNamed("alice") });
    const second = await call(oauthConfiguration(), { principal: userNamed("bob") });
    expect(first.split(" ")[0]).not.toBe(second.split(" ")[0]);
    await expect(call(oauthConfiguration(), { principal: userNamed("alice") })).resolves.toBe(first);
  });

  test("T04 belongs to one credential", async () => {
    const first = await call();
    vault.answers = [() => ({ accessToken: "another" })];
    const second = await call();
    expect(second).toContain("Bearer another");
    expect(first.split(" ")[0]).not.toBe(second.split(" ")[0]);
  });
});

describe("a token that the server refuses", () => {
  test("at the handshake is renewed once", async () => {
    vault.answers = [() => ({ accessToken: "old" }), () => ({ accessToken: "new" })];
    takes = (authorization) => authorization === "Bearer new";
    await expect(call()).resolves.toContain("Bearer new");
    expect(vault.asked.map(({ rejected }) => rejected)).toEqual([undefined, "old"]);
  });

  test("in the middle of a session is renewed once", async () => {
    await call();
    vault.answers = [() => ({ accessToken: "the-token" }), () => ({ accessToken: "new" })];
    takes = (authorization) => authorization === "Bearer new";
    await expect(call()).resolves.toContain("Bearer new");
  });

  test("again and again is a failure of the target", async () => {
    let count = 0;
    vault.answers = [() => ({ accessToken: `token-${count++}` })];
    takes = () => false;
    await expect(call()).rejects.toMatchObject({ code: "targetFailed" });
    expect(vault.asked).toHaveLength(2);
  });
});

describe("the tools of a server", () => {
  test.each([
    ["an API key", apiKeyConfiguration({ credentialPrefix: "Bearer" }), "Bearer the-api-key"],
    ["a token of the gateway's", oauthConfiguration(), "Bearer the-token"],
  ])("are read with %s", async (_, configuration, authorization) => {
    const { tools } = await kind.discover(targetWith(configuration, endpoint()), gateway);
    expect(tools.map(({ name }) => name)).toEqual(["get"]);
    expect(authorizations(server.received)).toEqual(new Set([authorization]));
    for (const { user, userToken } of vault.asked) expect([user, userToken]).toEqual([undefined, undefined]);
  });

  test.each(["AUTHORIZATION_CODE", "TOKEN_EXCHANGE"] as const)(
    "can't be read with the credentials of users (%s): nobody is asked",
    async (grantType) => {
      const discovery = kind.discover(targetWith(oauthConfiguration({ grantType }), endpoint()), gateway);
      await expect(discovery).rejects.toThrow("there is no user here");
      expect([vault.asked, server.received]).toEqual([[], []]);
    },
  );

  test("that it offers somebody are asked for with their own token", async () => {
    const target = targetWith(oauthConfiguration({ grantType: "TOKEN_EXCHANGE" }), endpoint());
    const offered = await kind.offers?.(target, {
      gateway,
      principal: userNamed("alice"),
      userToken: "the-token-of-the-caller",
    });
    expect([...(offered ?? [])]).toEqual(["get"]);
    expect(vault.asked).toMatchObject([{ userToken: "the-token-of-the-caller" }]);
  });

  test("that somebody isn't offered before a consent are offered to others, and nobody is asked at every list", async () => {
    const target = targetWith(oauthConfiguration({ grantType: "AUTHORIZATION_CODE" }), endpoint());
    const consent = {
      authorizationUrl: "https://gh.example.com",
      sessionUri: "urn:1",
      sessionStatus: "IN_PROGRESS",
    } as const;
    const isAlice = (request: TokenRequest) => request.user?.kind === "token" && request.user.subject === "alice";
    vault.answers = [(request) => (isAlice(request) ? { accessToken: "of alice" } : consent)];
    const offered = (user: string) => kind.offers?.(target, { gateway, principal: userNamed(user) });
    await expect(offered("bob")).resolves.toBeUndefined();
    await expect(offered("bob")).resolves.toBeUndefined();
    await expect(offered("alice")).resolves.toEqual(new Set(["get"]));
    expect(vault.asked).toHaveLength(2);
  });

  /** A target whose server knows its callers: what it answers one of them is `refusal`'s to say. */
  function perUser(answerBob: (response: ServerResponse) => unknown) {
    vault.answers = [({ user }) => ({ accessToken: user?.kind === "token" ? `of ${user.subject}` : "?" })];
    const target = targetWith(oauthConfiguration({ grantType: "TOKEN_EXCHANGE" }), endpoint());
    let bobs = 0;
    intercept = ({ headers }, response) => {
      if (headers.authorization !== "Bearer of bob") return false;
      bobs++;
      answerBob(response);
      return true;
    };
    const offered = (principal: Principal) =>
      kind.offers?.(target, { gateway, principal, userToken: "the-token-of-the-caller" });
    return { offered, asked: () => bobs };
  }
  const rpcError = { jsonrpc: "2.0", id: 1, error: { code: -32_603, message: "not for you" } };

  test.each<[string, (response: ServerResponse) => unknown]>([
    ["is unauthorized", (response) => response.writeHead(401).end()],
    ["is forbidden", (response) => response.writeHead(403).end()],
    ["asks too often", (response) => response.writeHead(429, { "retry-after": "60" }).end()],
    ["makes it fail", (response) => response.writeHead(500).end()],
    ["is refused by JSON-RPC", (response) => response.writeHead(200).end(JSON.stringify(rpcError))],
    ["is kept waiting", () => {}],
  ])("T04 that somebody %s, says nothing of the others, who see what they are offered", async (_, answer) => {
    const { offered, asked } = perUser(answer);
    await expect(offered(userNamed("bob"))).resolves.toBeUndefined();
    await expect(offered(userNamed("alice"))).resolves.toEqual(new Set(["get"]));
    const before = asked();
    await expect(offered(userNamed("bob"))).resolves.toBeUndefined();
    expect([before > 0, asked()]).toEqual([true, before]);
    // Another issuer's user of the name is somebody else.
    const other = { ...userNamed("bob"), issuer: "https://other.example.com" };
    await offered(other);
    expect(asked()).toBeGreaterThan(before);
  });

  test("are asked of a server that is away once, and not by everybody", async () => {
    const { offered, asked } = perUser((response) => response.writeHead(503).end());
    await expect(offered(userNamed("bob"))).resolves.toBeUndefined();
    expect(asked()).toBeGreaterThan(0);
    server.received.length = 0;
    await expect(offered(userNamed("alice"))).resolves.toBeUndefined();
    expect(server.received).toEqual([]);
  });

  test("T04 that a stranger lists are listed in one session, which ends with the list and takes nobody's place", async () => {
    const configuration = apiKeyConfiguration({ credentialPrefix: "Bearer" });
    const target = targetWith(configuration, endpoint());
    const alice = await call(configuration, { principal: userNamed("alice") });
    pages = 3;
    server.received.length = 0;
    await expect(kind.offers?.(target, { gateway, principal: anonymous })).resolves.toEqual(new Set(["get"]));
    const sessionOf = (isOne: (received: Received) => boolean) =>
      server.received.filter(isOne).map(({ headers }) => headers["mcp-session-id"]);
    const lists = sessionOf(({ body }) => body.includes("tools/list"));
    expect([lists.length, new Set(lists).size]).toEqual([3, 1]);
    await vi.waitFor(() => expect(sessionOf(({ method }) => method === "DELETE")).toEqual([lists[0]]));
    await expect(call(configuration, { principal: userNamed("alice") })).resolves.toBe(alice);
  });
});
