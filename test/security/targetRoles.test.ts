import {
  CreateGatewayTargetCommand,
  type CredentialProviderConfiguration,
  GetGatewayCommand,
  GetGatewayTargetCommand,
  type TargetConfiguration,
  UpdateGatewayCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { startServer, type TestServer } from "@gatehouse/core/gateway/targets/http/testing.ts";
import { fixtureModel } from "@gatehouse/core/gateway/targets/smithyModel/testing.ts";
import { refuse, sessionOf, startSts, type TestSts } from "@gatehouse/core/gateway/targets/testing/sts.ts";
import { topology } from "@gatehouse/functions/topology.ts";
import { handlerOf } from "@gatehouse/local/lambda/handler.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type AwsEndpoint, startAwsEndpoint } from "../support/awsEndpoint.ts";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { connectClient, textOf } from "../support/mcp.ts";
import { type OrdersApi, startOrdersApi } from "../support/ordersApi.ts";

/** What the function itself signs with, which reaches Gatehouse's own tables. */
const functionsKey = "gatehouselocal";
const roleOf = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const iamRole: CredentialProviderConfiguration = { credentialProviderType: "GATEWAY_IAM_ROLE" };

let sts: TestSts;
let dynamodb: TestServer;
let orders: OrdersApi;
let aws: AwsEndpoint;
let gatehouse: TestGatehouse;
let granting: TestSts["answer"];
const environment: Record<string, string> = {};
beforeAll(async () => {
  [sts, orders, aws, dynamodb] = await Promise.all([
    startSts(),
    startOrdersApi(),
    startAwsEndpoint(),
    startServer((_, __, response) => void response.writeHead(200).end("{}")),
  ]);
  granting = sts.answer;
  Object.assign(environment, {
    GATEHOUSE_ASSUME_GATEWAY_ROLES: "true",
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_ENDPOINT_URL_API_GATEWAY: aws.url,
  });
  gatehouse = await startGatehouse({
    // As on AWS, in whose environment the functions are loaded.
    loadFunction: async (name) => {
      Object.assign(process.env, environment);
      const module = `@gatehouse/functions/${topology.functions[name as keyof typeof topology.functions].module}`;
      return handlerOf(await import(module), module);
    },
  });
});
afterAll(async () => {
  await gatehouse?.[Symbol.asyncDispose]();
  await Promise.all([sts?.[Symbol.asyncDispose](), dynamodb?.[Symbol.asyncDispose](), orders?.stop(), aws?.stop()]);
  for (const name of Object.keys(environment)) delete process.env[name];
});
beforeEach(() => {
  sts.answer = granting;
  sts.asked.length = 0;
  dynamodb.received.length = 0;
});

/** Gives a gateway a role. */
async function give({ id: gatewayIdentifier }: TestGateway, roleArn: string): Promise<void> {
  const gateway = await gatehouse.control.send(new GetGatewayCommand({ gatewayIdentifier }));
  const { name, authorizerType, authorizerConfiguration, protocolType, exceptionLevel } = gateway;
  const settings = { name, authorizerType, authorizerConfiguration, protocolType, exceptionLevel, roleArn };
  await gatehouse.control.send(new UpdateGatewayCommand({ gatewayIdentifier, ...settings }));
}

async function add(
  { id: gatewayIdentifier }: TestGateway,
  mcp: NonNullable<TargetConfiguration["mcp"]>,
  provider = iamRole,
) {
  const target = { name: "Aws", targetConfiguration: { mcp }, credentialProviderConfigurations: [provider] };
  const { targetId } = await gatehouse.control.send(new CreateGatewayTargetCommand({ gatewayIdentifier, ...target }));
  await gatehouse.host.idle();
  return gatehouse.control.send(new GetGatewayTargetCommand({ gatewayIdentifier, targetId }));
}

async function gatewayWith(roleArn: string): Promise<TestGateway> {
  const gateway = await gatehouse.createGateway({ exceptionLevel: "DEBUG" });
  await give(gateway, roleArn);
  return gateway;
}

const table = () => ({ smithyModel: { inlinePayload: fixtureModel("dynamodb", dynamodb.url) } });
const agentOf = async (gateway: TestGateway) => connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
const read = { name: "Aws___DescribeTable", arguments: { TableName: "gatehouse-config" } };

test("a target of DynamoDB is called with the gateway's role, never with the function's", async () => {
  const gateway = await gatewayWith(roleOf("orders"));
  await expect(add(gateway, table())).resolves.toMatchObject({ status: "READY" });
  const agent = await agentOf(gateway);
  expect((await agent.callTool(read)).isError).not.toBe(true);
  const [request] = dynamodb.received;
  if (request === undefined) throw new Error("Nothing arrived.");
  const session = sessionOf({ roleArn: roleOf("orders"), sessionName: gateway.id }, 1);
  expect(request.headers.authorization).toMatch(
    new RegExp(`Credential=${session.accessKeyId}/\\d+/us-east-1/dynamodb/aws4_request`),
  );
  expect(request.headers["x-amz-security-token"]).toBe(session.sessionToken);
  expect(JSON.stringify(request.headers)).not.toContain(functionsKey);
  await agent.callTool(read);
  expect(sts.asked.map(({ roleArn, sessionName }) => [roleArn, sessionName])).toEqual([[roleOf("orders"), gateway.id]]);
  await agent.close();
});

test("T16 a gateway's next role signs from the moment that it is the gateway's", async () => {
  const gateway = await gatewayWith(roleOf("before"));
  await add(gateway, table());
  const agent = await agentOf(gateway);
  await agent.callTool(read);
  await give(gateway, roleOf("after"));
  await expect
    .poll(
      async () => {
        await agent.callTool(read);
        return dynamodb.received.at(-1)?.headers["x-amz-security-token"];
      },
      { timeout: 10_000, interval: 100 },
    )
    .toMatch(/^after\//);
  await agent.close();
});

test("T04 T05 two gateways with one role are in sessions of their own", async () => {
  const gateways = await Promise.all([gatewayWith(roleOf("shared")), gatewayWith(roleOf("shared"))]);
  for (const gateway of gateways) {
    await add(gateway, table());
    const agent = await agentOf(gateway);
    await agent.callTool(read);
    await agent.close();
  }
  const tokens = dynamodb.received.map(({ headers }) => headers["x-amz-security-token"]?.split("/")[1]);
  expect(tokens).toEqual(gateways.map(({ id }) => id));
});

test("where the role can't be had nothing is sent, and the agent reads why", async () => {
  sts.answer = (_, outgoing) => refuse(outgoing);
  const gateway = await gatewayWith(roleOf("foreign"));
  await add(gateway, table());
  const agent = await agentOf(gateway);
  const result = await agent.callTool(read);
  expect([result.isError, textOf(result)]).toEqual([
    true,
    expect.stringMatching(/role arn:aws:iam::123456789012:role\/foreign of the gateway can't be assumed/),
  ]);
  expect(dynamodb.received).toEqual([]);
  await agent.close();
});

test("a REST API is called with the gateway's role", async () => {
  aws.stages.set("abc123/prod", orders.description);
  const toolFilters = [{ filterPath: "/orders/*", methods: ["POST" as const] }];
  const toolOverrides = [
    { name: "refund", description: "Gives money back", path: "/orders/{order_id}/refunds", method: "POST" as const },
  ];
  const apiGatewayToolConfiguration = { toolFilters, toolOverrides };
  const gateway = await gatewayWith(roleOf("api"));
  const apiGateway = { restApiId: "abc123", stage: "prod", apiGatewayToolConfiguration };
  await expect(add(gateway, { apiGateway })).resolves.toMatchObject({ status: "READY" });
  const agent = await agentOf(gateway);
  await agent.callTool({ name: "Aws___refund", arguments: { order_id: "7", amount: 5 } });
  const headers = orders.requests.at(-1)?.headers;
  const { accessKeyId, sessionToken } = sessionOf({ roleArn: roleOf("api"), sessionName: gateway.id }, 1);
  expect(headers?.get("authorization")).toMatch(new RegExp(`Credential=${accessKeyId}/\\d+/us-east-1/execute-api/`));
  expect(headers?.get("x-amz-security-token")).toBe(sessionToken);
  await agent.close();
});

test("the tools of an MCP server are read with the gateway's role", async () => {
  const gateway = await gatewayWith(roleOf("mcp"));
  const iamCredentialProvider = { service: "bedrock-agentcore" };
  const { status } = await add(
    gateway,
    { mcpServer: { endpoint: `${dynamodb.url}/mcp` } },
    { ...iamRole, credentialProvider: { iamCredentialProvider } },
  );
  // It is no MCP server, and was asked all the same.
  expect(status).toBe("FAILED");
  const { accessKeyId } = sessionOf({ roleArn: roleOf("mcp"), sessionName: gateway.id }, 1);
  expect(dynamodb.received.length).toBeGreaterThan(0);
  for (const { headers } of dynamodb.received) expect(headers.authorization).toContain(`Credential=${accessKeyId}/`);
});
