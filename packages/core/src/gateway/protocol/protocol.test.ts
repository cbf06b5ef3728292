import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { JsonObject } from "../../json.ts";
import { insurance, user } from "../../policy/testing/configuration.ts";
import { createCall } from "../call.ts";
import type { GatewayDependencies } from "../dependencies.ts";
import { featureCatalogueOf } from "../features/catalogue.ts";
import { createProtocol } from "./protocol.ts";

const snapshot = {
  configuration: insurance,
  tools: new Map(),
  features: featureCatalogueOf({ targets: [] }),
  argumentsCheck: () => () => undefined,
};
const accepted = Promise.withResolvers<void>();
/** What these methods need: lists are recorded, and that is waited for. */
const dependencies = {
  publisher: { publish: () => accepted.promise },
  now: () => new Date(),
  onError: () => {},
} as unknown as GatewayDependencies;
const protocol = createProtocol(dependencies);

const version = "2026-07-28";
const envelope = {
  "io.modelcontextprotocol/protocolVersion": version,
  "io.modelcontextprotocol/clientCapabilities": {},
};
const common = { "content-type": "application/json", accept: "application/json, text/event-stream" };

function ask(message: JsonObject, headers: Record<string, string> = {}): Promise<Response> {
  const all = new Headers({ ...common, ...headers });
  return protocol(all, createCall(snapshot, user(), message, all));
}

const legacy = (method: string, params: JsonObject = {}, headers = {}) =>
  ask({ jsonrpc: "2.0", id: 1, method, params }, headers);

function modern(method: string, params: JsonObject = {}, headers = {}) {
  const message = { jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: envelope } };
  return ask(message, { "mcp-protocol-version": version, "mcp-method": method, ...headers });
}

describe("before 2026-07-28", () => {
  test.each([
    ["2025-11-25", "2025-11-25"],
    ["2025-06-18", "2025-06-18"],
    ["2025-03-26", "2025-03-26"],
    ["1999-01-01", "2025-11-25"],
    [version, "2025-11-25"],
  ])("whoever asks for %s by initialize gets %s", async (protocolVersion, given) => {
    const { result } = (await (await legacy("initialize", { protocolVersion })).json()) as { result: JsonObject };
    expect(result).toMatchObject({ protocolVersion: given, serverInfo: { name: insurance.gateway.name } });
    expect(Object.keys(result.capabilities as JsonObject)).toContain("tools");
  });

  test("ping is answered, a notification taken, and what isn't known is refused under status 200", async () => {
    expect(await (await legacy("ping")).json()).toEqual({ jsonrpc: "2.0", id: 1, result: {} });
    const taken = await ask({ jsonrpc: "2.0", method: "notifications/initialized" });
    expect([taken.status, await taken.text()]).toEqual([202, ""]);
    for (const method of ["server/discover", "subscriptions/listen", "no/such", "constructor", "__proto__"]) {
      const answer = await legacy(method);
      expect([answer.status, ((await answer.json()) as { error: JsonObject }).error.code]).toEqual([200, -32_601]);
    }
  });

  test("a level that there is can be set, and no other", async () => {
    expect(await (await legacy("logging/setLevel", { level: "error" })).json()).toMatchObject({ result: {} });
    expect(await (await legacy("logging/setLevel", { level: "loud" })).json()).toMatchObject({
      error: { code: -32_602 },
    });
  });

  test("a version that nobody knows is refused", async () => {
    expect((await legacy("ping", {}, { "mcp-protocol-version": "1999-01-01" })).status).toBe(400);
  });
});

describe("2026-07-28", () => {
  test("says who the gateway is, and for how long that may be kept", async () => {
    expect(await (await modern("server/discover")).json()).toMatchObject({
      result: {
        resultType: "complete",
        supportedVersions: [version],
        cacheScope: "private",
        ttlMs: expect.any(Number),
        _meta: { "io.modelcontextprotocol/serverInfo": { name: insurance.gateway.name } },
      },
    });
  });

  test.each(["initialize", "ping", "logging/setLevel", "resources/subscribe", "no/such", "toString"])(
    "has no %s: status 404",
    async (method) => {
      const answer = await modern(method);
      expect([answer.status, await answer.json()]).toMatchObject([404, { id: 1, error: { code: -32_601 } }]);
    },
  );

  test("another version is refused with those that there are", async () => {
    const _meta = { ...envelope, "io.modelcontextprotocol/protocolVersion": "2030-01-01" };
    const message = { jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta } };
    const answer = await ask(message, { "mcp-protocol-version": "2030-01-01", "mcp-method": "tools/list" });
    const error = { code: -32_022, data: { supported: [version], requested: "2030-01-01" } };
    expect([answer.status, await answer.json()]).toMatchObject([400, { id: 1, error }]);
  });

  test("what a request must say of itself it must say", async () => {
    const bare = { jsonrpc: "2.0", id: 1, method: "tools/list", params: {} };
    const unsaid = await ask(bare, { "mcp-protocol-version": version, "mcp-method": "tools/list" });
    expect([unsaid.status, await unsaid.json()]).toMatchObject([400, { error: { code: -32_602 } }]);
    const unnamed = await modern("tools/call", { name: "x", arguments: {} });
    expect([unnamed.status, await unnamed.json()]).toMatchObject([400, { error: { code: -32_020 } }]);
  });

  test("a subscription is acknowledged with nothing, and ends", async () => {
    const answer = await modern("subscriptions/listen", { notifications: { toolsListChanged: true } });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    const messages = (await answer.text())
      .split("\n")
      .flatMap((line) => (line.startsWith("data: ") ? [JSON.parse(line.slice(6))] : []));
    expect(messages).toMatchObject([
      { method: "notifications/subscriptions/acknowledged", params: { notifications: {} } },
      { id: 1, result: { resultType: "complete" } },
    ]);
    expect(await (await modern("subscriptions/listen")).json()).toMatchObject({ error: { code: -32_602 } });
  });
});

test("what isn't JSON, or can't be answered as the client takes it, is refused", async () => {
  expect((await legacy("ping", {}, { "content-type": "text/plain" })).status).toBe(415);
  expect((await legacy("ping", {}, { accept: "text/html" })).status).toBe(406);
  expect((await legacy("ping", {}, { accept: "*/*" })).status).toBe(200);
});

describe("a call that takes its time", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("is heard of before what stands between gives up, and leaves no timer behind", async () => {
    const answering = legacy("tools/list");
    await vi.advanceTimersByTimeAsync(19_000);
    const answer = await answering;
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    const text = answer.text();
    await vi.advanceTimersByTimeAsync(60_000);
    accepted.resolve();
    expect((await text).match(/^: .*$/gm)).toHaveLength(5);
    expect(await text).toContain('"result":{"tools":[]}');
    expect(vi.getTimerCount()).toBe(0);
  });
});
