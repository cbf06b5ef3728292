import {
  type AuthorizerType,
  CreateGatewayCommand,
  type CreateGatewayCommandInput,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { roleArn, startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { post, type RawAnswer, textOf, toolsCall } from "../support/mcp.ts";
import { type SessionUpstream, startSessionUpstream } from "../support/sessionUpstream.ts";
import { type AccessKey, signedRequest } from "../support/signedRequest.ts";
import { type Signed, type Signing, signFetch, signingFetch } from "../support/signingFetch.ts";

let gatehouse: TestGatehouse;
let upstream: SessionUpstream;
let signed: TestGateway;
let caller: AccessKey;
beforeAll(async () => {
  [gatehouse, upstream] = await Promise.all([startGatehouse(), startSessionUpstream()]);
  signed = await createGateway("signed", "AWS_IAM");
  caller = await newKey("agents/billing agent", "caller");
});
afterAll(() => Promise.all([gatehouse[Symbol.asyncDispose](), upstream.stop()]));

async function createGateway(
  name: string,
  authorizerType: AuthorizerType,
  more: Partial<CreateGatewayCommandInput> = {},
): Promise<TestGateway> {
  const settings = { name, authorizerType, roleArn, protocolType: "MCP" as const, ...more };
  const created = await gatehouse.control.send(new CreateGatewayCommand(settings));
  const gateway = {
    id: created.gatewayId ?? "",
    arn: created.gatewayArn ?? "",
    url: created.gatewayUrl ?? "",
  };
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
  return gateway;
}

async function newKey(name: string, ...roles: string[]): Promise<AccessKey> {
  const request = { method: "POST", path: "/access-keys", body: { name, roles } };
  const { status, body } = await signedRequest(gatehouse.url, request, gatehouse.host.administrator);
  expect(status).toBe(201);
  return body;
}

const remember = (word: string) => toolsCall("Up___remember", { word });

/** A signed call, and what becomes of it on its way. */
async function call(
  { url }: TestGateway,
  key: AccessKey,
  { change = (sent) => sent, ...signing }: Signing & { change?: (sent: Signed) => Signed } = {},
): Promise<RawAnswer> {
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const init = { method: "POST", headers, body: JSON.stringify(remember("word")) };
  const sent = change(await signFetch(url, init, key, signing));
  const response = await fetch(sent.url, sent.init);
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

const withHeaders = (added: Record<string, string>) => (sent: Signed) => ({
  ...sent,
  init: { ...sent.init, headers: { ...sent.init.headers, ...added } },
});

const arnOf = (user: string) => `arn:aws:iam::${signed.arn.split(":")[4]}:user/${user}`;
const decisionsOf = async (gateway: TestGateway) => gatehouse.decisions(gateway);

describe("a gateway with CUSTOM_JWT", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    const customJWTAuthorizer = {
      discoveryUrl: `${gatehouse.host.idp.issuer}/.well-known/openid-configuration`,
      allowedScopes: ["call", "read"],
      advertisedScopeMapping: { call: "api://gate/call" },
    };
    gateway = await createGateway("scoped", "CUSTOM_JWT", { authorizerConfiguration: { customJWTAuthorizer } });
  });

  const tokenWith = (scope: string) => gatehouse.host.idp.token({ sub: "alice", client_id: "agent", scope });
  const callWith = async (scope: string) =>
    post(gateway.url, remember("x"), { Authorization: `Bearer ${await tokenWith(scope)}` });

  test("checks the scopes that tokens have, and advertises those that clients ask for", async () => {
    expect((await callWith("other call")).status).toBe(200);
    const advertised = 'scope="api://gate/call read"';
    const lacking = await callWith("api://gate/call");
    expect([lacking.status, lacking.headers.get("www-authenticate")]).toEqual([
      403,
      expect.stringMatching(new RegExp(`error="insufficient_scope".*${advertised}`)),
    ]);
    const stranger = await post(gateway.url, remember("x"));
    expect([stranger.status, stranger.headers.get("www-authenticate")]).toEqual([
      401,
      expect.stringContaining(advertised),
    ]);
    const metadata = await fetch(`${gatehouse.url}/.well-known/oauth-protected-resource/gateways/${gateway.id}/mcp`);
    expect(await metadata.json()).toMatchObject({
      authorization_servers: [gatehouse.host.idp.issuer],
      scopes_supported: ["api://gate/call", "read"],
    });
  });

  test("T02 takes no signature instead of a token, nor both", async () => {
    expect((await call(gateway, gatehouse.host.administrator)).status).toBe(401);
    const bearer = `Bearer ${await tokenWith("call")}`;
    const both = (sent: Signed) =>
      withHeaders({ authorization: `${bearer}, ${sent.init.headers.authorization}` })(sent);
    expect((await call(gateway, gatehouse.host.administrator, { change: both })).status).toBe(401);
  });
});

describe("a gateway with AWS_IAM", () => {
  test.each(["legacy", "auto"] as const)("is called by the MCP SDK's client with signatures, %s", async (mode) => {
    const client = new Client({ name: "test-agent", version: "1.0.0" }, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(new URL(signed.url), { fetch: signingFetch(caller) }));
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["Up___remember"]);
    expect(textOf(await client.callTool({ name: "Up___remember", arguments: { word: mode } }))).toContain(mode);
    await client.close();
    expect((await decisionsOf(signed)).at(-1)).toMatchObject({
      principal: { type: "AgentCore::IamEntity", id: arnOf("agents/billing%20agent") },
      agent: caller.accessKeyId,
      outcome: "allowed",
    });
  });

  test.each([
    ["nothing", {}],
    ["an empty header", { Authorization: "" }],
    ["a bearer token", { Authorization: "Bearer e30.e30.x" }],
    ["a password", { Authorization: "Basic YWRtaW46YWRtaW4=" }],
    ["half a signature", { Authorization: "AWS4-HMAC-SHA256 Credential=x" }],
    ["what only the edge says", { "X-Gatehouse-Authorization": "AWS4-HMAC-SHA256 Credential=x" }],
  ])("T02 lets nobody in with %s, and leads to no issuer", async (_, headers) => {
    const { status, headers: answered, body } = await post(signed.url, remember("nobody's"), headers);
    expect(status).toBe(401);
    expect(answered.get("www-authenticate")).toBe("AWS4-HMAC-SHA256");
    expect(body?.result).toBeUndefined();
  });

  test("T02 lets nobody in with a token that another gateway takes, and has no metadata", async () => {
    const other = await gatehouse.createGateway();
    const token = await gatehouse.token({ ...other, url: signed.url }, "alice");
    expect((await post(signed.url, remember("x"), { Authorization: `Bearer ${token}` })).status).toBe(401);
    const metadata = `${gatehouse.url}/.well-known/oauth-protected-resource/gateways/${signed.id}/mcp`;
    expect((await fetch(metadata)).status).toBe(404);
    expect((await call(other, caller)).status).toBe(401);
  });

  test("T02 refuses a key that no policy lets call, and it is on record", async () => {
    const analyst = await newKey("analyst", "analyst");
    const { status, body } = await call(signed, analyst);
    expect(status).toBe(403);
    expect(body?.error?.message).toContain(`${arnOf("analyst")} may not invoke this gateway`);
    expect((await decisionsOf(signed)).at(-1)).toMatchObject({
      principal: { id: arnOf("analyst") },
      outcome: "rejected",
      decision: "DENY",
    });
  });

  test("T05 T19 is not called with what was signed for another gateway", async () => {
    const other = await createGateway("other", "AWS_IAM");
    const elsewhere = (sent: Signed) => ({ ...sent, url: new URL(other.url) });
    expect((await call(signed, caller, { change: elsewhere })).status).toBe(401);
    expect((await call(other, caller)).status).toBe(200);
  });

  const minutes = (count: number) => new Date(Date.now() + count * 60_000);
  test.each<[string, Parameters<typeof call>[2]]>([
    ["signed 16 minutes ago", { signingDate: minutes(-16) }],
    ["signed in 16 minutes", { signingDate: minutes(16) }],
    ["signed for another region", { region: "eu-west-1" }],
    ["signed for another service", { service: "execute-api" }],
    [
      "with another body",
      { change: (sent) => ({ ...sent, init: { ...sent.init, body: JSON.stringify(remember("forged")) } }) },
    ],
    ["with a query that isn't signed", { change: (sent) => ({ ...sent, url: new URL(`${sent.url}?stage=x`) }) }],
    ["with a header of AWS's that isn't signed", { change: withHeaders({ "x-amz-target": "x" }) }],
    ["with a session token", { change: withHeaders({ "x-amz-security-token": "x" }) }],
    ["with another Accept than was signed", { change: withHeaders({ accept: "application/json" }) }],
    ["with the signature of another secret", { change: (sent) => sent }],
  ])("T19 a request is refused %s", async (what, changes) => {
    const key = what.includes("another secret") ? { ...caller, secretAccessKey: "x".repeat(40) } : caller;
    const { status, body } = await call(signed, key, changes);
    expect(status).toBe(401);
    // T18: nothing of the signature is told.
    expect(JSON.stringify(body)).not.toContain(caller.secretAccessKey);
  });

  test("a user keeps its name, and so its rights, when its key is rotated, and loses them with the last key", async () => {
    const first = await newKey("rotating", "caller");
    expect((await call(signed, first)).status).toBe(200);
    const rotate = { method: "POST", path: `/access-keys/${first.accessKeyId}/rotate`, body: { graceSeconds: 0 } };
    const { body: second } = await signedRequest(gatehouse.url, rotate, gatehouse.host.administrator);
    expect((await call(signed, second)).status).toBe(200);
    expect((await decisionsOf(signed)).at(-1)).toMatchObject({ principal: { id: arnOf("rotating") } });
    await expect.poll(async () => (await call(signed, first)).status, { timeout: 5_000 }).toBe(401);

    const remove = { method: "DELETE", path: `/access-keys/${second.accessKeyId}` };
    expect((await signedRequest(gatehouse.url, remove, gatehouse.host.administrator)).status).toBe(200);
    await expect.poll(async () => (await call(signed, second)).status, { timeout: 5_000 }).toBe(401);
  });

  test("decides by Cedar policies about who has signed", async () => {
    const gateway = await createGateway("decided", "AWS_IAM");
    await gatehouse.attach(gateway, "ENFORCE", {
      billing: `permit(principal == AgentCore::IamEntity::"${arnOf("agents/billing%20agent")}", action, resource == AgentCore::Gateway::"{gateway}");`,
    });
    const stranger = await newKey("agents/other", "caller");
    expect((await call(gateway, caller)).body?.result?.isError).toBeFalsy();
    expect(textOf((await call(gateway, stranger)).body?.result)).toContain("Tool Execution Denied");
  });

  test("T04 what a target keeps in a session of one signer never meets another", async () => {
    const [a, b] = await Promise.all([newKey("a", "caller"), newKey("b", "caller")]);
    const gateway = await createGateway("sessions", "AWS_IAM");
    const words = async (key: AccessKey) => textOf((await call(gateway, key)).body?.result);
    expect(await words(a)).toBe("word");
    expect(await words(b)).toBe("word");
    expect(await words(a)).toBe("word word");
  });
});

describe("a gateway with AUTHENTICATE_ONLY", () => {
  test("lets in whoever has signed, whatever the roles, and nobody else", async () => {
    const gateway = await createGateway("authenticated", "AUTHENTICATE_ONLY");
    const nobody = await newKey("without a right", "analyst");
    expect((await call(gateway, nobody)).status).toBe(200);
    expect((await post(gateway.url, remember("x"))).status).toBe(401);
    expect((await call(gateway, { ...nobody, secretAccessKey: "x".repeat(40) })).status).toBe(401);
    expect((await decisionsOf(gateway)).at(-1)).toMatchObject({ principal: { id: arnOf("without%20a%20right") } });
  });
});

describe("a gateway with NONE", () => {
  test("lets everybody in as a user without a claim, whatever they say they are", async () => {
    const gateway = await createGateway("open", "NONE");
    for (const headers of [{}, { Authorization: "Bearer e30.e30.x" }]) {
      expect((await post(gateway.url, remember("word"), headers)).status).toBe(200);
    }
    const [first, ...others] = await decisionsOf(gateway);
    expect(first).toMatchObject({ principal: { type: "AgentCore::OAuthUser", id: "anonymous" } });
    expect(others.every(({ agent }) => agent === undefined)).toBe(true);
  });

  test("T04 what a target keeps in a session of one stranger never meets another", async () => {
    const gateway = await createGateway("strangers", "NONE");
    const words = async (word: string) => textOf((await post(gateway.url, remember(word))).body?.result);
    expect(await words("mine")).toBe("mine");
    expect(await words("yours")).toBe("yours");
    expect(await Promise.all(Array.from({ length: 10 }, (_, index) => words(`${index}`)))).toEqual(
      Array.from({ length: 10 }, (_, index) => `${index}`),
    );
  });

  test("T02 gives strangers nothing that a policy gives to somebody", async () => {
    const gateway = await createGateway("guarded", "NONE");
    await gatehouse.attach(gateway, "ENFORCE", {
      finance: `permit(principal is AgentCore::OAuthUser, action, resource == AgentCore::Gateway::"{gateway}") when { principal.hasTag("department") && principal.getTag("department") == "finance" };`,
    });
    const token = await gatehouse.token(gateway, "fiona", { department: "finance" });
    const { body } = await post(gateway.url, remember("x"), { Authorization: `Bearer ${token}` });
    expect(textOf(body?.result)).toContain("Tool Execution Denied");
  });
});
