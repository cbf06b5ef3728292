import { randomBytes } from "node:crypto";
import {
  type ApiGatewayToolFilter,
  ConflictException,
  CreateGatewayCommand,
  CreateGatewayTargetCommand,
  DeleteGatewayTargetCommand,
  GetGatewayTargetCommand,
  paginateListGatewayTargets,
  ResourceNotFoundException,
  SynchronizeGatewayTargetsCommand,
  type TargetConfiguration,
  UpdateGatewayTargetCommand,
  ValidationException,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readPartition } from "../storage/configRepository.table.ts";
import { schemasPartition } from "../storage/keys.ts";
import {
  addInsurance,
  createApplication,
  gatewaySettings,
  lambda,
  lambdaArn,
  mcpServer,
  unusedName,
} from "./fixtures.ts";
import { startTestControlPlane, type TestControlPlane } from "./testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

async function newGateway(): Promise<string> {
  const { gatewayId = "" } = await plane.client.send(new CreateGatewayCommand(gatewaySettings()));
  return gatewayId;
}

const endpoint = "https://tools.example/mcp";
const petShop = JSON.stringify({ openapi: "3.1.0", info: { title: "Pets", version: "1" }, paths: {} });
const openApi = (inlinePayload: string): TargetConfiguration => ({ mcp: { openApiSchema: { inlinePayload } } });
const restApi = (
  changes: object = {},
  toolFilters: ApiGatewayToolFilter[] = [{ filterPath: "/pets/*", methods: ["GET"] }],
): TargetConfiguration => ({
  mcp: { apiGateway: { restApiId: "abc123", stage: "prod", apiGatewayToolConfiguration: { toolFilters }, ...changes } },
});
const storedSchemas = (gateway: string) =>
  readPartition({ client: plane.database.client, table: plane.database.tables.config }, schemasPartition(gateway));
const create = (gatewayIdentifier: string, targetConfiguration = mcpServer(endpoint), changes = {}) =>
  plane.client.send(
    new CreateGatewayTargetCommand({ gatewayIdentifier, name: unusedName("target"), targetConfiguration, ...changes }),
  );
const get = (gatewayIdentifier: string, targetId: string | undefined) =>
  plane.client.send(new GetGatewayTargetCommand({ gatewayIdentifier, targetId }));

test("a Lambda target is READY at once, with its tools, and is read back as it was asked for", async () => {
  const gateway = await newGateway();
  const created = await addInsurance(plane, gateway);
  expect(created).toMatchObject({
    name: "Insurance",
    status: "READY",
    targetConfiguration: lambda(createApplication),
    credentialProviderConfigurations: [{ credentialProviderType: "GATEWAY_IAM_ROLE" }],
  });
  expect(created.targetId).toMatch(/^[0-9A-Z]{10}$/);
  const { $metadata: _, ...read } = await get(gateway, created.targetId);
  const { $metadata: __, ...answered } = created;
  expect(read).toEqual(answered);
  expect((await plane.repository.loadGateway(gateway))?.targets[0]?.tools).toEqual([createApplication]);
  expect(plane.events.some(({ detail }) => "targetId" in detail && detail.targetId === created.targetId)).toBe(false);
});

test("an MCP server target waits for the synchronisation that its creation asks for", async () => {
  const gateway = await newGateway();
  const { targetId, status } = await create(gateway);
  expect(status).toBe("CREATING");
  expect(plane.events).toContainEqual({
    type: "TargetSynchronizationRequested",
    detail: { schemaVersion: 1, gatewayId: gateway, targetId },
  });
});

test("a target is created while the bus is away; its synchronisation waits in the outbox until it is swept", async () => {
  const gateway = await newGateway();
  plane.failPublishing(true);
  const { targetId } = await create(gateway).finally(() => plane.failPublishing(false));
  const asked = () => plane.events.some(({ detail }) => "targetId" in detail && detail.targetId === targetId);
  expect(asked()).toBe(false);
  await plane.sweep();
  expect(asked()).toBe(true);
});

test("an OpenAPI description is kept apart, read back as it was given, replaced, and goes with its target", async () => {
  const gateway = await newGateway();
  // Random letters can't be compressed, so that it takes more than one item.
  const large = JSON.stringify({ openapi: "3.1.0", description: randomBytes(600_000).toString("base64") });
  const { targetId = "", ...created } = await create(gateway, openApi(large));
  expect(created).toMatchObject({ status: "CREATING", targetConfiguration: openApi(large) });
  expect((await get(gateway, targetId)).targetConfiguration).toEqual(openApi(large));
  const items = () => storedSchemas(gateway);
  expect((await items()).length).toBeGreaterThan(1);
  await plane.client.send(
    new UpdateGatewayTargetCommand({
      gatewayIdentifier: gateway,
      targetId,
      name: "Pets",
      targetConfiguration: openApi(petShop),
    }),
  );
  expect((await get(gateway, targetId)).targetConfiguration).toEqual(openApi(petShop));
  expect(await items()).toHaveLength(1);
  expect(plane.changesOf(`${(await get(gateway, targetId)).gatewayArn}/target/${targetId}`)).toHaveLength(2);
  await plane.client.send(new DeleteGatewayTargetCommand({ gatewayIdentifier: gateway, targetId }));
  expect(await items()).toEqual([]);
});

test("a description that belongs to no target in the end is not kept", async () => {
  const gateway = await newGateway();
  await create(gateway, openApi(petShop), { name: "taken" });
  await expect(create(gateway, openApi(petShop), { name: "taken" })).rejects.toThrow(ConflictException);
  expect(await storedSchemas(gateway)).toHaveLength(1);
});

test.each([
  ["an OpenAPI description in S3", { mcp: { openApiSchema: { s3: { uri: "s3://bucket/pets.yaml" } } } }],
  ["a REST API", restApi()],
  [
    "a Lambda schema in S3",
    {
      mcp: {
        lambda: { lambdaArn, toolSchema: { s3: { uri: "s3://bucket/t.json", bucketOwnerAccountId: "1".repeat(12) } } },
      },
    },
  ],
])("%s waits for its synchronisation, and is read back as it was asked for", async (_, targetConfiguration) => {
  const gateway = await newGateway();
  const { targetId, status } = await create(gateway, targetConfiguration as TargetConfiguration);
  expect(status).toBe("CREATING");
  expect(plane.events.some(({ detail }) => "targetId" in detail && detail.targetId === targetId)).toBe(true);
  expect((await get(gateway, targetId)).targetConfiguration).toEqual(targetConfiguration);
});

test("a target may become one of another kind; the tools of before are not its own", async () => {
  const gateway = await newGateway();
  const { targetId } = await addInsurance(plane, gateway);
  const become = (targetConfiguration: TargetConfiguration | undefined) =>
    plane.client.send(
      new UpdateGatewayTargetCommand({
        gatewayIdentifier: gateway,
        targetId,
        name: "Insurance",
        targetConfiguration,
      }),
    );
  const tools = async () => (await plane.repository.loadGateway(gateway))?.targets[0]?.tools;
  expect(await become(mcpServer(endpoint))).toMatchObject({
    status: "UPDATING",
    targetConfiguration: mcpServer(endpoint),
  });
  expect(await tools()).toEqual([]);
  expect(await become(lambda(createApplication))).toMatchObject({ status: "READY" });
  expect(await tools()).toEqual([createApplication]);
});

test("an update of a Lambda target replaces its tools and its name", async () => {
  const gateway = await newGateway();
  const { targetId } = await addInsurance(plane, gateway);
  const other = { ...createApplication, name: "other" };
  const updated = await plane.client.send(
    new UpdateGatewayTargetCommand({
      gatewayIdentifier: gateway,
      targetId,
      name: "Renamed",
      targetConfiguration: lambda(other),
    }),
  );
  expect(updated).toMatchObject({ name: "Renamed", status: "READY", targetConfiguration: lambda(other) });
  expect(await plane.repository.loadGateway(gateway)).toMatchObject({ targets: [{ name: "Renamed", tools: [other] }] });
  await addInsurance(plane, gateway);
});

test("synchronising asks for the tools of MCP servers, and only of those", async () => {
  const gateway = await newGateway();
  const { targetId = "" } = await create(gateway);
  const asked = () => plane.events.filter(({ type }) => type === "TargetSynchronizationRequested").length;
  const before = asked();
  const synchronize = (...targetIdList: string[]) =>
    plane.client.send(new SynchronizeGatewayTargetsCommand({ gatewayIdentifier: gateway, targetIdList }));
  expect((await synchronize(targetId)).targets).toMatchObject([{ targetId, status: "SYNCHRONIZING" }]);
  expect(asked()).toBe(before + 1);
  expect(await get(gateway, targetId)).toMatchObject({ status: "SYNCHRONIZING" });
  const { targetId: ofLambda = "" } = await addInsurance(plane, gateway);
  await expect(synchronize(ofLambda)).rejects.toThrow(ValidationException);
  await expect(synchronize("ABCDEFGHIJ")).rejects.toThrow(ResourceNotFoundException);
  await expect(synchronize()).rejects.toThrow(ValidationException);
});

test("16 targets created at once are all there", async () => {
  const gateway = await newGateway();
  const created = await Promise.all(Array.from({ length: 16 }, () => create(gateway, lambda(createApplication))));
  const seen: (string | undefined)[] = [];
  const pages = paginateListGatewayTargets({ client: plane.client, pageSize: 5 }, { gatewayIdentifier: gateway });
  for await (const { items = [] } of pages) seen.push(...items.map(({ targetId }) => targetId));
  expect(seen.sort()).toEqual(created.map(({ targetId }) => targetId).sort());
});

test("16 targets of one name created at once are one", async () => {
  const gateway = await newGateway();
  const same = () => create(gateway, lambda(createApplication), { name: "same" });
  const outcomes = await Promise.allSettled(Array.from({ length: 16 }, same));
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(refused).toHaveLength(15);
  for (const { reason } of refused) expect(reason).toBeInstanceOf(ConflictException);
  expect((await plane.repository.loadGateway(gateway))?.targets).toHaveLength(1);
});

test("a deleted target is gone at once", async () => {
  const gateway = await newGateway();
  const { targetId } = await addInsurance(plane, gateway);
  const command = new DeleteGatewayTargetCommand({ gatewayIdentifier: gateway, targetId });
  expect(await plane.client.send(command)).toMatchObject({ targetId, status: "DELETING" });
  await expect(get(gateway, targetId)).rejects.toThrow(ResourceNotFoundException);
  await expect(plane.client.send(command)).rejects.toThrow(ResourceNotFoundException);
});

test("a tool name that clients may not take is told, and taken", async () => {
  const gateway = await newGateway();
  const long = { ...createApplication, name: "t".repeat(60) };
  const { status, statusReasons } = await create(gateway, lambda(long));
  expect(status).toBe("READY");
  expect(statusReasons).toEqual([expect.stringContaining("at most 64")]);
});

const named = (name: string) => lambda({ ...createApplication, name });

test.each([
  ["a tool name with a space", named("create application")],
  ["a tool name with an invisible character", named("create\u200bapplication")],
  ["a tool name of another script", named("cr\u0435ate_application")],
  ["a tool name that is too long", named("t".repeat(65))],
  ["a tool without a name", named("")],
  ["two tools of one name", lambda(createApplication, createApplication)],
])("%s is refused (T12)", async (_, targetConfiguration) => {
  await expect(create(await newGateway(), targetConfiguration)).rejects.toThrow(ValidationException);
});

test.each([
  ["an MCP server in the open", mcpServer("http://tools.example/mcp"), {}],
  ["an MCP server that isn't on the web", mcpServer("file:///etc/passwd"), {}],
  ["an MCP server with a password", mcpServer("https://user:secret@tools.example/mcp"), {}],
  ["an empty OpenAPI description", { mcp: { openApiSchema: { inlinePayload: " " } } }, {}],
  ["an OpenAPI description of more than 1 MB", openApi("x".repeat(1_000_001)), {}],
  ["an OpenAPI description nowhere in S3", { mcp: { openApiSchema: { s3: {} } } }, {}],
  [
    "credentials that are not built yet",
    openApi(petShop),
    { credentialProviderConfigurations: [{ credentialProviderType: "API_KEY" }] },
  ],
  [
    "a role and no service that it signs for",
    openApi(petShop),
    { credentialProviderConfigurations: [{ credentialProviderType: "GATEWAY_IAM_ROLE" }] },
  ],
  ["a REST API that is no id", restApi({ restApiId: "api/../other" }), {}],
  ["a stage that is a path", restApi({ stage: "a/b" }), {}],
  ["a filter with a wildcard inside", restApi({}, [{ filterPath: "/a*/b", methods: ["GET"] }]), {}],
  ["no filter", restApi({}, []), {}],
  [
    "a bucket that is none",
    {
      mcp: {
        lambda: {
          lambdaArn: "arn:aws:lambda:us-east-1:123456789012:function:f",
          toolSchema: { s3: { uri: "s3://a/b" } },
        },
      },
    },
    {},
  ],
  ["two kinds at once", { mcp: { mcpServer: { endpoint }, openApiSchema: { inlinePayload: petShop } } }, {}],
  [
    "credentials for an MCP server",
    mcpServer(endpoint),
    { credentialProviderConfigurations: [{ credentialProviderType: "JWT_PASSTHROUGH" }] },
  ],
  ["no name", mcpServer(endpoint), { name: undefined }],
  ["a schema type nobody knows", lambda({ ...createApplication, inputSchema: { type: "date" as never } }), {}],
])("a target with %s is refused", async (_, targetConfiguration, changes) => {
  await expect(create(await newGateway(), targetConfiguration as never, changes)).rejects.toThrow(ValidationException);
});

test("what goes to a target and back beside calls is read back as it was asked for, and goes with an update", async () => {
  const gateway = await newGateway();
  const metadataConfiguration = {
    allowedRequestHeaders: ["X-Tenant", "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Id"],
    allowedResponseHeaders: ["X-Tenant"],
    allowedQueryParameters: ["version", "page.size"],
  };
  const { targetId } = await create(gateway, mcpServer(endpoint), { metadataConfiguration });
  expect((await get(gateway, targetId)).metadataConfiguration).toEqual(metadataConfiguration);
  const identifiers = { gatewayIdentifier: gateway, targetId };
  await plane.client.send(
    new UpdateGatewayTargetCommand({ ...identifiers, name: "x", targetConfiguration: mcpServer(endpoint) }),
  );
  expect((await get(gateway, targetId)).metadataConfiguration).toBeUndefined();
});

test.each([
  ["a caller's token", { allowedRequestHeaders: ["authorization"] }],
  ["a cookie", { allowedRequestHeaders: ["X-Ok", "Cookie"] }],
  ["a cookie on the way back", { allowedResponseHeaders: ["Set-Cookie"] }],
  ["what belongs to a connection", { allowedRequestHeaders: ["Transfer-Encoding"] }],
  ["a host", { allowedRequestHeaders: ["HOST"] }],
  ["AWS's own headers", { allowedRequestHeaders: ["X-Amz-Security-Token"] }],
  ["a session of the runtime", { allowedRequestHeaders: ["X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"] }],
  ["the protocol's own headers", { allowedRequestHeaders: ["Mcp-Session-Id"] }],
  ["Gatehouse's own headers", { allowedResponseHeaders: ["X-Gatehouse-Status"] }],
  ["a name that no header has", { allowedRequestHeaders: ["X Tenant"] }],
  ["a name with a line break", { allowedRequestHeaders: ["X-Tenant\r\nHost"] }],
  ["a name twice", { allowedRequestHeaders: ["X-Tenant", "x-tenant"] }],
  ["too many names", { allowedRequestHeaders: Array.from({ length: 11 }, (_, n) => `X-${n}`) }],
  ["no names", { allowedResponseHeaders: [] }],
  ["a token in the query", { allowedQueryParameters: ["access_token"] }],
  ["a parameter that isn't one", { allowedQueryParameters: ["a&b"] }],
])("T01, T18 a target that asks for %s is refused", async (_, metadataConfiguration) => {
  const error = await create(await newGateway(), mcpServer(endpoint), { metadataConfiguration }).catch(
    (caught) => caught,
  );
  expect(error).toBeInstanceOf(ValidationException);
  expect(error.fieldList[0].name).toContain("metadataConfiguration.allowed");
});

test("an MCP server on loopback is taken where that is allowed", async () => {
  await create(await newGateway(), mcpServer("http://127.0.0.1:9000/mcp"));
});

test("a target needs a gateway that exists", async () => {
  await expect(create("nowhere-0123456789")).rejects.toThrow(ResourceNotFoundException);
});
