import {
  BedrockAgentCoreControlClient,
  CreatePolicyEngineCommand,
  DeletePolicyEngineCommand,
  ListGatewaysCommand,
  ListPolicyEnginesCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import type { ConfigurationChanged } from "@gatehouse/core/observability/events.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { type AccessKey, send, sign, signedRequest, type Unsigned } from "../support/signedRequest.ts";

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse[Symbol.asyncDispose]());

const list: Unsigned = { method: "GET", path: "/gateways/" };
const create = (name: string): Unsigned => ({ method: "POST", path: "/policy-engines", body: { name } });
const admin = () => gatehouse.host.administrator;
const ask = (request: Unsigned, credentials: AccessKey = admin()) => signedRequest(gatehouse.url, request, credentials);

async function newKey(...roles: string[]): Promise<AccessKey & { expiresAt?: string }> {
  const { status, body } = await ask({ method: "POST", path: "/access-keys", body: { name: "for a test", roles } });
  expect(status).toBe(201);
  return body;
}

async function engineNames(): Promise<(string | undefined)[]> {
  const { policyEngines = [] } = await gatehouse.control.send(new ListPolicyEnginesCommand({}));
  return policyEngines.map(({ name }) => name);
}

/** What the ledger says of a resource, once all that is under way is recorded. */
async function changesOf(resource: string | undefined): Promise<ConfigurationChanged[]> {
  await gatehouse.host.idle();
  return Array.fromAsync(gatehouse.ledger.changesOf(resource ?? ""));
}

describe("T02 the control plane lets nobody in", () => {
  test.each([
    ["without credentials", {}, "MissingAuthenticationTokenException", 403],
    [
      "with a bearer token, where no issuer is configured",
      { authorization: "Bearer e30.e30.x" },
      "UnauthorizedException",
      401,
    ],
    ["with a password", { authorization: "Basic YWRtaW46YWRtaW4=" }, "UnauthorizedException", 401],
    ["with an empty header", { authorization: " " }, "UnauthorizedException", 401],
  ])("%s", async (_, headers, error, status) => {
    for (const request of [list, create("nobodys")]) {
      const { address, init } = await sign(gatehouse.url, request, admin());
      const { authorization: _signature, ...rest } = init.headers;
      expect(await send(address, { ...init, headers: { ...rest, ...headers } })).toMatchObject({ status, error });
    }
    expect(await engineNames()).not.toContain("nobodys");
  });

  test("by the token of an agent, of the development issuer", async () => {
    const token = await gatehouse.host.idp.token({ sub: "alice", client_id: "agent", aud: gatehouse.url });
    const answer = await send(new URL("/gateways/", gatehouse.url), { headers: { authorization: `Bearer ${token}` } });
    expect(answer).toMatchObject({ status: 401, error: "UnauthorizedException" });
  });
});

describe("T19 over the wire", () => {
  const refused = { status: 403, error: "InvalidSignatureException" };
  const minutes = (count: number) => new Date(Date.now() + count * 60_000);

  test("a signature verifies, with an ARN in the path and a query", async () => {
    expect(await ask(list)).toMatchObject({ status: 200 });
    const arn = "arn:aws:bedrock-agentcore:us-east-1:000000000000:gateway/gone-0123456789";
    expect(await ask({ method: "GET", path: `/tags/${encodeURIComponent(arn)}` })).toMatchObject({ status: 404 });
    const query = { tagKeys: "a b+c/ä" };
    const untag: Unsigned = { method: "DELETE", path: `/tags/${encodeURIComponent(arn)}`, query };
    expect(await ask(untag)).toMatchObject({ status: 400, error: "ValidationException" });
  });

  test.each([
    ["16 minutes old", { signingDate: minutes(-16) }],
    ["16 minutes ahead", { signingDate: minutes(16) }],
    ["for another region", { region: "eu-west-1" }],
    ["for another service", { service: "execute-api" }],
  ])("a signature that is %s is refused", async (_, changes) => {
    const { address, init } = await sign(gatehouse.url, create("replayed"), admin(), changes);
    expect(await send(address, init)).toMatchObject(refused);
    expect(await engineNames()).not.toContain("replayed");
  });

  test("another body, path, query, method or header than the one that was signed is refused", async () => {
    const { address, init } = await sign(gatehouse.url, create("signed"), admin());
    const tampered: [URL, RequestInit][] = [
      [address, { ...init, body: JSON.stringify({ name: "tampered" }) }],
      [new URL("/policy-engines/", address), init],
      [new URL("/policy-engines?x=1", address), init],
      [address, { ...init, method: "PUT" }],
      [address, { ...init, headers: { ...init.headers, "x-amz-date": "20000101T000000Z" } }],
    ];
    for (const [where, what] of tampered) {
      const { status } = await send(where, what);
      expect(status).toBeGreaterThanOrEqual(400);
    }
    const unsigned = { ...init.headers, "x-amz-added": "later" };
    expect(await send(address, { ...init, headers: unsigned })).toMatchObject({
      status: 400,
      error: "IncompleteSignatureException",
    });
    const names = await engineNames();
    expect(names).not.toContain("signed");
    expect(names).not.toContain("tampered");
    expect((await send(address, init)).status).toBe(202);
  });

  test("an unknown key and a wrong secret are refused, and told by the SDK as what they are", async () => {
    const { accessKeyId, secretAccessKey } = admin();
    for (const [credentials, name] of [
      [{ accessKeyId: "GHAKAAAAAAAAAAAAAAAA", secretAccessKey }, "UnrecognizedClientException"],
      [{ accessKeyId, secretAccessKey: `${secretAccessKey.slice(0, -1)}!` }, "InvalidSignatureException"],
    ] as const) {
      const client = new BedrockAgentCoreControlClient({ endpoint: gatehouse.url, region: "us-east-1", credentials });
      await expect(client.send(new ListGatewaysCommand({}))).rejects.toMatchObject({ name });
      client.destroy();
    }
  });
});

describe("access keys", () => {
  test("are made, listed without their secret, rotated and revoked", async () => {
    const key = await newKey("analyst");
    expect(await ask(list, key)).toMatchObject({ status: 200 });
    const listed = await ask({ method: "GET", path: "/access-keys" });
    expect(listed.body.accessKeys).toContainEqual(expect.objectContaining({ accessKeyId: key.accessKeyId }));
    expect(JSON.stringify(listed.body)).not.toContain(key.secretAccessKey);

    const path = `/access-keys/${key.accessKeyId}`;
    const rotated = await ask({ method: "POST", path: `${path}/rotate`, body: { graceSeconds: 0 } });
    expect(await ask(list, rotated.body)).toMatchObject({ status: 200 });
    expect(await ask(list, key)).toMatchObject({ status: 403, error: "UnrecognizedClientException" });

    const next = rotated.body as AccessKey;
    expect(await ask({ method: "DELETE", path: `/access-keys/${next.accessKeyId}` })).toMatchObject({ status: 200 });
    expect(await ask(list, next)).toMatchObject({ status: 403, error: "UnrecognizedClientException" });
  });

  test("do what their role may, and nothing else", async () => {
    const [analyst, author] = [await newKey("analyst"), await newKey("policy-author")];
    const denied = { status: 403, error: "AccessDeniedException" };
    expect(await ask(list, analyst)).toMatchObject({ status: 200 });
    expect(await ask(create("by_an_analyst"), analyst)).toMatchObject(denied);
    expect(await ask({ method: "GET", path: "/access-keys" }, analyst)).toMatchObject(denied);
    expect(await ask(create("by_an_author"), author)).toMatchObject({ status: 202 });
    const gateway = { name: "by-an-author", roleArn: "arn:aws:iam::000000000000:role/x", authorizerType: "CUSTOM_JWT" };
    expect(await ask({ method: "POST", path: "/gateways/", body: gateway }, author)).toMatchObject(denied);
    const grant = { method: "POST", path: "/access-keys", body: { name: "mine", roles: ["admin"] } };
    expect(await ask(grant, author)).toMatchObject(denied);
    expect(await engineNames()).not.toContain("by_an_analyst");
    const { body } = await ask(create("by_an_analyst"), analyst);
    expect(body.message).toContain("CreatePolicyEngine");
  });

  test("the default one is for this machine only", async () => {
    const { body } = await ask({ method: "GET", path: "/access-keys" });
    const own = body.accessKeys.find(({ accessKeyId }: AccessKey) => accessKeyId === admin().accessKeyId);
    expect(own).toMatchObject({ loopbackOnly: true, roles: ["admin"] });
  });
});

test("administration policies are read, replaced, and in force with the next request", async () => {
  const path = "/administration/policies";
  const key = await newKey("auditor");
  expect(await ask(list, key)).toMatchObject({ status: 403 });
  const { body: shipped } = await ask({ method: "GET", path });
  expect(shipped).toMatchObject({ shipped: true, policies: expect.stringContaining("policy-author") });
  const own = `${shipped.policies}
@id("auditors list gateways")
permit(principal in Gatehouse::Role::"auditor", action == Gatehouse::Action::"ListGateways", resource);`;
  expect(await ask({ method: "PUT", path, body: { policies: own } })).toMatchObject({ status: 200 });
  expect(await ask(list, key)).toMatchObject({ status: 200 });
  expect(await ask({ method: "GET", path: "/policy-engines" }, key)).toMatchObject({ status: 403 });

  // Neither a slip nor an administrator in a rage locks everybody out.
  const nobody = { method: "PUT", path, body: { policies: "forbid(principal, action, resource);" } };
  expect(await ask(nobody)).toMatchObject({ status: 409, error: "ConflictException" });
  const broken = { method: "PUT", path, body: { policies: "permit(principal, action, nowhere);" } };
  expect(await ask(broken)).toMatchObject({ status: 400, error: "ValidationException" });
  expect(await ask(list, key)).toMatchObject({ status: 200 });
  expect(await ask({ method: "DELETE", path })).toMatchObject({ status: 200, body: { shipped: true } });
  expect(await ask(list, key)).toMatchObject({ status: 403 });
});

test("every change is in the ledger, with who made it, and no secret (T18)", async () => {
  const author = await newKey("policy-author");
  const client = new BedrockAgentCoreControlClient({
    endpoint: gatehouse.url,
    region: "us-east-1",
    credentials: author,
  });
  const created = await client.send(new CreatePolicyEngineCommand({ name: "audited" }));
  await client.send(new DeletePolicyEngineCommand({ policyEngineId: created.policyEngineId }));
  client.destroy();
  const changes = await changesOf(created.policyEngineArn);
  const administrator = { type: "Gatehouse::AccessKey", id: author.accessKeyId, roles: ["policy-author"] };
  expect(changes).toMatchObject([
    { operation: "CreatePolicyEngine", administrator, after: { name: "audited", status: "ACTIVE" } },
    { operation: "DeletePolicyEngine", administrator, before: { name: "audited" } },
  ]);
  const today = { from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 60_000) };
  const all = await Array.fromAsync(gatehouse.ledger.changes(today));
  expect(all.map(({ operation }) => operation)).toContain("CreateAccessKey");
  expect(JSON.stringify(all)).toContain(author.accessKeyId);
  expect(JSON.stringify(all)).not.toContain(author.secretAccessKey);
});
