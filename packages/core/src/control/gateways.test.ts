import {
  ConflictException,
  CreateGatewayCommand,
  CreateGatewayTargetCommand,
  CreatePolicyEngineCommand,
  DeleteGatewayCommand,
  type GatewayInterceptionPoint,
  type GatewayInterceptorConfiguration,
  GetGatewayCommand,
  ListGatewaysCommand,
  paginateListGateways,
  ResourceNotFoundException,
  UpdateGatewayCommand,
  ValidationException,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addInsurance, createApplication, gatewaySettings, lambda, unusedName } from "./fixtures.ts";
import { startTestControlPlane, type TestControlPlane } from "./testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

const create = (changes = {}) => plane.client.send(new CreateGatewayCommand(gatewaySettings(changes)));
const get = (gatewayIdentifier: string | undefined) => plane.client.send(new GetGatewayCommand({ gatewayIdentifier }));

test("a gateway is READY when it is created, and read back as it was asked for", async () => {
  const settings = gatewaySettings({
    name: "Insurance-Gateway",
    description: "of the talk",
    protocolType: "MCP",
    protocolConfiguration: { mcp: { searchType: "SEMANTIC", instructions: "Be careful." } },
    exceptionLevel: "DEBUG",
  });
  const created = await plane.client.send(new CreateGatewayCommand(settings));
  expect(created).toMatchObject({ ...settings, status: "READY" });
  expect(created.gatewayId).toMatch(/^insurance-gateway-[0-9a-z]{10}$/);
  expect(created.gatewayArn).toBe(`arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/${created.gatewayId}`);
  expect(created.gatewayUrl).toBe(`http://127.0.0.1:4000/gateways/${created.gatewayId}/mcp`);
  expect(created.createdAt).toBeInstanceOf(Date);
  const { $metadata: _, ...read } = await get(created.gatewayId);
  const { $metadata: __, ...answered } = created;
  expect(read).toEqual(answered);
});

test("an update replaces every setting: what it leaves out is taken away", async () => {
  const { gatewayId } = await create({ description: "before", exceptionLevel: "DEBUG" });
  const { name, ...settings } = gatewaySettings();
  await plane.client.send(new UpdateGatewayCommand({ gatewayIdentifier: gatewayId, name, ...settings }));
  const read = await get(gatewayId);
  expect(read).toMatchObject({ name, status: "READY" });
  expect(read.description).toBeUndefined();
  expect(read.exceptionLevel).toBeUndefined();
});

test("T11 what has become too large for the table is the client's to mend, when it is created and when it is changed", async () => {
  const customJWTAuthorizer = {
    discoveryUrl: "https://issuer.example/.well-known/openid-configuration",
    allowedAudience: Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(2_048, "\u20ac")),
  };
  const large = gatewaySettings({ authorizerConfiguration: { customJWTAuthorizer } });
  await expect(plane.client.send(new CreateGatewayCommand(large))).rejects.toThrow(ValidationException);
  const { gatewayId: gatewayIdentifier } = await create();
  const update = new UpdateGatewayCommand({ ...large, gatewayIdentifier });
  await expect(plane.client.send(update)).rejects.toThrow("400 KB");
  expect(plane.errors).toEqual([]);
});

test("16 updates at once: each is either made or refused as a conflict, and none is half made", async () => {
  const { gatewayId } = await create();
  const updates = Array.from({ length: 16 }, (_, index) => {
    const settings = gatewaySettings({ description: `update ${index}` });
    return plane.client.send(new UpdateGatewayCommand({ gatewayIdentifier: gatewayId, ...settings }));
  });
  const outcomes = await Promise.allSettled(updates);
  const made = outcomes.filter((outcome) => outcome.status === "fulfilled");
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(made.length).toBeGreaterThan(0);
  for (const { reason } of refused) expect(reason).toBeInstanceOf(ConflictException);
  expect((await plane.repository.versions(gatewayId ?? ""))?.gatewayVersion).toBe(1 + made.length);
  const { name, description } = await get(gatewayId);
  expect(made.map(({ value }) => [value.name, value.description])).toContainEqual([name, description]);
});

test("targets that come and change at the same moment are no conflict for an update of their gateway", async () => {
  const { gatewayId: gatewayIdentifier = "" } = await create();
  const targetConfiguration = lambda(createApplication);
  const targets = Array.from({ length: 15 }, () =>
    plane.client.send(
      new CreateGatewayTargetCommand({ gatewayIdentifier, name: unusedName("target"), targetConfiguration }),
    ),
  );
  const settings = gatewaySettings({ description: "updated" });
  await Promise.all([...targets, plane.client.send(new UpdateGatewayCommand({ gatewayIdentifier, ...settings }))]);
  expect((await get(gatewayIdentifier)).description).toBe("updated");
  expect((await plane.repository.loadGateway(gatewayIdentifier))?.targets).toHaveLength(15);
  expect((await plane.repository.versions(gatewayIdentifier))?.gatewayVersion).toBe(17);
});

test("two gateways can't have one name", async () => {
  const name = unusedName("same");
  await create({ name });
  await expect(create({ name })).rejects.toThrow(ConflictException);
});

test("gateways are listed page by page, each once", async () => {
  const created = await Promise.all(Array.from({ length: 5 }, () => create()));
  const seen: (string | undefined)[] = [];
  for await (const { items = [] } of paginateListGateways({ client: plane.client, pageSize: 2 }, {})) {
    expect(items.length).toBeLessThanOrEqual(2);
    seen.push(...items.map(({ gatewayId }) => gatewayId));
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual(expect.arrayContaining(created.map(({ gatewayId }) => gatewayId)));
});

test("a page token of another list is refused", async () => {
  const { client } = plane;
  await Promise.all([1, 2].map(() => client.send(new CreatePolicyEngineCommand({ name: unusedName("engine") }))));
  const { nextToken } = await client.send(new ListGatewaysCommand({ maxResults: 1 }));
  expect(nextToken).toBeDefined();
  const other = plane.handle({
    method: "GET",
    path: "/policy-engines",
    query: { nextToken: [nextToken ?? ""] },
    headers: {},
    body: "",
    sourceIp: "127.0.0.1",
  });
  expect(await other).toMatchObject({ status: 400 });
  await expect(client.send(new ListGatewaysCommand({ nextToken: "forged" }))).rejects.toThrow(ValidationException);
});

test("a gateway with targets isn't deleted; without them it is gone at once", async () => {
  const { gatewayId: gatewayIdentifier } = await create();
  const target = await addInsurance(plane, gatewayIdentifier);
  const remove = () => plane.client.send(new DeleteGatewayCommand({ gatewayIdentifier }));
  await expect(remove()).rejects.toThrow(ConflictException);
  const record = await plane.repository.getTarget(gatewayIdentifier ?? "", target.targetId ?? "");
  if (record !== undefined) await plane.repository.deleteTarget(record);
  expect(await remove()).toMatchObject({ gatewayId: gatewayIdentifier, status: "DELETING" });
  await expect(get(gatewayIdentifier)).rejects.toThrow(ResourceNotFoundException);
  await expect(remove()).rejects.toThrow(ResourceNotFoundException);
});

const interceptor = (interceptionPoints: GatewayInterceptionPoint[]): GatewayInterceptorConfiguration => ({
  interceptor: { lambda: { arn: "arn:aws:lambda:us-east-1:123456789012:function:interceptor" } },
  interceptionPoints,
});

test("interceptors are read back as they were asked for, and go with an update that doesn't name them", async () => {
  const interceptorConfigurations = [
    { ...interceptor(["REQUEST"]), inputConfiguration: { passRequestHeaders: true } },
    {
      ...interceptor(["RESPONSE"]),
      inputConfiguration: {
        passRequestHeaders: false,
        payloadFilter: { exclude: [{ field: "RESPONSE_BODY" as const }] },
      },
    },
  ];
  const { gatewayId } = await create({ interceptorConfigurations });
  expect((await get(gatewayId)).interceptorConfigurations).toEqual(interceptorConfigurations);
  await plane.client.send(new UpdateGatewayCommand({ gatewayIdentifier: gatewayId, ...gatewaySettings() }));
  expect((await get(gatewayId)).interceptorConfigurations).toBeUndefined();
});

const claimRule = (inboundTokenClaimValueType: string, claimMatchOperator: string, claimMatchValue: object) => ({
  inboundTokenClaimName: "groups",
  inboundTokenClaimValueType,
  authorizingClaimMatchValue: { claimMatchOperator, claimMatchValue },
});
const jwt = (customJWTAuthorizer: object) => ({ authorizerConfiguration: { customJWTAuthorizer } });
const discoveryUrl = "https://issuer.example/.well-known/openid-configuration";

test.each([
  ["no authorizer at all", { authorizerType: undefined }, "authorizerType"],
  ["NONE and rules that would check nothing", { authorizerType: "NONE" }, "authorizerConfiguration"],
  ["AWS_IAM and rules that would check nothing", { authorizerType: "AWS_IAM" }, "authorizerConfiguration"],
  ["an authorizer nobody knows", { authorizerType: "PASSWORD" }, "authorizerType"],
  ["no JWT configuration", { authorizerConfiguration: undefined }, "authorizerConfiguration.customJWTAuthorizer"],
  ["no check beyond the issuer", jwt({ discoveryUrl }), "authorizerConfiguration.customJWTAuthorizer"],
  ["an empty list of audiences", jwt({ discoveryUrl, allowedAudience: [] }), "allowedAudience"],
  [
    "a discovery URL in the open",
    jwt({ discoveryUrl: discoveryUrl.replace("https", "http"), allowedAudience: ["a"] }),
    "discoveryUrl",
  ],
  [
    "a discovery URL of another form",
    jwt({ discoveryUrl: "https://issuer.example/", allowedAudience: ["a"] }),
    "discoveryUrl",
  ],
  [
    "a claim rule that can't match",
    jwt({ discoveryUrl, customClaims: [claimRule("STRING_ARRAY", "EQUALS", { matchValueString: "a" })] }),
    "customClaims[0]",
  ],
  [
    "a mapping of a scope that isn't checked",
    jwt({ discoveryUrl, allowedScopes: ["call"], advertisedScopeMapping: { other: "api://gate/other" } }),
    "advertisedScopeMapping",
  ],
  [
    "a mapping to what is no scope",
    jwt({ discoveryUrl, allowedScopes: ["call"], advertisedScopeMapping: { call: "two words" } }),
    "advertisedScopeMapping",
  ],
  [
    "a way into a VPC",
    jwt({
      discoveryUrl,
      allowedAudience: ["a"],
      privateEndpoint: { selfManagedLatticeResource: { resourceConfigurationIdentifier: "rcfg-0123456789abcdef0" } },
    }),
    "privateEndpoint",
  ],
  [
    "a choice of workloads",
    jwt({ discoveryUrl, allowedAudience: ["a"], allowedWorkloadConfiguration: { workloadIdentities: ["w"] } }),
    "allowedWorkloadConfiguration",
  ],
  ["a bad name", { name: "has_underscores" }, "name"],
  ["a bad role", { roleArn: "role" }, "roleArn"],
  ["an empty list of interceptors", { interceptorConfigurations: [] }, "interceptorConfigurations"],
  [
    "two interceptors at one point",
    { interceptorConfigurations: [interceptor(["REQUEST", "RESPONSE"]), interceptor(["RESPONSE"])] },
    "interceptorConfigurations.1.interceptionPoints",
  ],
  [
    "an interceptor twice at a point",
    { interceptorConfigurations: [interceptor(["REQUEST", "REQUEST"])] },
    "interceptorConfigurations.0.interceptionPoints",
  ],
  ["an interceptor at no point", { interceptorConfigurations: [interceptor([])] }, "interceptionPoints"],
  [
    "an interceptor at a point nobody knows",
    { interceptorConfigurations: [interceptor(["LATER" as never])] },
    "interceptionPoints",
  ],
  [
    "an interceptor that is no function",
    { interceptorConfigurations: [{ ...interceptor(["REQUEST"]), interceptor: { lambda: { arn: "https://x" } } }] },
    "arn",
  ],
  [
    "an interceptor whose input leaves out what it can't",
    {
      interceptorConfigurations: [
        {
          ...interceptor(["RESPONSE"]),
          inputConfiguration: { passRequestHeaders: false, payloadFilter: { exclude: [{ field: "ALL" }] } },
        },
      ],
    },
    "field",
  ],
  ["a key", { kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/x" }, "kmsKeyArn"],
  ["a tag that can't be", { tags: { team: "<a>" } }, "tags.team"],
  [
    "an engine that doesn't exist",
    {
      policyEngineConfiguration: {
        arn: "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/gone-0123456789",
        mode: "LOG_ONLY",
      },
    },
    "policyEngineConfiguration.arn",
  ],
  [
    "a mode nobody knows",
    {
      policyEngineConfiguration: {
        arn: "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/gone-0123456789",
        mode: "SOMETIMES",
      },
    },
    "policyEngineConfiguration.mode",
  ],
])("a gateway with %s is refused by the name of the member", async (_, changes, field) => {
  const error = await create(changes).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ValidationException);
  const { reason, fieldList } = error as ValidationException;
  expect(reason).toBe("FieldValidationFailed");
  expect(fieldList?.map(({ name }) => name)).toEqual([expect.stringContaining(field)]);
});

test("T02 a gateway whose authorizer decides nothing says so, until something decides", async () => {
  const open = { authorizerType: "NONE" as const, authorizerConfiguration: undefined };
  const { gatewayId: gatewayIdentifier, statusReasons } = await create(open);
  expect(statusReasons).toEqual([
    expect.stringMatching(/^Warning: .* NONE .* without any credentials.* nothing decides/),
  ]);
  expect((await get(gatewayIdentifier)).statusReasons).toEqual(statusReasons);

  const update = async (changes: object) => {
    const settings = gatewaySettings(changes);
    return (await plane.client.send(new UpdateGatewayCommand({ gatewayIdentifier, ...settings }))).statusReasons;
  };
  const intercepted = { interceptorConfigurations: [interceptor(["REQUEST"])] };
  expect(await update({ ...open, ...intercepted })).toEqual([expect.stringContaining("its interceptor decides")]);
  expect(await update({ ...open, interceptorConfigurations: [interceptor(["RESPONSE"])] })).toEqual([
    expect.stringContaining("nothing decides"),
  ]);
  expect(await update({ ...open, authorizerType: "AUTHENTICATE_ONLY" })).toEqual([
    expect.stringContaining("whatever its roles"),
  ]);
  expect(await update({ ...open, authorizerType: "AWS_IAM" })).toBeUndefined();
  expect(await update({})).toBeUndefined();
});

test("claim rules and scope mappings are read back as they were asked for", async () => {
  const customJWTAuthorizer = {
    discoveryUrl,
    allowedScopes: ["call"],
    advertisedScopeMapping: { call: "api://gate/call" },
    customClaims: [
      claimRule("STRING", "EQUALS", { matchValueString: "a" }),
      claimRule("STRING_ARRAY", "CONTAINS_ANY", { matchValueStringList: ["a", "b"] }),
    ],
  };
  const { gatewayId } = await create(jwt(customJWTAuthorizer));
  expect((await get(gatewayId)).authorizerConfiguration).toEqual({ customJWTAuthorizer });
});

test("a discovery URL on loopback is taken where that is allowed", async () => {
  const local = "http://127.0.0.1:4000/idp/.well-known/openid-configuration";
  await create(jwt({ discoveryUrl: local, allowedAudience: ["a"] }));
});
