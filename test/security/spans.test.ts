import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import type { GatewaySettings } from "@gatehouse/core/storage/records.ts";
import { tableName } from "@gatehouse/local/tables.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { TestGatehouse, TestGateway } from "../support/gatehouse.ts";
import { post, toolsCall } from "../support/mcp.ts";
import { captureOutput } from "../support/output.ts";
import type { SpanTap } from "../support/spanTap.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

// What embedded metrics would tell CloudWatch is looked at as well.
process.env.POWERTOOLS_METRICS_DISABLED = "false";

const secret = "given-to-the-tool-7d2c";
const policies = {
  all: `permit(principal, action in [AgentCore::Action::"Up___transfer", AgentCore::Action::"Up___fail", AgentCore::Action::"Up___crash", AgentCore::Action::"Up___echo"], resource == AgentCore::Gateway::"{gateway}") unless { context.input has amount && context.input.amount > 100 };`,
};

let upstream: Upstream;
let tap: SpanTap;
let gatehouse: TestGatehouse;
const output = captureOutput();
beforeAll(async () => {
  const [{ startGatehouse }, { tapSpans }] = await Promise.all([
    import("../support/gatehouse.ts"),
    import("../support/spanTap.ts"),
  ]);
  [upstream, tap] = await Promise.all([startUpstream(), tapSpans()]);
  gatehouse = await startGatehouse({ loadFunction: tap.loadFunction });
});
beforeEach(() => {
  tap.spans.length = 0;
  tap.texts.length = 0;
});
afterAll(async () => {
  output.release();
  await gatehouse[Symbol.asyncDispose]();
  await upstream.stop();
});

async function gatewayWith(settings?: GatewaySettings): Promise<TestGateway> {
  const gateway = await gatehouse.createGateway({ exceptionLevel: "DEBUG", search: true });
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
  await gatehouse.attach(gateway, "ENFORCE", policies);
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const repository = configRepository({ client, table: tableName("config") });
  const record = await repository.getGateway(gateway.id);
  if (record === undefined) throw new Error("The gateway is gone.");
  if (settings) await repository.updateGateway(record, { ...record, settings });
  return gateway;
}

/** Calls that go every way that there is, all with the secret in them. */
async function callEveryWay(gateway: TestGateway): Promise<void> {
  const token = await gatehouse.token(gateway, "alice");
  const call = (tool: string, args: unknown, headers: Record<string, string> = {}) =>
    post(gateway.url, toolsCall(tool, args), { Authorization: `Bearer ${token}`, ...headers });
  await call("Up___transfer", { amount: 5, to: secret, password: secret, [`${secret}@example.com`]: secret });
  await call("Up___transfer", { amount: 500, to: secret });
  await call("Up___transfer", { amount: secret });
  await call("Up___fail", { text: secret });
  await call("Up___crash", { text: secret });
  await call("x_amz_bedrock_agentcore_search", { query: secret });
  await call("Up___echo", { text: secret }, { baggage: `k=${secret}`, cookie: secret, "x-api-key": secret });
  await call("Up___echo", secret);
  await gatehouse.host.idle();
}

const contents = () =>
  tap.spans.flatMap(({ span: { attributes } }) =>
    ["gen_ai.tool.call.arguments", "gen_ai.tool.call.result"].flatMap((name) => attributes[name] ?? []),
  );

test.each([undefined, "NONE", "SHAPES", "MASKED"] as const)(
  "T18 no argument, result, token or error of a target is in spans, metrics or logs where settings say %s",
  async (redaction) => {
    const settings = redaction && { recordArguments: redaction, recordResults: redaction };
    const gateway = await gatewayWith(settings);
    await callEveryWay(gateway);
    const metrics = await (await fetch(`${gatehouse.url}/metrics`)).text();
    const published = [...tap.texts, JSON.stringify(tap.spans), metrics].join("\n");
    const told = `${published}${output.text()}`;
    for (const hidden of [secret, "eyJ", "Bearer"]) expect(told.includes(hidden), hidden).toBe(false);
    // What a target says of its failure is in the log, for administrators, and nowhere else.
    expect(output.text()).toContain("secret-detail");
    expect(published).not.toContain("secret-detail");

    // What is searched has really been there.
    expect(tap.spans.filter(({ span }) => span.kind === "SERVER")).toHaveLength(8);
    expect(metrics).toContain("gatehouse_policy_deny_decisions_total");
    expect(output.text()).toContain('"DenyDecisions":1');
    expect(contents().length > 0).toBe(redaction !== "NONE");
  },
);

test("T18 what a gateway is told to keep of them is kept in its spans, and in no metric and no log", async () => {
  const gateway = await gatewayWith({ recordArguments: "FULL", recordResults: "SHAPES" });
  await callEveryWay(gateway);
  const metrics = await (await fetch(`${gatehouse.url}/metrics`)).text();
  expect(`${metrics}${output.text()}`.includes(secret)).toBe(false);
  const [first] = tap.spans.filter(({ span }) => span.kind === "SERVER");
  expect(JSON.parse(String(first?.span.attributes["gen_ai.tool.call.arguments"]))).toMatchObject({ to: secret });
  expect(JSON.parse(String(first?.span.attributes["gen_ai.tool.call.result"]))).toMatchObject({
    content: [{ type: "string", text: "string" }],
  });
  // What was looked for is for nobody to read.
  const search = tap.spans.find(({ span }) => span.name.includes("agentcore_search"));
  expect(JSON.stringify(search)).not.toContain(secret);
});

test("metrics are for callers on this machine, and nothing can be done to them", async () => {
  const url = `${gatehouse.url}/metrics`;
  const answer = await fetch(url);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([
    200,
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
  ]);
  expect((await answer.text()).endsWith("# EOF\n")).toBe(true);
  expect((await fetch(url, { method: "POST" })).status).toBe(405);
  expect((await fetch(url, { headers: { Origin: "https://evil.example" } })).status).toBe(403);
});
