import {
  CreateGatewayTargetCommand,
  GetGatewayTargetCommand,
  type TargetConfiguration,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { startServer, type TestServer } from "@gatehouse/core/gateway/targets/http/testing.ts";
import { fixtureModel, shopModel } from "@gatehouse/core/gateway/targets/smithyModel/testing.ts";
import { verifySignature } from "@gatehouse/core/identity/sigv4/verify.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { connectClient, textOf } from "../support/mcp.ts";

let service: TestServer;
let gatehouse: TestGatehouse;
beforeAll(async () => {
  service = await startServer(({ path }, _, response) => {
    const known = path === "/schedules/nightly";
    response.writeHead(known ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(known ? { ScheduleArn: "arn:nightly" } : { Message: "There is none." }));
  });
  gatehouse = await startGatehouse();
});
afterAll(async () => {
  await gatehouse?.[Symbol.asyncDispose]();
  await service?.[Symbol.asyncDispose]();
});

async function create({ id }: TestGateway, inlinePayload: string) {
  const { targetId } = await gatehouse.control.send(
    new CreateGatewayTargetCommand({
      gatewayIdentifier: id,
      name: "Aws",
      targetConfiguration: { mcp: { smithyModel: { inlinePayload } } },
      credentialProviderConfigurations: [{ credentialProviderType: "GATEWAY_IAM_ROLE" }],
    }),
  );
  await gatehouse.host.idle();
  return gatehouse.control.send(new GetGatewayTargetCommand({ gatewayIdentifier: id, targetId }));
}

const schedule = (rate: string, Name = "nightly") => ({
  Name,
  ScheduleExpression: rate,
  FlexibleTimeWindow: { Mode: "OFF" },
  Target: { Arn: "arn:aws:sqs:us-east-1:000000000000:q", RoleArn: "arn:aws:iam::000000000000:role/r" },
});

test("agents call an AWS service by its Smithy model, signed, within what policies say of their arguments", async () => {
  const gateway = await gatehouse.createGateway();
  const model = fixtureModel("scheduler", service.url);
  const target = await create(gateway, model);
  expect([target.status, target.statusReasons]).toEqual(["READY", []]);
  expect(target.targetConfiguration).toEqual({ mcp: { smithyModel: { inlinePayload: model } } });
  await gatehouse.attach(gateway, "ENFORCE", {
    slow: `permit(principal, action == AgentCore::Action::"Aws___CreateSchedule", resource == AgentCore::Gateway::"{gateway}")
      when { context.input.ScheduleExpression == "rate(1 day)" && context.input.Target.Arn like "arn:aws:sqs:*" };`,
    read: `permit(principal, action == AgentCore::Action::"Aws___GetSchedule", resource == AgentCore::Gateway::"{gateway}");`,
  });
  const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));

  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).sort()).toEqual(["Aws___CreateSchedule", "Aws___GetSchedule"]);
  expect(tools.find(({ name }) => name === "Aws___GetSchedule")).toMatchObject({
    description: "Retrieves the specified schedule.",
    annotations: { readOnlyHint: true },
    inputSchema: { required: ["Name"] },
  });

  const call = (name: string, args: Record<string, unknown>) =>
    client.callTool({ name: `Aws___${name}`, arguments: args });
  const created = await call("CreateSchedule", schedule("rate(1 day)"));
  expect(created.structuredContent).toEqual({ ScheduleArn: "arn:nightly" });
  const request = service.received.at(-1);
  if (request === undefined) throw new Error("Nothing arrived.");
  // One machine has made-up credentials: what they are good for is only that they are made up.
  const secret = { secretAccessKey: "gatehouselocal" };
  const place = { region: "us-east-1", service: "scheduler", now: new Date() };
  await verifySignature(request, { ...place, findKey: async (id) => (id === "gatehouselocal" ? secret : undefined) });
  // The caller's token is for the gateway alone (T01).
  expect(JSON.stringify(request.headers)).not.toContain("Bearer");

  const before = service.received.length;
  const denied = await call("CreateSchedule", schedule("rate(1 minute)"));
  expect([denied.isError, textOf(denied)]).toEqual([true, expect.stringContaining("Denied")]);
  const escaped = await call("GetSchedule", { Name: ".." });
  expect([escaped.isError, textOf(escaped)]).toEqual([true, expect.stringContaining("Invalid arguments")]);
  expect(service.received.length).toBe(before);

  const missing = await call("GetSchedule", { Name: "other" });
  expect([missing.isError, textOf(missing)]).toEqual([true, '404 Not Found: {"Message":"There is none."}']);
  const decisions = await gatehouse.decisions(gateway);
  expect(decisions.filter(({ method }) => method === "tools/call").map(({ outcome }) => outcome)).toEqual([
    "allowed",
    "denied",
    "allowed",
    "allowed",
  ]);
});

test("the model of another protocol says so in the target's status", async () => {
  const gateway = await gatehouse.createGateway();
  const traits = { "aws.protocols#restJson1": null, "aws.protocols#restXml": {} };
  const model = shopModel({}, {}, { traits }).replace('"aws.protocols#restJson1":null,', "");
  const { status, statusReasons } = await create(gateway, model);
  expect([status, statusReasons]).toEqual([
    "FAILED",
    ["The service Shop speaks restXml; Gatehouse speaks restJson1, awsJson1_0, awsJson1_1."],
  ]);
});

test("API keys are refused", async () => {
  const gateway = await gatehouse.createGateway();
  const request = new CreateGatewayTargetCommand({
    gatewayIdentifier: gateway.id,
    name: "Aws",
    targetConfiguration: { mcp: { smithyModel: { inlinePayload: fixtureModel("scheduler") } } } as TargetConfiguration,
    credentialProviderConfigurations: [
      {
        credentialProviderType: "API_KEY",
        credentialProvider: {
          apiKeyCredentialProvider: {
            providerArn:
              "arn:aws:bedrock-agentcore:us-east-1:000000000000:token-vault/default/apikeycredentialprovider/a",
          },
        },
      },
    ],
  });
  await expect(gatehouse.control.send(request)).rejects.toThrow(
    "can't be API_KEY for a Smithy target: it must be GATEWAY_IAM_ROLE or OAUTH",
  );
});
