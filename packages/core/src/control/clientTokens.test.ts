import { randomBytes } from "node:crypto";
import {
  ConflictException,
  CreateGatewayCommand,
  CreateGatewayTargetCommand,
  CreatePolicyEngineCommand,
  DeletePolicyEngineCommand,
  type ToolDefinition,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { TransactWriteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { maximumTargets } from "../storage/configRepository.targets.ts";
import { gatewayKey } from "../storage/keys.ts";
import { createApplication, gatewaySettings, lambda, unusedName } from "./fixtures.ts";
import { administratorHeader, startTestControlPlane, type TestControlPlane } from "./testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

const newToken = () => `${unusedName("token")}-`.padEnd(40, "0");

test("the same token with the same request gives the same answer, and makes nothing anew", async () => {
  const request = { ...gatewaySettings(), clientToken: newToken() };
  const { $metadata: _, ...first } = await plane.client.send(new CreateGatewayCommand(request));
  const { $metadata: __, ...again } = await plane.client.send(new CreateGatewayCommand(request));
  expect(again).toEqual(first);
  expect(plane.changesOf(first.gatewayArn)).toHaveLength(1);
});

test("16 requests with one token at the same moment make one resource", async () => {
  const request = { name: unusedName("engine"), clientToken: newToken() };
  const answers = await Promise.all(
    Array.from({ length: 16 }, () => plane.client.send(new CreatePolicyEngineCommand(request))),
  );
  expect(new Set(answers.map(({ policyEngineId }) => policyEngineId)).size).toBe(1);
  expect(plane.changesOf(answers[0]?.policyEngineArn)).toHaveLength(1);
});

test("16 requests with one token for the last place that there is get the same answer", async () => {
  const { gatewayId: gatewayIdentifier = "" } = await plane.client.send(new CreateGatewayCommand(gatewaySettings()));
  const { client, tables } = plane.database;
  const allButOne = { ":count": maximumTargets - 1 };
  await client.send(
    new UpdateCommand({
      TableName: tables.config,
      Key: gatewayKey(gatewayIdentifier),
      UpdateExpression: "SET targetCount = :count",
      ExpressionAttributeValues: allButOne,
    }),
  );
  const request = {
    gatewayIdentifier,
    name: "last",
    targetConfiguration: lambda(createApplication),
    clientToken: newToken(),
  };
  const answers = await Promise.all(
    Array.from({ length: 16 }, () => plane.client.send(new CreateGatewayTargetCommand(request))),
  );
  expect(new Set(answers.map(({ targetId }) => targetId)).size).toBe(1);
});

test("the same token with another request is a conflict, whatever became of the first one's resource", async () => {
  const clientToken = newToken();
  const { policyEngineId } = await plane.client.send(
    new CreatePolicyEngineCommand({ name: unusedName("engine"), clientToken }),
  );
  const other = new CreatePolicyEngineCommand({ name: unusedName("engine"), clientToken });
  await expect(plane.client.send(other)).rejects.toThrow(ConflictException);
  await plane.client.send(new DeletePolicyEngineCommand({ policyEngineId }));
  await expect(plane.client.send(other)).rejects.toThrow("clientToken");
});

test("a token counts for one operation of one administrator", async () => {
  const clientToken = newToken();
  const name = unusedName("shared");
  await plane.client.send(new CreateGatewayCommand({ ...gatewaySettings(), name, clientToken }));
  await plane.client.send(new CreatePolicyEngineCommand({ name, clientToken }));
  const asked = await plane.handle({
    method: "POST",
    path: "/policy-engines",
    query: {},
    headers: { "content-type": "application/json", [administratorHeader]: "another" },
    body: JSON.stringify({ name, clientToken }),
    sourceIp: "127.0.0.1",
  });
  // Not the first administrator's answer: the name is taken.
  expect([asked.status, JSON.parse(asked.body).message]).toEqual([409, expect.stringContaining("exists already")]);
});

test("a refused request is not remembered: mended, it may use its token", async () => {
  const clientToken = newToken();
  const taken = unusedName("engine");
  await plane.client.send(new CreatePolicyEngineCommand({ name: taken }));
  const create = (name: string) => plane.client.send(new CreatePolicyEngineCommand({ name, clientToken }));
  await expect(create(taken)).rejects.toThrow(ConflictException);
  expect((await create(unusedName("engine"))).status).toBe("ACTIVE");
});

test("a token may be used anew after a day, even where the table still has it", async () => {
  const clientToken = newToken();
  const create = () => plane.client.send(new CreatePolicyEngineCommand({ name: unusedName("engine"), clientToken }));
  await create();
  await expect(create()).rejects.toThrow(ConflictException);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 24 * 3_600_000 + 2_000 });
  try {
    expect((await create()).status).toBe("ACTIVE");
  } finally {
    vi.useRealTimers();
  }
});

test("an answer that is larger than an item of the table is remembered whole", async () => {
  const { gatewayId } = await plane.client.send(new CreateGatewayCommand(gatewaySettings()));
  // Random text does not compress.
  const noise = () => randomBytes(1_500).toString("base64");
  const tools = Array.from({ length: 400 }, (_, index): ToolDefinition => {
    return { name: `tool_${index}`, description: noise(), inputSchema: { type: "object" } };
  });
  const command = new CreateGatewayTargetCommand({
    gatewayIdentifier: gatewayId,
    name: "Large",
    targetConfiguration: lambda(...tools),
    clientToken: newToken(),
  });
  const { $metadata: _, ...first } = await plane.client.send(command);
  const { $metadata: __, ...again } = await plane.client.send(command);
  expect(JSON.stringify(again).length).toBeGreaterThan(800_000);
  expect(again).toEqual(first);
});

test("a create that dies before its transaction leaves nothing that blocks a retry", async () => {
  const { gatewayId } = await plane.client.send(new CreateGatewayCommand(gatewaySettings()));
  const command = new CreateGatewayTargetCommand({
    gatewayIdentifier: gatewayId,
    name: "Retried",
    targetConfiguration: lambda({ name: "tool", description: "A tool.", inputSchema: { type: "object" } }),
    clientToken: newToken(),
  });
  const { client } = plane.database;
  const send = client.send.bind(client) as (command: unknown) => Promise<never>;
  const died = vi.spyOn(client, "send").mockImplementation(async (sent: unknown) => {
    if (sent instanceof TransactWriteCommand) throw new Error("The process ended here.");
    return send(sent);
  });
  await expect(plane.client.send(command, { requestTimeout: 5_000 })).rejects.toThrow();
  died.mockRestore();
  plane.errors.length = 0;
  expect(await plane.client.send(command)).toMatchObject({ name: "Retried", status: "READY" });
});
