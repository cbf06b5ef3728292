import {
  ConflictException,
  CreateApiKeyCredentialProviderRequest$,
  CreateGatewayCommand,
  CreateGatewayTargetCommand,
  CreatePolicyCommand,
  CreatePolicyEngineCommand,
  DeleteGatewayCommand,
  DeleteGatewayTargetCommand,
  DeletePolicyCommand,
  DeletePolicyEngineCommand,
  GetGatewayCommand,
  UpdateGatewayCommand,
  UpdatePolicyCommand,
  UpdatePolicyEngineCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { NormalizedSchema } from "@smithy/core/schema";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ConfigurationChanged } from "../observability/events.ts";
import { auditView } from "./audit.ts";
import { addInsurance, gatewaySettings, lambda, unusedName } from "./fixtures.ts";
import { startTestControlPlane, type TestControlPlane, tester } from "./testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

const json = (value: object | undefined) => value && JSON.parse(JSON.stringify(value));

/** Each change begins where the one before has ended: nothing was lost, nothing overwritten unseen. */
function expectUnbroken(changes: readonly ConfigurationChanged[]) {
  const views = changes.flatMap(({ before, after }) => [before, after]);
  expect(views[0]).toBeUndefined();
  for (let index = 1; index + 1 < views.length; index += 2) expect(views[index + 1]).toEqual(views[index]);
}

test("a gateway's life is told change by change, each as the API shows it", async () => {
  const { client } = plane;
  const settings = gatewaySettings();
  const { gatewayId, gatewayArn } = await client.send(new CreateGatewayCommand(settings));
  const described = new UpdateGatewayCommand({ ...settings, gatewayIdentifier: gatewayId, description: "New." });
  await client.send(described);
  const { $metadata: _, ...read } = await client.send(new GetGatewayCommand({ gatewayIdentifier: gatewayId }));
  await client.send(new DeleteGatewayCommand({ gatewayIdentifier: gatewayId }));
  const changes = plane.changesOf(gatewayArn);
  expect(changes.map(({ operation }) => operation)).toEqual(["CreateGateway", "UpdateGateway", "DeleteGateway"]);
  expectUnbroken(changes);
  expect(changes[1]?.after).toEqual(json(read));
  expect(changes[0]).toMatchObject({
    administrator: { type: "Gatehouse::AccessKey", id: tester.accessKeyId, roles: ["admin"] },
  });
  expect(changes[2]?.after).toBeUndefined();
});

test("so are those of targets, engines and policies", async () => {
  const { client } = plane;
  const { gatewayId, gatewayArn } = await client.send(new CreateGatewayCommand(gatewaySettings()));
  const { targetId } = await addInsurance(plane, gatewayId);
  await client.send(new DeleteGatewayTargetCommand({ gatewayIdentifier: gatewayId, targetId }));
  const engine = await client.send(new CreatePolicyEngineCommand({ name: unusedName("engine") }));
  const { policyEngineId, policyEngineArn } = engine;
  const description = { optionalValue: "New." };
  await client.send(new UpdatePolicyEngineCommand({ policyEngineId, description }));
  const statement = `permit(principal, action, resource == AgentCore::Gateway::"${gatewayArn}");`;
  const definition = { cedar: { statement } };
  const { policyId, policyArn } = await client.send(
    new CreatePolicyCommand({ policyEngineId, name: "p", definition, validationMode: "IGNORE_ALL_FINDINGS" }),
  );
  await client.send(new UpdatePolicyCommand({ policyEngineId, policyId, description }));
  await client.send(new DeletePolicyCommand({ policyEngineId, policyId }));
  await client.send(new DeletePolicyEngineCommand({ policyEngineId }));
  for (const [arn, operations] of [
    [`${gatewayArn}/target/${targetId}`, ["CreateGatewayTarget", "DeleteGatewayTarget"]],
    [policyEngineArn, ["CreatePolicyEngine", "UpdatePolicyEngine", "DeletePolicyEngine"]],
    [policyArn, ["CreatePolicy", "UpdatePolicy", "DeletePolicy"]],
  ] as const) {
    const changes = plane.changesOf(arn);
    expect(changes.map(({ operation }) => operation)).toEqual(operations);
    expectUnbroken(changes);
  }
});

test("of 16 clients that update one gateway at once, none's change is lost", async () => {
  const { client } = plane;
  const settings = gatewaySettings();
  const { gatewayId: gatewayIdentifier, gatewayArn } = await client.send(new CreateGatewayCommand(settings));
  // Each repeats its update until it has come about, as a client does that is told of a conflict.
  const update = async (description: string): Promise<void> => {
    const command = new UpdateGatewayCommand({ ...settings, gatewayIdentifier, description });
    const done = await client.send(command).catch((error: unknown) => {
      if (error instanceof ConflictException) return undefined;
      throw error;
    });
    return done === undefined ? update(description) : undefined;
  };
  const descriptions = Array.from({ length: 16 }, (_, index) => `Client ${index}`);
  await Promise.all(descriptions.map(update));
  const changes = plane.changesOf(gatewayArn).sort((a, b) => (a.time < b.time ? -1 : 1));
  expectUnbroken(changes);
  const told = changes.slice(1).map(({ after }) => (after as { description: string }).description);
  expect(told.sort()).toEqual(descriptions.sort());
});

test("a refused request is no change", async () => {
  const settings = gatewaySettings();
  const { gatewayArn } = await plane.client.send(new CreateGatewayCommand(settings));
  await expect(plane.client.send(new CreateGatewayCommand(settings))).rejects.toThrow(ConflictException);
  expect(plane.changesOf(gatewayArn)).toHaveLength(1);
  expect(plane.events.filter(({ detail }) => JSON.stringify(detail).includes(`"${settings.name}"`))).toHaveLength(1);
});

test("a change while the bus is away is told once it is back", async () => {
  plane.failPublishing(true);
  const { gatewayArn } = await plane.client
    .send(new CreateGatewayCommand(gatewaySettings()))
    .finally(() => plane.failPublishing(false));
  expect(plane.changesOf(gatewayArn)).toEqual([]);
  await plane.sweep();
  expect(plane.changesOf(gatewayArn)).toHaveLength(1);
});

test("what is too large for an event stands there as its digest", async () => {
  const { gatewayId, gatewayArn } = await plane.client.send(new CreateGatewayCommand(gatewaySettings()));
  const tools = Array.from({ length: 300 }, (_, index) => {
    return { name: `tool_${index}`, description: "x".repeat(2_000), inputSchema: { type: "object" as const } };
  });
  const command = new CreateGatewayTargetCommand({
    gatewayIdentifier: gatewayId,
    name: "Large",
    targetConfiguration: lambda(...tools),
  });
  const { targetId } = await plane.client.send(command);
  const [change] = plane.changesOf(`${gatewayArn}/target/${targetId}`);
  expect(JSON.stringify(change).length).toBeLessThan(100_000);
  const digest = { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), bytes: expect.any(Number) };
  expect(change?.after).toMatchObject({
    name: "Large",
    targetConfiguration: { mcp: { lambda: { toolSchema: { inlinePayload: digest } } } },
  });
});

test("T18 secrets are left out, wherever AWS's model says that one may be", () => {
  const schema = NormalizedSchema.of(CreateApiKeyCredentialProviderRequest$);
  const view = auditView({ name: "mine", apiKey: "a-secret" }, schema);
  expect(view).toEqual({ name: "mine", apiKey: "[redacted]" });
});
