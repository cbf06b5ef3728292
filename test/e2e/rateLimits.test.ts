import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import type { RateLimit } from "@gatehouse/core/storage/records.ts";
import { tableName } from "@gatehouse/local/tables.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { connectClient, post, textOf, toolsCall } from "../support/mcp.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

let gatehouse: TestGatehouse;
let upstream: Upstream;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  upstream = await startUpstream();
});
afterAll(async () => {
  await gatehouse?.[Symbol.asyncDispose]();
  await upstream?.stop();
});

/** An hour gives back nothing while a test runs: what is used up stays used up. */
const periodSeconds = 86_400;

async function gatewayWith(...limits: Omit<RateLimit, "periodSeconds">[]): Promise<TestGateway> {
  const gateway = await gatehouse.createGateway();
  const rateLimits = limits.map((limit) => ({ ...limit, periodSeconds }));
  await sendOwn(gatehouse.control, "PutGatewaySettings", { gatewayIdentifier: gateway.id, rateLimits });
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
  upstream.calls.length = 0;
  return gateway;
}

async function callerOf(gateway: TestGateway, user: string) {
  const headers = { Authorization: `Bearer ${await gatehouse.token(gateway, user)}` };
  return {
    call: (tool = "Up___echo", id = 1) => post(gateway.url, toolsCall(tool, { text: "hello" }, id), headers),
    list: () => post(gateway.url, { jsonrpc: "2.0", id: 1, method: "tools/list" }, headers),
  };
}

describe("a principal's limit", () => {
  test("is 429 with the time to come again, reaches no target, is on record, and is nobody else's", async () => {
    const gateway = await gatewayWith({ scope: "PRINCIPAL", limit: 3 });
    const [alice, bob] = [await callerOf(gateway, "alice"), await callerOf(gateway, "bob")];
    for (let call = 0; call < 3; call++) expect((await alice.call()).status).toBe(200);
    const refused = await alice.call("Up___echo", 7);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(28_000);
    expect(refused.body).toMatchObject({
      id: 7,
      error: {
        code: -32_000,
        message: expect.stringMatching(
          /^The rate limit of 3 your requests in 86400 seconds is used up\. Try again in \d+ seconds\.$/,
        ),
        data: { "gatehouse/error": { code: "rateLimited", retryable: true } },
      },
    });
    expect((await alice.list()).status).toBe(429);
    expect((await bob.call()).status).toBe(200);
    expect(upstream.calls).toHaveLength(4);
    const rejected = (await gatehouse.decisions(gateway)).filter(({ outcome }) => outcome === "rejected");
    expect(rejected).toMatchObject([
      {
        principal: { id: "alice" },
        decision: "DENY",
        tool: "Up___echo",
        reason: expect.stringContaining("rate limit"),
      },
      { principal: { id: "alice" }, method: "tools/list" },
    ]);
  });

  test("is an error to the SDK's client, which says what it is", async () => {
    const gateway = await gatewayWith({ scope: "PRINCIPAL", limit: 4 });
    const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
    const untilRefused = async () => {
      for (;;) await client.callTool({ name: "Up___echo", arguments: {} });
    };
    await expect(untilRefused()).rejects.toThrow(/rate limit|429/);
    await client.close();
  });
});

test("a gateway's limit holds for all principals together, also for what can't be read", async () => {
  const gateway = await gatewayWith({ scope: "GATEWAY", limit: 3 });
  const [alice, bob] = [await callerOf(gateway, "alice"), await callerOf(gateway, "bob")];
  expect([(await alice.call()).status, (await bob.call()).status]).toEqual([200, 200]);
  const headers = { Authorization: `Bearer ${await gatehouse.token(gateway, "carol")}` };
  expect([(await post(gateway.url, "{", headers)).status, (await post(gateway.url, "{", headers)).status]).toEqual([
    400, 429,
  ]);
});

test("who is over their own limit takes nothing of the gateway's", async () => {
  const gateway = await gatewayWith({ scope: "PRINCIPAL", limit: 1 }, { scope: "GATEWAY", limit: 3 });
  const [alice, bob] = [await callerOf(gateway, "alice"), await callerOf(gateway, "bob")];
  const answers = [];
  for (let call = 0; call < 10; call++) answers.push((await alice.call()).status);
  expect(answers).toEqual([200, ...Array(9).fill(429)]);
  expect((await bob.call()).status).toBe(200);
});

describe("a tool's limit", () => {
  test("is a tool error that says when, and other tools and lists go on", async () => {
    const gateway = await gatewayWith({ scope: "TOOL", tool: "Up___echo", limit: 2 });
    const [alice, bob] = [await callerOf(gateway, "alice"), await callerOf(gateway, "bob")];
    expect((await alice.call()).body?.result?.isError).toBeFalsy();
    expect((await bob.call()).body?.result?.isError).toBeFalsy();
    const { status, body } = await alice.call();
    expect(status).toBe(200);
    expect(textOf(body?.result)).toMatch(/2 calls of Up___echo in 86400 seconds.* Try again in \d+ seconds\.$/);
    expect(body?.result).toMatchObject({ isError: true, _meta: { "gatehouse/error": { code: "toolRateLimited" } } });
    expect(textOf((await alice.call("Up___fail")).body?.result)).toBe("it failed");
    expect((await alice.list()).status).toBe(200);
    expect(upstream.calls).toHaveLength(3);
    expect((await gatehouse.decisions(gateway)).filter(({ outcome }) => outcome === "rejected")).toMatchObject([
      { tool: "Up___echo", target: "Up", decision: "DENY", reason: expect.stringContaining("rate limit") },
    ]);
  });

  test("without a name is each tool's own", async () => {
    const gateway = await gatewayWith({ scope: "TOOL", limit: 1 });
    const { call } = await callerOf(gateway, "alice");
    const tools = ["Up___echo", "Up___fail", "Up___echo", "Up___fail"];
    const texts = [];
    for (const tool of tools) texts.push(textOf((await call(tool)).body?.result));
    expect(texts.map((text) => text.includes("rate limit"))).toEqual([false, false, true, true]);
  });

  test("isn't used up by calls that policy denies", async () => {
    const gateway = await gatewayWith({ scope: "TOOL", limit: 1 });
    await gatehouse.attach(gateway, "ENFORCE", {
      bob: `permit(principal, action == AgentCore::Action::"Up___echo", resource == AgentCore::Gateway::"{gateway}") when { principal.hasTag("team") && principal.getTag("team") == "blue" };`,
    });
    const alice = await callerOf(gateway, "alice");
    for (let call = 0; call < 5; call++) expect(textOf((await alice.call()).body?.result)).toContain("Denied");
    const headers = { Authorization: `Bearer ${await gatehouse.token(gateway, "bob", { team: "blue" })}` };
    const { body } = await post(gateway.url, toolsCall("Up___echo", {}), headers);
    expect(body?.result?.isError).toBeFalsy();
  });
});

test("what can't be counted is not let through: 503, or a tool error, and no target is reached", async () => {
  const [requests, calls] = [
    await gatewayWith({ scope: "PRINCIPAL", limit: 100 }),
    await gatewayWith({ scope: "TOOL", limit: 100 }),
  ];
  const callers = [await callerOf(requests, "alice"), await callerOf(calls, "alice")];
  const unlimited = await gatewayWith();
  const free = await callerOf(unlimited, "alice");
  await using _ = await withoutTable(tableName("aggregates"));
  const [request, call] = await Promise.all(callers.map((caller) => caller.call()));
  expect(request).toMatchObject({
    status: 503,
    body: {
      error: {
        message: expect.stringContaining("could not be checked"),
        data: { "gatehouse/error": { code: "rateLimitUnknown" } },
      },
    },
  });
  expect(call?.body?.result).toMatchObject({
    isError: true,
    _meta: { "gatehouse/error": { code: "toolRateLimitUnknown" } },
  });
  expect(upstream.calls).toEqual([]);
  // Who has no limits needs no table.
  expect((await free.call()).body?.result?.isError).toBeFalsy();
});

/** While it lasts, the functions reach no such table. */
async function withoutTable(table: string): Promise<AsyncDisposable> {
  const { documentClient } = await import("@gatehouse/functions/aws.ts");
  const name = "table-is-away";
  documentClient.middlewareStack.add(
    (next) => async (args) => {
      if ("TableName" in args.input && args.input.TableName === table) throw new Error("The table is away.");
      return next(args);
    },
    { step: "initialize", name },
  );
  return {
    async [Symbol.asyncDispose]() {
      documentClient.middlewareStack.remove(name);
    },
  };
}
