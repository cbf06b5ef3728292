import { GetGatewayTargetCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import type { Client } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type FeatureUpstream,
  startFeatureUpstream,
  upstreamPrompts,
  upstreamResources,
} from "../support/featureUpstream.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { connectClient, post } from "../support/mcp.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

let upstream: FeatureUpstream;
let toolsOnly: Upstream;
let gatehouse: TestGatehouse;
beforeAll(async () => {
  upstream = await startFeatureUpstream();
  toolsOnly = await startUpstream();
  gatehouse = await startGatehouse();
});
afterAll(async () => {
  await gatehouse[Symbol.asyncDispose]();
  await toolsOnly.stop();
  await upstream.stop();
});

const at = `resource == AgentCore::Gateway::"{gateway}"`;
const policies = {
  typescript: `permit(principal, action == AgentCore::Action::"GetPrompt:Docs___review", ${at}) when { context.input.language == "typescript" };`,
  broken: `permit(principal, action == AgentCore::Action::"GetPrompt:Docs___broken", ${at});`,
  public_files: `permit(principal, action == AgentCore::Action::"ReadResource:Docs", ${at}) when { context.input.uri like "file:///public/*" };`,
  links: `permit(principal, action in AgentCore::Action::"Docs", ${at});`,
};

async function gatewayWith(mode?: "ENFORCE" | "LOG_ONLY", settings: { exceptionLevel?: "DEBUG" } = {}) {
  const gateway = await gatehouse.createGateway(settings);
  await gatehouse.addTarget(gateway, "Docs", { mcpServer: { endpoint: upstream.endpoint } });
  if (mode !== undefined) await gatehouse.attach(gateway, mode, policies);
  const connect = async (user: string, era: Parameters<typeof connectClient>[2] = "auto") =>
    connectClient(gateway.url, await gatehouse.token(gateway, user), era);
  return { gateway, connect };
}

const readme = "gatehouse:Docs/file:///public/readme.md";
const salaries = "gatehouse:Docs/file:///secret/salaries.csv";
const review = (client: Client, language: string) =>
  client.getPrompt({ name: "Docs___review", arguments: { language } });

describe.each(["legacy", { pin: "2026-07-28" }] as const)("an SDK client negotiating %j", (era) => {
  test("is shown what it may get and read, and gets and reads it", async () => {
    const { connect } = await gatewayWith("ENFORCE");
    const client = await connect("alice", era);
    expect(Object.keys(client.getServerCapabilities() ?? {}).sort()).toEqual([
      "completions",
      "logging",
      "prompts",
      "resources",
      "tools",
    ]);

    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(["Docs___review", "Docs___broken"]);
    expect(prompts[0]).toEqual({ ...upstreamPrompts[0], name: "Docs___review" });
    const { resources } = await client.listResources();
    expect(resources).toEqual([{ ...upstreamResources[0], uri: readme }]);
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual(["gatehouse:Docs/file:///public/{+path}"]);

    const got = await review(client, "typescript");
    expect(got.messages[0]?.content).toEqual({ type: "text", text: 'review {"language":"typescript"}' });
    expect(got.messages[1]?.content).toEqual({ type: "resource", resource: { uri: readme, text: "read me" } });
    expect(got["example.com/kept"]).toBe(true);
    expect(got._meta).toMatchObject({
      "example.com/meta": 3,
      "gatehouse/decisionId": expect.stringMatching(/^[\da-f-]{36}$/),
    });

    const read = await client.readResource({ uri: readme });
    expect(read.contents).toEqual([
      { uri: readme, text: "contents of file:///public/readme.md", _meta: { "example.com/kept": 4 } },
    ]);
    const unlisted = await client.readResource({ uri: "gatehouse:Docs/file:///public/other.md" });
    expect(unlisted.contents).toMatchObject([{ uri: "gatehouse:Docs/file:///public/other.md" }]);

    const linked = await client.callTool({ name: "Docs___link", arguments: {} });
    expect(linked.content).toMatchObject([{ type: "resource_link", uri: readme }]);
    await client.close();
  });

  test("is told what is denied and what there is not, and nothing of that reaches the target", async () => {
    const { gateway, connect } = await gatewayWith("ENFORCE");
    const client = await connect("alice", era);
    const before = upstream.asked.length;
    const byDefault = "not allowed due to policy enforcement [No policy applies to the request (denied by default).]";
    await expect(review(client, "java")).rejects.toMatchObject({
      code: -32_000,
      message: expect.stringContaining(`Prompt Access Denied: ${byDefault}`),
      data: { "gatehouse/decisionId": expect.any(String) },
    });
    await expect(client.getPrompt({ name: "Docs___greet" })).rejects.toMatchObject({ code: -32_000 });
    await expect(client.readResource({ uri: salaries })).rejects.toMatchObject({
      code: -32_000,
      message: expect.stringContaining(`Resource Access Denied: ${byDefault}`),
    });
    const invalid = { code: -32_602 };
    await expect(client.getPrompt({ name: "Docs___nothing" })).rejects.toMatchObject(invalid);
    await expect(client.getPrompt({ name: "review" })).rejects.toMatchObject(invalid);
    await expect(client.getPrompt({ name: "Docs___review" })).rejects.toMatchObject({
      ...invalid,
      message: expect.stringContaining("language"),
    });
    await expect(
      client.getPrompt({ name: "Docs___review", arguments: { language: "typescript", Focus: "x" } }),
    ).rejects.toMatchObject(invalid);
    for (const uri of ["file:///public/readme.md", "gatehouse:Other/file:///public/readme.md", "nothing"]) {
      await expect(client.readResource({ uri })).rejects.toMatchObject(invalid);
    }
    expect(upstream.asked).toHaveLength(before);

    const decisions = (await gatehouse.decisions(gateway)).map(({ method, outcome, prompt, resource }) => ({
      method,
      outcome,
      ...(prompt === undefined ? {} : { prompt }),
      ...(resource === undefined ? {} : { resource }),
    }));
    expect(decisions.slice(0, 3)).toEqual([
      { method: "prompts/get", outcome: "denied", prompt: "Docs___review" },
      { method: "prompts/get", outcome: "denied", prompt: "Docs___greet" },
      { method: "resources/read", outcome: "denied", resource: "file:///secret/salaries.csv" },
    ]);
    expect(decisions.slice(3).map(({ outcome }) => outcome)).toEqual(Array(7).fill("rejected"));
    await client.close();
  });

  test("LOG_ONLY: everything is shown and answered, and what would have been is recorded", async () => {
    const { gateway, connect } = await gatewayWith("LOG_ONLY");
    const client = await connect("alice", era);
    expect((await client.listPrompts()).prompts).toHaveLength(3);
    expect((await client.listResources()).resources).toHaveLength(2);
    await review(client, "java");
    expect((await client.readResource({ uri: salaries })).contents).toHaveLength(1);
    const [prompts, resources, got, read] = await gatehouse.decisions(gateway);
    expect(prompts).toMatchObject({ method: "prompts/list", outcome: "listed", decision: "ALLOW" });
    expect(prompts?.listed?.hidden).toEqual({ count: 1, names: ["Docs___greet"] });
    expect(resources?.listed).toEqual({
      shown: { count: 1, names: [readme] },
      hidden: { count: 1, names: [salaries] },
    });
    expect(got).toMatchObject({ outcome: "would-deny", target: "Docs", prompt: "Docs___review" });
    expect(got?.logOnly).toMatchObject({ decision: "DENY", flips: true });
    expect(read).toMatchObject({ outcome: "would-deny", resource: "file:///secret/salaries.csv" });
    await client.close();
  });

  test("completes arguments of what it is shown, and of nothing else", async () => {
    const { gateway, connect } = await gatewayWith("ENFORCE");
    const client = await connect("alice", era);
    const complete = (ref: Parameters<Client["complete"]>[0]["ref"], name: string) =>
      client.complete({ ref, argument: { name, value: "type" } });
    const prompt = (name: string) => ({ type: "ref/prompt" as const, name });
    const template = (uri: string) => ({ type: "ref/resource" as const, uri });
    expect((await complete(prompt("Docs___review"), "language")).completion.values).toEqual(["typescript"]);
    expect(upstream.asked.at(-1)?.params).toMatchObject({ ref: { type: "ref/prompt", name: "review" } });
    await complete(template("gatehouse:Docs/file:///public/{+path}"), "path");
    expect(upstream.asked.at(-1)?.params).toMatchObject({
      ref: { type: "ref/resource", uri: "file:///public/{+path}" },
    });
    const before = upstream.asked.length;
    await expect(complete(prompt("Docs___greet"), "language")).rejects.toMatchObject({ code: -32_602 });
    await expect(complete(prompt("Docs___review"), "other")).rejects.toMatchObject({ code: -32_602 });
    await expect(complete(template("file:///public/{+path}"), "path")).rejects.toMatchObject({ code: -32_602 });
    expect(upstream.asked).toHaveLength(before);
    const outcomes = (await gatehouse.decisions(gateway)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(["allowed", "allowed", "rejected", "rejected", "rejected"]);
    await client.close();
  });
});

test("who may read a resource may ask to hear of its changes, though nothing will be told, and nobody else may", async () => {
  const { gateway } = await gatewayWith("ENFORCE");
  const authorization = { Authorization: `Bearer ${await gatehouse.token(gateway, "alice")}` };
  const ask = (method: string, uri: string) =>
    post(gateway.url, { jsonrpc: "2.0", id: 1, method, params: { uri } }, authorization);
  const before = upstream.asked.length;
  for (const method of ["resources/subscribe", "resources/unsubscribe"]) {
    expect((await ask(method, readme)).body).toMatchObject({
      result: { _meta: { "gatehouse/decisionId": expect.any(String) } },
    });
    expect((await ask(method, salaries)).body).toMatchObject({ error: { code: -32_000 } });
    expect((await ask(method, "gatehouse:Docs/none")).body).not.toHaveProperty("result");
  }
  expect(upstream.asked).toHaveLength(before);
  const outcomes = (await gatehouse.decisions(gateway)).map(({ method, outcome }) => `${method} ${outcome}`);
  expect(outcomes.slice(0, 2)).toEqual(["resources/subscribe allowed", "resources/subscribe denied"]);
});

test("a server of the legacy era is asked as well", async () => {
  const old = await startFeatureUpstream("legacy");
  const gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Docs", { mcpServer: { endpoint: old.endpoint } });
  const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
  expect((await client.listPrompts()).prompts).toHaveLength(3);
  expect((await review(client, "ts"))["example.com/kept"]).toBe(true);
  expect((await client.readResource({ uri: readme })).contents).toMatchObject([{ uri: readme }]);
  const ref = { type: "ref/prompt" as const, name: "Docs___review" };
  const { completion } = await client.complete({ ref, argument: { name: "language", value: "type" } });
  expect(completion.values).toEqual(["typescript"]);
  await expect(client.readResource({ uri: "gatehouse:Docs/file:///missing" })).rejects.toMatchObject({
    message: expect.stringContaining("Resource not found"),
  });
  expect(old.asked.every(({ headers }) => headers.get("mcp-method") === null)).toBe(true);
  await client.close();
  await old.stop();
});

test("members that nobody knows survive both ways, but for those that could be mistaken for what was authorised", async () => {
  const { gateway } = await gatewayWith();
  const headers = { Authorization: `Bearer ${await gatehouse.token(gateway, "alice")}` };
  const params = { uri: readme, other: { kept: 1 }, URI: undefined, RequestState: "not ours" };
  const read = await post(gateway.url, { jsonrpc: "2.0", id: 1, method: "resources/read", params }, headers);
  expect(read.body?.result).toMatchObject({ contents: [{ uri: readme, other: 5 }] });
  expect(upstream.asked.at(-1)?.params).toMatchObject({ uri: "file:///public/readme.md", other: { kept: 1 } });
  expect(upstream.asked.at(-1)?.params).not.toHaveProperty("RequestState");
});

test("who may get no prompt may not have its arguments completed", async () => {
  const { gateway, connect } = await gatewayWith();
  await gatehouse.attach(gateway, "ENFORCE", {
    alice: `permit(principal == AgentCore::OAuthUser::"alice", action in AgentCore::Action::"GetPrompt:Docs", ${at});`,
  });
  const client = await connect("mallory");
  const ref = { type: "ref/prompt" as const, name: "Docs___review" };
  const before = upstream.asked.length;
  await expect(client.complete({ ref, argument: { name: "language", value: "t" } })).rejects.toMatchObject({
    code: -32_000,
  });
  expect(upstream.asked).toHaveLength(before);
  expect((await client.listPrompts()).prompts).toEqual([]);
  expect((await client.listResources()).resources).toEqual([]);
  expect((await client.listResourceTemplates()).resourceTemplates).toEqual([]);
  await client.close();
});

test("groups: Mcp is everything, CallTool no prompt and no resource, ReadResource every target's", async () => {
  const { gateway, connect } = await gatewayWith();
  await gatehouse.attach(gateway, "ENFORCE", {
    tools: `permit(principal, action in AgentCore::Action::"CallTool", ${at});`,
    readers: `permit(principal == AgentCore::OAuthUser::"reader", action in AgentCore::Action::"ReadResource", ${at});`,
    prompters: `permit(principal == AgentCore::OAuthUser::"prompter", action in AgentCore::Action::"GetPrompt", ${at});`,
    admins: `permit(principal == AgentCore::OAuthUser::"admin", action in AgentCore::Action::"Mcp", ${at});`,
  });
  const seen = async (user: string) => {
    const client = await connect(user);
    const { prompts } = await client.listPrompts();
    const { resources } = await client.listResources();
    const { tools } = await client.listTools();
    await client.close();
    return [tools.length, prompts.length, resources.length];
  };
  expect(await seen("anybody")).toEqual([1, 0, 0]);
  expect(await seen("reader")).toEqual([1, 0, 2]);
  expect(await seen("prompter")).toEqual([1, 3, 0]);
  expect(await seen("admin")).toEqual([1, 3, 2]);
});

test("a gateway whose targets have none offers neither prompts nor resources", async () => {
  const gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: toolsOnly.endpoint } });
  const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"), "legacy");
  expect(client.getServerCapabilities()).toEqual({ tools: {}, logging: {} });
  await expect(client.request({ method: "prompts/get", params: { name: "x" } })).rejects.toMatchObject({
    code: -32_601,
  });
  await client.close();
});

describe("targets that fail", () => {
  test("are an internal error, told in full only at exception level DEBUG", async () => {
    const { connect } = await gatewayWith();
    const client = await connect("alice");
    const quiet = await client.getPrompt({ name: "Docs___broken" }).catch((error: unknown) => error);
    expect(quiet).toMatchObject({ code: -32_603 });
    expect(JSON.stringify(quiet) + String(quiet)).not.toContain("secret-detail");
    const refused = await review(client, "cobol").catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: -32_602 });
    expect(JSON.stringify(refused) + String(refused)).not.toContain("secret-detail");
    await expect(client.readResource({ uri: "gatehouse:Docs/file:///missing" })).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining("Resource not found"),
    });
    await client.close();

    const debugging = await (await gatewayWith(undefined, { exceptionLevel: "DEBUG" })).connect("alice");
    await expect(debugging.getPrompt({ name: "Docs___broken" })).rejects.toMatchObject({
      message: expect.stringContaining("secret-detail"),
    });
    await debugging.close();
  });
});

test("what can't be used is left out, and the target's status says so", async () => {
  const odd = await startFeatureUpstream();
  odd.prompts = [{ name: "bad\u200bname" }, { name: "good" }, { name: "hidden", description: "read\u202ethis" }];
  odd.resources = [
    { name: "a", uri: "file:///a/../b" },
    { name: "b", uri: "FILE:///b" },
    { name: "c", uri: "docs://Guide" },
  ];
  odd.templates = [{ name: "t", uriTemplate: "docs://{" }];
  const gateway = await gatehouse.createGateway();
  const targetId = await gatehouse.addTarget(gateway, "Odd", { mcpServer: { endpoint: odd.endpoint } });
  const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
  expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(["Odd___good"]);
  expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual(["gatehouse:Odd/docs://Guide"]);
  expect((await client.listResourceTemplates()).resourceTemplates).toEqual([]);
  const target = await gatehouse.control.send(new GetGatewayTargetCommand({ gatewayIdentifier: gateway.id, targetId }));
  expect(target.statusReasons).toHaveLength(5);
  expect(target.statusReasons?.join(" ")).toContain("dot segments");
  await client.close();
  await odd.stop();
});
