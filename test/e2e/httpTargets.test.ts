import {
  CreateGatewayTargetCommand,
  type CredentialProviderConfiguration,
  GetGatewayTargetCommand,
  SynchronizeGatewayTargetsCommand,
  type TargetConfiguration,
  UpdateGatewayTargetCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type AwsEndpoint, startAwsEndpoint } from "../support/awsEndpoint.ts";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { connectClient, textOf } from "../support/mcp.ts";
import { type OrdersApi, startOrdersApi } from "../support/ordersApi.ts";

let api: OrdersApi;
let aws: AwsEndpoint;
let gatehouse: TestGatehouse;
beforeAll(async () => {
  [api, aws] = await Promise.all([startOrdersApi(), startAwsEndpoint()]);
  vi.stubEnv("AWS_ENDPOINT_URL_S3", aws.url);
  vi.stubEnv("AWS_ENDPOINT_URL_API_GATEWAY", aws.url);
  gatehouse = await startGatehouse({ lambdas: [`${import.meta.dirname}/../fixtures/functions`] });
});
afterAll(async () => {
  await gatehouse?.[Symbol.asyncDispose]();
  await Promise.all([api?.stop(), aws?.stop()]);
});

const openApi = (inlinePayload: string) => ({ openApiSchema: { inlinePayload } });

async function create(
  gateway: TestGateway,
  mcp: TargetConfiguration["mcp"],
  credentialProviderConfigurations: CredentialProviderConfiguration[] = [],
) {
  const { targetId } = await gatehouse.control.send(
    new CreateGatewayTargetCommand({
      gatewayIdentifier: gateway.id,
      name: "Orders",
      targetConfiguration: { mcp } as TargetConfiguration,
      ...(credentialProviderConfigurations.length === 0 ? {} : { credentialProviderConfigurations }),
    }),
  );
  await gatehouse.host.idle();
  return gatehouse.control.send(new GetGatewayTargetCommand({ gatewayIdentifier: gateway.id, targetId }));
}

async function agent(gateway: TestGateway) {
  return connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
}

test("agents call the operations of an OpenAPI description, within what policies say of their arguments", async () => {
  const gateway = await gatehouse.createGateway();
  const { status, statusReasons } = await create(gateway, openApi(JSON.stringify(api.description)));
  expect(status).toBe("READY");
  expect(statusReasons).toEqual(["GET /orders is no tool: it has no operationId."]);
  await gatehouse.attach(gateway, "ENFORCE", {
    small: `permit(principal, action == AgentCore::Action::"Orders___refundOrder", resource == AgentCore::Gateway::"{gateway}")
      when { context.input.amount <= 100 };`,
    read: `permit(principal, action == AgentCore::Action::"Orders___getOrder", resource == AgentCore::Gateway::"{gateway}");`,
  });
  const client = await agent(gateway);

  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(["Orders___getOrder", "Orders___refundOrder"]);
  expect(tools[1]).toMatchObject({
    description: "Refunds an order",
    inputSchema: {
      properties: {
        order_id: { type: "string" },
        amount: { type: "integer", exclusiveMinimum: 0 },
        reason: { type: ["string", "null"] },
      },
      required: ["order_id", "amount"],
    },
  });

  const refund = (amount: number, order_id = "A/7") =>
    client.callTool({ name: "Orders___refundOrder", arguments: { order_id, amount, reason: "late" } });
  const { structuredContent } = await refund(100);
  expect(structuredContent).toEqual({ path: "/v1/orders/A%2F7/refunds", body: { amount: 100, reason: "late" } });
  const before = api.requests.length;
  const denied = await refund(101);
  expect([denied.isError, textOf(denied)]).toEqual([true, expect.stringContaining("Denied")]);
  const escaped = await refund(1, "..");
  expect([escaped.isError, textOf(escaped)]).toEqual([true, expect.stringContaining("Invalid arguments")]);
  expect(api.requests.length).toBe(before);

  await client.callTool({ name: "Orders___getOrder", arguments: { order_id: "7", expand: ["a&b", "c"] } });
  expect(api.requests.at(-1)).toMatchObject({ method: "GET", target: "/v1/orders/7?expand=a%26b&expand=c" });
  // The caller's token is for the gateway alone (T01).
  expect(api.requests.at(-1)?.headers.has("authorization")).toBe(false);
  const missing = await client.callTool({ name: "Orders___getOrder", arguments: { order_id: "missing" } });
  expect([missing.isError, textOf(missing)]).toEqual([true, expect.stringContaining("404 Not Found")]);
  await client.close();
});

test("a description may be in S3, in YAML, and is read again when the target is synchronised: what is new waits for a review", async () => {
  const gateway = await gatehouse.createGateway();
  const yaml = (operationId: string) => `
openapi: 3.1.0
info: {title: Orders, version: "1"}
servers: [{url: "${api.url}"}]
paths:
  /orders:
    get: {operationId: ${operationId}, responses: {}}
`;
  aws.objects.set("schemas/orders.yaml", { body: yaml("first"), owner: "111122223333" });
  const s3 = { uri: "s3://schemas/orders.yaml", bucketOwnerAccountId: "111122223333" };
  const { status, targetId, targetConfiguration } = await create(gateway, { openApiSchema: { s3 } });
  expect([status, targetConfiguration]).toEqual(["READY", { mcp: { openApiSchema: { s3 } } }]);
  const client = await agent(gateway);
  const names = async () => (await client.listTools()).tools.map(({ name }) => name);
  expect(await names()).toEqual(["Orders___first"]);
  aws.objects.set("schemas/orders.yaml", { body: yaml("second"), owner: "111122223333" });
  await gatehouse.control.send(
    new SynchronizeGatewayTargetsCommand({ gatewayIdentifier: gateway.id, targetIdList: [targetId ?? ""] }),
  );
  await gatehouse.host.idle();
  await expect.poll(names, { timeout: 30_000 }).toEqual([]);
  const target = { gatewayIdentifier: gateway.id, targetId: targetId ?? "" };
  const { driftDigest } = await sendOwn(gatehouse.control, "ListToolDrift", target);
  await sendOwn(gatehouse.control, "AcceptToolDrift", { ...target, driftDigest });
  await expect.poll(names, { timeout: 30_000 }).toEqual(["Orders___second"]);
  await client.close();
});

test("a description that an administrator puts into the request is approved with it, and stays with the target", async () => {
  const gateway = await gatehouse.createGateway();
  const described = (operationId: string) => {
    const paths = { "/orders": { get: { operationId, responses: {} } } };
    const info = { title: "Orders", version: "1" };
    return openApi(JSON.stringify({ openapi: "3.1.0", info, servers: [{ url: api.url }], paths }));
  };
  const { targetId = "" } = await create(gateway, described("first"));
  const target = { gatewayIdentifier: gateway.id, targetId };
  const configuration = { ...target, name: "Orders", targetConfiguration: { mcp: described("second") } };
  await gatehouse.control.send(new UpdateGatewayTargetCommand(configuration));
  await gatehouse.host.idle();
  const { status, statusReasons, targetConfiguration } = await gatehouse.control.send(
    new GetGatewayTargetCommand(target),
  );
  expect([status, statusReasons, targetConfiguration]).toEqual(["READY", [], { mcp: described("second") }]);
  expect(await sendOwn(gatehouse.control, "ListToolDrift", target)).toMatchObject({ changed: 0, new: 0, removed: 0 });
  const client = await agent(gateway);
  await expect
    .poll(async () => (await client.listTools()).tools.map(({ name }) => name), { timeout: 30_000 })
    .toEqual(["Orders___second"]);
  await client.close();
});

test.each([
  ["of somebody else", { uri: "s3://schemas/other.json", bucketOwnerAccountId: "444455556666" }, /AccessDenied/],
  ["that isn't there", { uri: "s3://schemas/nowhere.json" }, /NoSuchKey/],
])("an object in S3 %s is a reason why the target failed", async (_, s3, reason) => {
  aws.objects.set("schemas/other.json", { body: "{}", owner: "111122223333" });
  const { status, statusReasons } = await create(await gatehouse.createGateway(), { openApiSchema: { s3 } });
  expect([status, statusReasons?.[0]]).toEqual(["FAILED", expect.stringMatching(reason)]);
});

test("the schema of a Lambda function may be in S3", async () => {
  const gateway = await gatehouse.createGateway();
  const tools = [{ name: "echo", description: "Gives back", inputSchema: { type: "object", properties: {} } }];
  aws.objects.set("schemas/tools.json", { body: JSON.stringify(tools), owner: "111122223333" });
  const lambdaArn = "arn:aws:lambda:us-east-1:000000000000:function:echo";
  const toolSchema = { s3: { uri: "s3://schemas/tools.json" } };
  const { status, targetConfiguration } = await create(gateway, { lambda: { lambdaArn, toolSchema } });
  expect([status, targetConfiguration?.mcp?.lambda]).toEqual(["READY", { lambdaArn, toolSchema }]);
  const client = await agent(gateway);
  expect((await client.listTools()).tools).toMatchObject([{ name: "Orders___echo", description: "Gives back" }]);
  await client.close();
});

test.each([
  ["nonsense", "{", /neither JSON nor YAML/],
  ["of version 2", '{"swagger": "2.0", "paths": {}}', /3\.0 or 3\.1.*2\.0/],
  ["of a server in the open", openApiOf("http://orders.example"), /must use https/],
])("a description that is %s makes the target fail, with the reason", async (_, text, reason) => {
  const { status, statusReasons } = await create(await gatehouse.createGateway(), openApi(text));
  expect([status, statusReasons?.join(" ")]).toEqual(["FAILED", expect.stringMatching(reason)]);
});

test("a stage of API Gateway: what filters name, under the names of the overrides, with signed calls", async () => {
  const gateway = await gatehouse.createGateway();
  aws.stages.set("abc123/prod", api.description);
  const apiGateway = {
    restApiId: "abc123",
    stage: "prod",
    apiGatewayToolConfiguration: {
      toolFilters: [{ filterPath: "/orders/*", methods: ["POST" as const] }],
      toolOverrides: [
        {
          name: "refund",
          description: "Gives money back",
          path: "/orders/{order_id}/refunds",
          method: "POST" as const,
        },
      ],
    },
  };
  const role: CredentialProviderConfiguration[] = [{ credentialProviderType: "GATEWAY_IAM_ROLE" }];
  const created = await create(gateway, { apiGateway }, role);
  expect(created).toMatchObject({ status: "READY", credentialProviderConfigurations: role });
  const client = await agent(gateway);
  const { tools } = await client.listTools();
  expect(tools).toMatchObject([{ name: "Orders___refund", description: "Gives money back" }]);
  const result = await client.callTool({ name: "Orders___refund", arguments: { order_id: "7", amount: 5 } });
  expect(result.structuredContent).toEqual({ path: "/v1/orders/7/refunds", body: { amount: 5 } });
  expect(api.requests.at(-1)?.headers.get("authorization")).toMatch(/\/execute-api\/aws4_request/);
  await client.close();
});

test("without AWS credentials that are good for it, a stage of API Gateway says what it needs", async () => {
  const apiGateway = {
    restApiId: "nothere1",
    stage: "prod",
    apiGatewayToolConfiguration: { toolFilters: [{ filterPath: "/*", methods: ["GET" as const] }] },
  };
  const { status, statusReasons } = await create(await gatehouse.createGateway(), { apiGateway });
  expect([status, statusReasons?.[0]]).toEqual([
    "FAILED",
    expect.stringMatching(/stage prod of the REST API nothere1.*UnrecognizedClientException.*apigateway:GET/),
  ]);
});

function openApiOf(url: string): string {
  return JSON.stringify({
    openapi: "3.1.0",
    info: { title: "Inside", version: "1" },
    servers: [{ url }],
    paths: { "/a": { get: { operationId: "a" } } },
  });
}
