import { SynchronizeGatewayTargetsCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type ConfigRepository, configRepository } from "@gatehouse/core/storage/configRepository.ts";
import { tableName } from "@gatehouse/local/tables.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FeatureUpstream, startFeatureUpstream, upstreamResources } from "../support/featureUpstream.ts";
import type { TestGatehouse, TestGateway } from "../support/gatehouse.ts";
import { connectClient, post } from "../support/mcp.ts";
import { captureOutput } from "../support/output.ts";

let upstream: FeatureUpstream;
let gatehouse: TestGatehouse;
let repository: ConfigRepository;
const output = captureOutput();
beforeAll(async () => {
  const { startGatehouse } = await import("../support/gatehouse.ts");
  upstream = await startFeatureUpstream();
  gatehouse = await startGatehouse();
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  repository = configRepository({ client, table: tableName("config") });
});
afterAll(async () => {
  output.release();
  await gatehouse[Symbol.asyncDispose]();
  await upstream.stop();
});

const at = `resource == AgentCore::Gateway::"{gateway}"`;

async function gatewayWith(policies?: Record<string, string>, recordArguments?: "NONE" | "FULL"): Promise<TestGateway> {
  const gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Docs", { mcpServer: { endpoint: upstream.endpoint } });
  if (policies !== undefined) await gatehouse.attach(gateway, "ENFORCE", policies);
  const record = await repository.getGateway(gateway.id);
  if (record === undefined) throw new Error("The gateway is gone.");
  if (recordArguments) await repository.updateGateway(record, { ...record, settings: { recordArguments } });
  return gateway;
}

/** Sends a request of the legacy era, past every client library. */
async function ask(gateway: TestGateway, method: string, params: object, headers: Record<string, string> = {}) {
  const token = await gatehouse.token(gateway, "alice");
  const message = { jsonrpc: "2.0", id: 1, method, params };
  return post(gateway.url, message, { Authorization: `Bearer ${token}`, ...headers });
}

const read = (gateway: TestGateway, uri: string, headers?: Record<string, string>) =>
  ask(gateway, "resources/read", { uri: `gatehouse:Docs/${uri}` }, headers);

test("T01 the caller's token reaches no target with a prompt, a resource or a completion", async () => {
  const gateway = await gatewayWith();
  const before = upstream.asked.length;
  await ask(gateway, "prompts/get", { name: "Docs___greet" });
  await read(gateway, "file:///public/readme.md");
  const ref = { type: "ref/prompt", name: "Docs___review" };
  await ask(gateway, "completion/complete", { ref, argument: { name: "language", value: "t" } });
  const asked = upstream.asked.slice(before);
  expect(asked.map(({ method }) => method)).toEqual(["prompts/get", "resources/read", "completion/complete"]);
  for (const { headers } of asked) expect(headers.get("authorization")).toBeNull();
});

test("T08 no other spelling of a URI passes a policy, and none reaches the target", async () => {
  const gateway = await gatewayWith({
    files: `permit(principal, action == AgentCore::Action::"ReadResource:Docs", ${at}) when { context.input.uri like "file:///public/*" };`,
    others: `permit(principal, action == AgentCore::Action::"ReadResource:Docs", ${at}) unless { context.input.uri like "file:///*" };`,
  });
  const before = upstream.asked.length;
  for (const uri of [
    "file:///public/../secret/salaries.csv",
    "file:///public/%2e%2e/secret/salaries.csv",
    "file:///public/%2E%2E/secret/salaries.csv",
    "file:///public\\..\\secret",
    "FILE:///secret/salaries.csv",
    "file://localhost/secret/salaries.csv",
    "file:/secret/salaries.csv",
    " file:///secret/salaries.csv",
    "file:///%73ecret/salaries.csv",
  ]) {
    const { body } = await read(gateway, uri);
    expect([uri, body?.error?.code]).toEqual([uri, -32_602]);
  }
  expect(upstream.asked).toHaveLength(before);
  const outcomes = (await gatehouse.decisions(gateway)).map(({ outcome }) => outcome);
  expect(outcomes).toEqual(Array(9).fill("rejected"));
});

test("T08 T23 arguments of a prompt that two readers could read differently are refused", async () => {
  const gateway = await gatewayWith();
  const before = upstream.asked.length;
  for (const args of [
    { language: "a", Language: "b" },
    { Language: "b" },
    { language: 5 },
    { language: "a", other: "b" },
    { language: { a: 1 } },
    { language: null },
    ["a"],
    "a",
    null,
  ]) {
    const { body } = await ask(gateway, "prompts/get", { name: "Docs___review", arguments: args });
    expect(body?.error).toBeDefined();
  }
  expect(upstream.asked).toHaveLength(before);
});

test("T10 the header that mirrors a name must agree with the prompt's name or the resource's URI", async () => {
  const gateway = await gatewayWith();
  const before = upstream.asked.length;
  const uri = "file:///public/readme.md";
  const salaries = "gatehouse:Docs/file:///secret/salaries.csv";
  expect((await read(gateway, uri, { "Mcp-Name": salaries })).body?.error?.code).toBe(-32_020);
  const prompt = await ask(gateway, "prompts/get", { name: "Docs___greet" }, { "Mcp-Name": "Docs___review" });
  expect(prompt.body?.error?.code).toBe(-32_020);
  expect(upstream.asked).toHaveLength(before);
  expect((await read(gateway, uri, { "Mcp-Name": `gatehouse:Docs/${uri}` })).body?.result).toBeDefined();
});

test("T15 a forbid that no longer fits a prompt denies it", async () => {
  const changing = await startFeatureUpstream();
  const gateway = await gatehouse.createGateway();
  const targetId = await gatehouse.addTarget(gateway, "Docs", { mcpServer: { endpoint: changing.endpoint } });
  await gatehouse.attach(gateway, "ENFORCE", {
    all: `permit(principal, action in AgentCore::Action::"Mcp", ${at});`,
    no_cobol: `forbid(principal, action == AgentCore::Action::"GetPrompt:Docs___review", ${at}) when { context.input.language == "cobol" };`,
  });
  const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
  await client.getPrompt({ name: "Docs___review", arguments: { language: "ada" } });
  changing.prompts = [{ name: "review", arguments: [{ name: "dialect" }] }];
  await gatehouse.control.send(
    new SynchronizeGatewayTargetsCommand({ gatewayIdentifier: gateway.id, targetIdList: [targetId] }),
  );
  await gatehouse.host.idle();
  const denied = () =>
    client.getPrompt({ name: "Docs___review", arguments: { dialect: "cobol" } }).catch((error: unknown) => error);
  await expect.poll(denied, { timeout: 5_000 }).toMatchObject({
    code: -32_000,
    message: expect.stringContaining("not valid"),
  });
  await client.close();
  await changing.stop();
});

test("T18 what is asked for is recorded as arguments are: where the gateway says so, and in no log", async () => {
  const secret = "recorded-argument-7c1d";
  const policies = {
    all: `permit(principal, action in [AgentCore::Action::"GetPrompt:Docs", AgentCore::Action::"ReadResource:Docs"], ${at});`,
  };
  const askAll = async (gateway: TestGateway) => {
    await ask(gateway, "prompts/get", { name: "Docs___review", arguments: { language: secret } });
    await read(gateway, `file:///public/${secret}`);
    await read(gateway, `file:///missing/${secret}`);
    await read(gateway, `file:///public/../${secret}`);
    await read(gateway, "file:///public/readme.md");
    const ref = { type: "ref/prompt", name: "Docs___review" };
    await ask(gateway, "completion/complete", { ref, argument: { name: "language", value: secret } });
    return gatehouse.decisions(gateway);
  };
  const silent = await askAll(await gatewayWith(policies));
  expect(silent).toHaveLength(6);
  expect(JSON.stringify(silent)).not.toContain(secret);
  expect(silent[4]).toMatchObject({ method: "resources/read", resource: "file:///public/readme.md", target: "Docs" });

  const full = await askAll(await gatewayWith(policies, "FULL"));
  expect(full.map(({ request }) => request?.arguments)).toEqual([
    { language: secret },
    { uri: `file:///public/${secret}` },
    { uri: `file:///missing/${secret}` },
    undefined,
    { uri: "file:///public/readme.md" },
    undefined,
  ]);
  expect(output.text()).not.toContain(secret);
});

test("T24 lists come in pages, whose cursors are good for nobody else and nowhere else", async () => {
  const large = await startFeatureUpstream();
  large.prompts = [];
  large.pageSize = 1_000;
  large.resources = Array.from({ length: 1_000 }, (_, i) => ({
    ...upstreamResources[0],
    name: `r${i}`,
    uri: `docs://${i}`,
  }));
  const gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Docs", { mcpServer: { endpoint: large.endpoint } });
  await gatehouse.attach(gateway, "ENFORCE", {
    most: `permit(principal, action == AgentCore::Action::"ReadResource:Docs", ${at}) unless { context.input.uri like "*7" };`,
  });
  const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
  // The client reads page after page by itself.
  const { resources } = await client.listResources();
  const uris = large.resources.map(({ uri }) => uri).filter((uri) => !uri.endsWith("7"));
  expect(resources.map(({ uri }) => uri)).toEqual(uris.map((uri) => `gatehouse:Docs/${uri}`));
  const listed = (await gatehouse.decisions(gateway)).map((decision) => decision.listed);
  expect(listed.map((one) => one?.shown.count)).toEqual([500, 400]);
  expect(listed.reduce((sum, one) => sum + (one?.hidden.count ?? 0), 0)).toBe(100);

  const mallory = await connectClient(gateway.url, await gatehouse.token(gateway, "mallory"));
  const first = await ask(gateway, "resources/list", {});
  const cursor = String(first.body?.result?.nextCursor);
  expect((await ask(gateway, "resources/list", { cursor })).body?.result?.resources).toHaveLength(400);
  for (const list of [
    () => mallory.listResources({ cursor }),
    () => client.listPrompts({ cursor }),
    () => client.listResourceTemplates({ cursor }),
    () => client.listResources({ cursor: "AAAA" }),
    () => client.listResources({ cursor: "" }),
  ]) {
    await expect(list()).rejects.toMatchObject({ code: -32_602 });
  }
  await client.close();
  await mallory.close();
  await large.stop();
});
