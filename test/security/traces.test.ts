import { gzipSync } from "node:zlib";
import { OAuth2Server } from "oauth2-mock-server";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { type AccessKey, signedRequest } from "../support/signedRequest.ts";
import { signFetch } from "../support/signingFetch.ts";
import { type RecordedSpans, watchSpans } from "../support/spans.ts";

const audience = "https://gatehouse.example/administration";
const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";
let issuer: OAuth2Server;
let gatehouse: TestGatehouse;
let recorded: RecordedSpans;
let agent: AccessKey;
let caller: AccessKey;
beforeAll(async () => {
  issuer = new OAuth2Server();
  await issuer.issuer.keys.generate("RS256");
  await issuer.start(0, "127.0.0.1");
  process.env.GATEHOUSE_ADMIN_DISCOVERY_URL = `${issuer.issuer.url}/.well-known/openid-configuration`;
  process.env.GATEHOUSE_ADMIN_AUDIENCE = audience;
  gatehouse = await startGatehouse();
  recorded = await watchSpans();
  [agent, caller] = [await newKey("agent"), await newKey("caller", "analyst", "policy-author")];
});
afterEach(() => recorded.clear());
afterAll(async () => {
  recorded?.stop();
  await gatehouse?.[Symbol.asyncDispose]();
  await issuer?.stop();
});

async function newKey(...roles: string[]): Promise<AccessKey> {
  const body = { name: "for a test", roles };
  const answer = await signedRequest(
    gatehouse.url,
    { method: "POST", path: "/access-keys", body },
    gatehouse.host.administrator,
  );
  expect(answer.status).toBe(201);
  return answer.body;
}

/** A request with one span, compressed: bytes that are no text. */
function request(attributes: Readonly<Record<string, string>> = {}) {
  const nanos = String(BigInt(Date.now()) * 1_000_000n);
  const pairs = Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const span = {
    ...{ traceId: "a".repeat(32), spanId: "b".repeat(16), name: "x", attributes: pairs },
    ...{ startTimeUnixNano: nanos, endTimeUnixNano: nanos },
  };
  const body = gzipSync(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));
  return { body, headers: { "content-type": "application/json", "content-encoding": "gzip" } };
}

async function send(authorization?: string, attributes?: Readonly<Record<string, string>>) {
  const { body, headers } = request(attributes);
  const answer = await fetch(`${gatehouse.url}/v1/traces`, {
    method: "POST",
    headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
    body,
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

const basic = ({ accessKeyId, secretAccessKey }: AccessKey) =>
  `Basic ${Buffer.from(`${accessKeyId}:${secretAccessKey}`).toString("base64")}`;

describe("T02 spans are taken from whoever may send them, and from nobody else", () => {
  test("an agent's key may, and says in the ledger's event whose spans they are", async () => {
    expect(await send(basic(agent))).toMatchObject({ status: 200, body: {} });
    expect(recorded.senders).toEqual([`Gatehouse::AccessKey::"${agent.accessKeyId}"`]);
  });

  test("a key of another role may not", async () => {
    expect(await send(basic(caller))).toMatchObject({
      status: 403,
      body: { code: 7, message: expect.stringContaining("PutSpans") },
    });
    expect(recorded.spans).toEqual([]);
  });

  test.each([
    ["nothing", undefined],
    ["another secret", "Basic R0hBS0FCQ0RFRkdISUpLTE1OT1A6c2VjcmV0"],
    ["an unknown scheme", "Digest x"],
    ["a token of nobody", `Bearer ${jwt}`],
  ])("with %s, the answer is 401 and says how", async (_what, authorization) => {
    const answer = await send(authorization);
    expect(answer).toMatchObject({ status: 401, body: { code: 16 } });
    expect(answer.headers.get("www-authenticate")).toMatch(/^Basic/);
    expect(JSON.stringify(answer.body)).not.toContain(jwt);
    expect(recorded.spans).toEqual([]);
  });

  test("a user of the admin issuer may, by the roles in the token", async () => {
    const tokenOf = (...roles: string[]) =>
      issuer.issuer.buildToken({
        scopesOrTransform: (_, payload) => Object.assign(payload, { sub: "ada", aud: audience, roles }),
      });
    expect(await send(`Bearer ${await tokenOf("agent")}`)).toMatchObject({ status: 200 });
    expect(await send(`Bearer ${await tokenOf("analyst")}`)).toMatchObject({ status: 403 });
    expect(recorded.senders).toEqual(['Gatehouse::OAuthUser::"ada"']);
  });
});

test("T19 a signature holds over the bytes of a body that is no text, and over no others", async () => {
  const { body, headers } = request();
  const { url, init } = await signFetch(`${gatehouse.url}/v1/traces`, { method: "POST", headers, body }, agent);
  expect((await fetch(url, { ...init, body })).status).toBe(200);
  const other = Uint8Array.from(body);
  // Of gzip's header, what system it was made on: another body that says the same.
  other[9] = (other[9] ?? 0) ^ 1;
  const answer = await fetch(url, { ...init, body: other });
  expect([answer.status, await answer.json()]).toEqual([
    401,
    { code: 16, message: expect.stringContaining("SHA-256") },
  ]);
  expect(recorded.spans).toHaveLength(1);
});

test("T18 credentials in spans go before anything leaves the process", async () => {
  const attributes = {
    "gen_ai.input.messages": `use ${jwt} for it`,
    "http.request.header.cookie": "id=4711",
    "aws.key": "AKIAIOSFODNN7EXAMPLE",
    question: "Where is order A-17?",
  };
  expect(await send(basic(agent), attributes)).toMatchObject({ status: 200 });
  const text = JSON.stringify(recorded.spans);
  expect(text).toContain("Where is order A-17?");
  for (const secret of [jwt, "4711", "AKIAIOSFODNN7EXAMPLE"]) expect(text).not.toContain(secret);
});

test("T22 an agent's spans are an agent's, whatever they say they are", async () => {
  const attributes = {
    "gatehouse.decision_id": "1",
    "mcp.method.name": "tools/call",
    source: "gateway",
    type: "toolCall",
  };
  expect(await send(basic(agent), attributes)).toMatchObject({ status: 200 });
  expect(recorded.sources).toEqual(["agent"]);
  expect(recorded.spans.map(({ facts }) => facts)).toEqual([undefined]);
});
