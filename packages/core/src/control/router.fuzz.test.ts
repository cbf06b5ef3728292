import { setTimeout as delay } from "node:timers/promises";
import {
  CreateApiKeyCredentialProviderCommand,
  CreateGatewayCommand,
  CreateGatewayTargetCommand,
  CreateOauth2CredentialProviderCommand,
  CreatePolicyCommand,
  CreatePolicyEngineCommand,
  CreateWorkloadIdentityCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import type { NormalizedSchema } from "@smithy/core/schema";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json } from "../json.ts";
import type { Item } from "../storage/configRepository.table.ts";
import { addInsurance, gatewaySettings, lambdaArn, mcpServer, unusedName } from "./fixtures.ts";
import { matchOperation, type Operation, operations } from "./operations.ts";
import type { ControlRequest } from "./request.ts";
import { startTestControlPlane, type TestControlPlane, tester } from "./testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

/** Resources that every batch of requests finds; requests name them in braces. */
type World = Readonly<
  Record<
    | "gateway"
    | "gatewayArn"
    | "emptyGateway"
    | "target"
    | "server"
    | "engine"
    | "engineArn"
    | "emptyEngine"
    | "policy"
    | "name",
    string
  >
>;

async function newWorld(): Promise<World> {
  const { client } = plane;
  const { gatewayId = "", gatewayArn = "" } = await client.send(new CreateGatewayCommand(gatewaySettings()));
  const { targetId = "" } = await addInsurance(plane, gatewayId);
  const server = new CreateGatewayTargetCommand({
    gatewayIdentifier: gatewayId,
    name: "server",
    targetConfiguration: mcpServer("https://tools.example/mcp"),
  });
  const newEngine = () => client.send(new CreatePolicyEngineCommand({ name: unusedName("engine") }));
  const engine = await newEngine();
  const { policyEngineId = "", policyEngineArn = "" } = engine;
  const statement = `permit(principal, action, resource == AgentCore::Gateway::"${gatewayArn}");`;
  const definition = { cedar: { statement } };
  const { policyId = "" } = await client.send(new CreatePolicyCommand({ policyEngineId, name: "given", definition }));
  const name = unusedName("fuzzed");
  const known = { name: `${name}a` };
  await client.send(new CreateWorkloadIdentityCommand(known));
  await client.send(new CreateApiKeyCredentialProviderCommand({ ...known, apiKey: "k" }));
  await client.send(
    new CreateOauth2CredentialProviderCommand({
      ...known,
      credentialProviderVendor: "GithubOauth2",
      oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: "c", clientSecret: "s" } },
    }),
  );
  return {
    gateway: gatewayId,
    gatewayArn,
    emptyGateway: (await client.send(new CreateGatewayCommand(gatewaySettings()))).gatewayId ?? "",
    target: targetId,
    server: (await client.send(server)).targetId ?? "",
    engine: policyEngineId,
    engineArn: policyEngineArn,
    emptyEngine: (await newEngine()).policyEngineId ?? "",
    policy: policyId,
    name,
  };
}

/** Values that lead beyond validation, by the name of the member that they are good for. */
const good: Readonly<Record<string, readonly string[]>> = {
  gatewayIdentifier: ["{gateway}", "{gateway}", "{gateway}", "{emptyGateway}", "gone-0123456789"],
  targetId: ["{target}", "{target}", "{server}", "ABCDEFGHIJ"],
  targetIdList: ["{server}", "{server}", "{target}", "ABCDEFGHIJ"],
  policyEngineId: ["{engine}", "{engine}", "{engine}", "{emptyEngine}", "gone-0123456789"],
  policyId: ["{policy}", "{policy}", "{policy}", "gone-0123456789"],
  name: ["{name}a", "{name}b", "{name}c"],
  roleArn: ["arn:aws:iam::123456789012:role/r"],
  authorizerType: ["CUSTOM_JWT"],
  protocolType: ["MCP"],
  clientToken: ["c".repeat(40)],
  discoveryUrl: ["https://issuer.example/.well-known/openid-configuration"],
  allowedAudience: ["a", "b"],
  arn: ["{engineArn}", "{engineArn}", "{engineArn}", "{gatewayArn}"],
  mode: ["ENFORCE", "LOG_ONLY"],
  lambdaArn: [lambdaArn],
  endpoint: ["https://tools.example/mcp", "http://127.0.0.1:1/mcp", "http://[::1]/", "https://"],
  type: ["object", "object", "string", "array", "integer", "number", "boolean"],
  description: ["one", "another"],
  credentialProviderType: ["GATEWAY_IAM_ROLE", "JWT_PASSTHROUGH"],
  validationMode: ["FAIL_ON_ANY_FINDINGS", "IGNORE_ALL_FINDINGS"],
  searchType: ["SEMANTIC"],
  statement: [
    'permit(principal, action, resource == AgentCore::Gateway::"{gatewayArn}");',
    "permit(principal, action, resource) when { context.input.coverage_amount < 5 };",
    "forbid(principal, action, resource) unless { context.input.nothing };",
    `permit(principal, action, resource == AgentCore::Gateway::"${"a".repeat(3000)}");`,
  ],
  resourceArn: ["{gatewayArn}", "{gatewayArn}", "{engineArn}", "arn:aws:bedrock-agentcore:us-east-1:1:gateway/gone"],
  targetResourceScope: ["{gatewayArn}"],
  tagKeys: ["a", "b"],
  tags: ["a", "b"],
  policy: [
    '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}',
    '{"Version":"2012-10-17","Statement":[]}',
  ],
  roles: ["admin", "analyst"],
  accessKeyId: [tester.accessKeyId, "GHAKAAAAAAAAAAAAAAAA"],
  policies: ["permit(principal, action, resource);", "permit(principal, action, resource"],
  claimMatchOperator: ["EQUALS"],
  inboundTokenClaimValueType: ["STRING"],
  apiKey: ["k"],
  clientId: ["c"],
  clientSecret: ["s"],
  credentialProviderVendor: ["GithubOauth2", "CustomOauth2"],
  keyType: ["ServiceManagedKey"],
  allowedResourceOauth2ReturnUrls: ["https://app.example/", "javascript:alert(1)"],
};
/** Members that most requests need, and those of unions that are built. */
const wanted = new Set([
  ...Object.keys(good),
  ...["authorizerConfiguration", "customJWTAuthorizer", "targetConfiguration", "mcp", "lambda", "mcpServer"],
  ...["oauth2ProviderConfigInput", "githubOauth2ProviderConfig", "customOauth2ProviderConfig", "oauthDiscovery"],
  ...[
    "kmsConfiguration",
    "toolSchema",
    "inlinePayload",
    "inputSchema",
    "definition",
    "cedar",
    "policyEngineConfiguration",
  ],
]);
/** Wanted seldom: with them a request is mostly refused. */
for (const member of ["credentialProviderConfigurations", "clientToken"]) wanted.delete(member);

const headers = { "content-type": "application/json" };
/** Every operation that has a handler. */
const built = () => operations.filter(({ name }) => plane.built.includes(name));

/** Whatever is asked, there is an answer in time, it is JSON, and no failure of ours. */
async function answersInTime(request: ControlRequest): Promise<number> {
  const answer = await Promise.race([plane.handle(request), delay(10_000, undefined, { ref: false })]);
  if (answer === undefined) throw new Error("No answer within ten seconds.");
  expect(() => answer.status === 204 || JSON.parse(answer.body)).not.toThrow();
  expect([answer.status < 500, plane.errors]).toEqual([true, []]);
  return answer.status;
}

const noise = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
  fc.string({ unit: "binary" }),
  fc.constantFrom("__proto__", "constructor", "", "\u0000", "../..", "%", "#"),
);

/** What the SDK's schema allows, made of good values where there are any, with an error here and there. */
function likely(schema: NormalizedSchema, member: string, depth = 0): fc.Arbitrary<Json> {
  return fc.oneof({ weight: 150, arbitrary: proper(schema, member, depth) }, { weight: 1, arbitrary: noise });
}

function proper(schema: NormalizedSchema, member: string, depth: number): fc.Arbitrary<Json> {
  if (schema.isUnionSchema()) {
    const members = Object.entries(schema.getMemberSchemas()).map(([name, of]) => ({
      weight: wanted.has(name) ? 30 : 1,
      arbitrary: fc.record({ [name]: likely(of, name, depth + 1) }),
    }));
    return fc.oneof(...members);
  }
  if (schema.isStructSchema()) return structure(schema, depth);
  if (schema.isListSchema()) {
    // SynchronizeGatewayTargets takes one at a time.
    const maxLength = depth > 8 ? 0 : member === "targetIdList" ? 1 : 2;
    return fc.array(likely(schema.getValueSchema(), member, depth + 1), {
      minLength: Math.min(1, maxLength),
      maxLength,
    });
  }
  if (schema.isMapSchema()) {
    const values = likely(schema.getValueSchema(), member, depth + 1);
    return fc.dictionary(fc.string(), values, { maxKeys: depth > 8 ? 0 : 3 });
  }
  if (schema.isNumericSchema()) return fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.double());
  if (schema.isBooleanSchema()) return fc.boolean();
  const values = Object.hasOwn(good, member) ? good[member] : undefined;
  return values ? fc.constantFrom(...values) : fc.string();
}

function structure(schema: NormalizedSchema, depth: number): fc.Arbitrary<Json> {
  const members = Object.entries(schema.getMemberSchemas()).filter(([name]) => depth < 8 || name === "type");
  const values = members.map(([name, of]) => {
    const [present, absent] = wanted.has(name) ? [40, 1] : [1, 40];
    const value = likely(of, name, depth + 1);
    return [
      name,
      fc.oneof({ weight: present, arbitrary: value }, { weight: absent, arbitrary: fc.constant(undefined) }),
    ];
  });
  return fc.record(Object.fromEntries(values)).map((object) => JSON.parse(JSON.stringify(object)));
}

function requestFor({ method, segments, input }: Operation): fc.Arbitrary<ControlRequest> {
  const label = (segment: string) =>
    fc.oneof(
      { weight: 30, arbitrary: fc.constantFrom(...(good[segment.slice(1, -1)] ?? ["x"])) },
      { weight: 1, arbitrary: fc.string({ minLength: 1 }).map((text) => encodeURIComponent(text.toWellFormed())) },
    );
  return fc.record({
    method: fc.constant(method),
    path: fc
      .tuple(...segments.map((segment) => (segment.startsWith("{") ? label(segment) : fc.constant(segment))))
      .map((parts) => `/${parts.join("/")}`),
    query: fc.dictionary(
      fc.constantFrom("maxResults", "nextToken", "tagKeys", "targetResourceScope", "x"),
      fc.array(fc.oneof(fc.integer({ min: 1, max: 100 }).map(String), fc.string()), { maxLength: 2 }),
      { maxKeys: 1 },
    ),
    headers: fc.constant(headers),
    sourceIp: fc.constant("127.0.0.1"),
    body: fc.oneof(
      { weight: 30, arbitrary: structure(input, 0).map((object) => JSON.stringify(object)) },
      { weight: 1, arbitrary: fc.oneof(fc.json(), fc.string({ unit: "binary" })) },
    ),
  });
}

function inWorld({ path, body, ...request }: ControlRequest, world: World): ControlRequest {
  const named = (text: string) => text.replace(/\{(\w+)\}/g, (all, name) => world[name as keyof World] ?? all);
  return { ...request, path: named(path), body: named(body) };
}

test("whatever 16 clients ask at once, none sees a failure of ours, and what is stored fits together", async () => {
  const requests = fc.array(
    fc.constantFrom(...built()).chain((operation) => requestFor(operation)),
    { minLength: 16, maxLength: 16 },
  );
  const seen = new Set<string>();
  const property = fc.asyncProperty(requests, async (batch) => {
    const world = await newWorld();
    const asked = batch.map((request) => inWorld(request, world));
    for (const [index, status] of (await Promise.all(asked.map(answersInTime))).entries()) {
      const { method = "", path = "" } = asked[index] ?? {};
      if (status < 300) seen.add(matchOperation(method, path)?.operation.name ?? "");
    }
    fitsTogether(await storedItems());
  });
  await fc.assert(property, { numRuns: 40 });
  // The requests have led beyond validation: most operations have succeeded. Which ones is for chance.
  expect(seen.size).toBeGreaterThan(built().length / 2);
}, 120_000);

test("any path and body at all is answered without a failure of ours", async () => {
  const path = fc.oneof(
    fc.webPath(),
    fc.string({ unit: "binary" }),
    fc.string().map((text) => `/gateways/${text}`),
  );
  const request = fc.record({
    method: fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
    path,
    query: fc.constant({}),
    headers: fc.constant(headers),
    sourceIp: fc.constant("127.0.0.1"),
    body: fc.oneof(fc.json(), fc.string({ unit: "binary" })),
  });
  await fc.assert(
    fc.asyncProperty(request, async (one) => void (await answersInTime(one))),
    { numRuns: 400 },
  );
});

async function storedItems(): Promise<Item[]> {
  const { client, tables } = plane.database;
  const items: Item[] = [];
  let from: Item | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: tables.config, ConsistentRead: true, ...(from ? { ExclusiveStartKey: from } : {}) }),
    );
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return items;
}

/** No half-made change: counts count what is there, names belong to what has them, tools to a generation that counts. */
function fitsTogether(items: readonly Item[]): void {
  const keys = new Set(items.map(({ pk, sk }) => `${pk} ${sk}`));
  const partitioned = Map.groupBy(items, ({ pk }) => pk);
  const inPartition = (pk: unknown, prefix: string) =>
    (partitioned.get(pk) ?? []).filter(({ sk }) => String(sk).startsWith(prefix));
  const named = (item: Item) => (item.record as { name: string }).name;
  for (const item of items.filter(({ sk }) => sk === "GATEWAY")) {
    const targets = inPartition(item.pk, "TARGET#");
    expect(item.targetCount).toBe(targets.length);
    expect(
      inPartition(item.pk, "TARGET-NAME#")
        .map(({ sk }) => sk)
        .sort(),
    ).toEqual(targets.map((target) => `TARGET-NAME#${named(target)}`).sort());
    const generations = targets.map(({ toolsGeneration }) => String(toolsGeneration));
    for (const { sk } of inPartition(item.pk, "TOOL#")) expect(generations).toContain(String(sk).split("#")[2]);
    expect(keys).toContain(`GATEWAY-NAME#${named(item)} NAME`);
  }
  const engines = items.filter(({ sk }) => sk === "ENGINE");
  for (const item of engines) {
    expect(item.policyCount).toBe(inPartition(item.pk, "POLICY#").length);
    expect(item.policyCount).toBe(inPartition(item.pk, "POLICY-NAME#").length);
    expect(item.gatewayCount).toBe(inPartition(item.pk, "GATEWAY#").length);
    expect(keys).toContain(`ENGINE-NAME#${named(item)} NAME`);
  }
  const heads = items.filter(({ sk }) => sk === "GATEWAY" || sk === "ENGINE");
  expect(items.filter(({ sk }) => sk === "NAME")).toHaveLength(heads.length);
  const partitions = new Set(heads.map(({ pk }) => pk));
  const apart =
    /^(CLIENT-TOKEN#|ADMINISTRATION$|KEYRING$|SIGNING-KEYS$|(WORKLOAD-IDENTITY|API-KEY-PROVIDER|OAUTH2-PROVIDER)#)/;
  /** Work that was asked for outlives what it is about, and expires. */
  const jobs = /^(GENERATIONS|REPLAYS)#/;
  for (const { pk, sk, expiresAt } of items.filter((item) => item.sk !== "NAME" && !apart.test(String(item.pk)))) {
    const headed = String(pk).replace(/^(SCHEMAS|DRIFT)#/, "GATEWAY#");
    const isKept = jobs.test(headed) ? expiresAt !== undefined : partitions.has(headed);
    expect([pk, sk, isKept]).toEqual([pk, sk, true]);
  }
}
