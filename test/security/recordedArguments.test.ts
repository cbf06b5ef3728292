import { UpdateGatewayCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { compilePolicies } from "@gatehouse/core/policy/engine.ts";
import { recordedCallsOf } from "@gatehouse/core/policy/replay/decisions.ts";
import { replay } from "@gatehouse/core/policy/replay/replay.ts";
import { type ConfigRepository, configRepository } from "@gatehouse/core/storage/configRepository.ts";
import { tableName } from "@gatehouse/local/tables.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestGatehouse, TestGateway } from "../support/gatehouse.ts";
import { post, toolsCall } from "../support/mcp.ts";
import { captureOutput } from "../support/output.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

let upstream: Upstream;
let gatehouse: TestGatehouse;
let repository: ConfigRepository;
const output = captureOutput();
beforeAll(async () => {
  const { startGatehouse } = await import("../support/gatehouse.ts");
  upstream = await startUpstream();
  gatehouse = await startGatehouse();
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  repository = configRepository({ client, table: tableName("config") });
});
afterAll(async () => {
  output.release();
  await gatehouse[Symbol.asyncDispose]();
  await upstream.stop();
});

const policies = {
  small: `permit(principal, action == AgentCore::Action::"Up___transfer", resource == AgentCore::Gateway::"{gateway}") when { context.input.amount <= 100 };`,
  team: `permit(principal, action in [AgentCore::Action::"Up___echo", AgentCore::Action::"Up___crash"], resource == AgentCore::Gateway::"{gateway}") when { principal.hasTag("team") };`,
};

/** A gateway with a search tool whose decisions are recorded with arguments, or not. */
async function gatewayWith(recordArguments?: "NONE" | "FULL"): Promise<TestGateway> {
  const gateway = await gatehouse.createGateway({ search: true });
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
  await gatehouse.attach(gateway, "ENFORCE", policies);
  const record = await repository.getGateway(gateway.id);
  if (record === undefined) throw new Error("The gateway is gone.");
  if (recordArguments) await repository.updateGateway(record, { ...record, settings: { recordArguments } });
  return gateway;
}

/** Calls tools one after the other, as a member of a team. */
async function call(gateway: TestGateway, calls: readonly (readonly [tool: string, args: unknown])[]): Promise<void> {
  const token = await gatehouse.token(gateway, "alice", { team: "blue" });
  for (const [tool, args] of calls)
    await post(gateway.url, toolsCall(tool, args), { Authorization: `Bearer ${token}` });
}

test("T18 arguments are recorded where the gateway says so, of calls that were decided, and are in no log", async () => {
  const gateway = await gatewayWith("FULL");
  const secret = "recorded-argument-3f9a";
  await call(gateway, [
    ["Up___transfer", { amount: 5, to: secret }],
    ["Up___transfer", { amount: 500, to: secret }],
    ["Up___echo", { text: secret.repeat(6_000) }],
    ["Up___transfer", { amount: "5", to: secret }],
    ["Up___nope", { text: secret }],
    ["x_amz_bedrock_agentcore_search", { query: secret }],
    ["Up___crash", { text: secret }],
  ]);
  const decisions = await gatehouse.decisions(gateway);
  expect(
    decisions.map(({ tool, outcome, request, requestOmitted }) => ({ tool, outcome, request, requestOmitted })),
  ).toEqual([
    {
      tool: "Up___transfer",
      outcome: "allowed",
      request: {
        tags: expect.objectContaining({ sub: "alice", team: "blue" }),
        arguments: { amount: 5, to: secret },
      },
    },
    {
      tool: "Up___transfer",
      outcome: "denied",
      request: expect.objectContaining({ arguments: { amount: 500, to: secret } }),
    },
    { tool: "Up___echo", outcome: "allowed", requestOmitted: "too large" },
    { tool: "Up___transfer", outcome: "rejected" },
    { tool: "Up___nope", outcome: "rejected" },
    { tool: "x_amz_bedrock_agentcore_search", outcome: "denied" },
    { tool: "Up___crash", outcome: "allowed", request: expect.objectContaining({ arguments: { text: secret } }) },
  ]);
  // What is searched has really been written there: the target that has crashed.
  expect(output.text()).toContain("A target failed");
  expect(output.text()).not.toContain(secret);
});

test("nothing of the kind is recorded unless the gateway says so", async () => {
  for (const recordArguments of [undefined, "NONE"] as const) {
    const gateway = await gatewayWith(recordArguments);
    await call(gateway, [["Up___transfer", { amount: 5 }]]);
    const [decision] = await gatehouse.decisions(gateway);
    expect(decision).toMatchObject({ tool: "Up___transfer", outcome: "allowed" });
    expect(decision).not.toHaveProperty("request");
    expect(decision).not.toHaveProperty("requestOmitted");
  }
});

test("an update of the gateway by AgentCore's API leaves the setting as it is", async () => {
  const { id } = await gatewayWith("FULL");
  const { name, roleArn, authorizerType, authorizerConfiguration } = (await repository.getGateway(id)) ?? {};
  const update = { gatewayIdentifier: id, name, roleArn, authorizerType, authorizerConfiguration };
  await gatehouse.control.send(new UpdateGatewayCommand({ ...update, description: "changed" }));
  expect(await repository.getGateway(id)).toMatchObject({
    description: "changed",
    settings: { recordArguments: "FULL" },
  });
});

test("what the ledger holds is replayed, from where it was recorded to a new set of policies", async () => {
  const gateway = await gatewayWith("FULL");
  await call(gateway, [
    ["Up___transfer", { amount: 5 }],
    ["Up___transfer", { amount: 70 }],
    ["Up___transfer", { amount: 500 }],
    ["Up___echo", { text: "hello" }],
    ["Up___transfer", {}],
  ]);
  await gatehouse.host.idle();
  const configuration = await repository.loadGateway(gateway.id);
  const engine = configuration?.gateway.policyEngineConfiguration?.arn?.split("/").at(-1);
  const loaded = await repository.loadPolicyEngine(engine ?? "");
  if (configuration === undefined || loaded === undefined) throw new Error("The gateway is gone.");
  const calls = () => {
    const query = {
      gatewayId: gateway.id,
      from: new Date(Date.now() - 3_600_000),
      to: new Date(Date.now() + 3_600_000),
    };
    return recordedCallsOf(gatehouse.ledger.decisions(query));
  };
  const unchanged = await replay({ calls: calls(), candidate: loaded.policies, configuration });
  expect(unchanged).toMatchObject({ calls: 5, unchanged: 4, notReplayable: 1 });
  expect(unchanged.notReplayableReasons).toMatchObject([{ reason: "notDecided" }]);

  const candidate = loaded.policies.map((policy) => ({ ...policy, statement: policy.statement.replace("100", "50") }));
  expect(compilePolicies({ configuration, policies: candidate }).problems()).toEqual([]);
  const report = await replay({ calls: calls(), candidate, configuration });
  expect(report).toMatchObject({ unchanged: 3, newlyDenied: 1, newlyAllowed: 0 });
  expect(report.byPolicy.top[0]?.key).toMatch(/^small-/);
});
