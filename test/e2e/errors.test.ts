import { PutResourcePolicyCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import { type GatewayErrorCode, type GatewayErrorDefinition, gatewayErrors } from "@gatehouse/core/gateway/errors.ts";
import type { GatewaySettings } from "@gatehouse/core/storage/records.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { post, type RawAnswer, toolsCall } from "../support/mcp.ts";
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

interface Case {
  readonly settings?: GatewaySettings;
  readonly policies?: Record<string, string>;
  readonly scope?: string;
  /** What happens to the gateway before it is asked. */
  prepare?(gateway: TestGateway): Promise<unknown>;
  /** What is asked, as alice unless other headers say so. */
  readonly ask: (url: string, headers: Record<string, string>) => Promise<RawAnswer>;
}

const echo = (args: unknown = { text: "hello" }) => toolsCall("Up___echo", args);
const call =
  (body: object | string = echo(), more: Record<string, string> = {}): Case["ask"] =>
  (url, headers) =>
    post(url, body, { ...headers, ...more });
const oncePerDay = (scope: "PRINCIPAL" | "TOOL") => ({ rateLimits: [{ scope, limit: 1, periodSeconds: 86_400 }] });
const twice: Case["ask"] = async (url, headers) => {
  await post(url, echo(), headers);
  return post(url, echo(), headers);
};

/** A request that says itself of which version it is. */
const modern = (method: string, version: string): Case["ask"] => {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": version,
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const body = { jsonrpc: "2.0", id: 1, method, params: { _meta } };
  return call(body, { "MCP-Protocol-Version": version, "Mcp-Method": method });
};

/** How each error comes about, where a request alone brings it about. */
const cases: Partial<Record<GatewayErrorCode, Case>> = {
  // Another name of this machine: strangers are turned away by the machine's own guard, before they come to the gateway.
  forbiddenOrigin: { ask: call(echo(), { Origin: "http://localhost" }) },
  unknownGateway: { ask: (url, headers) => post(url.replace("/mcp", "x/mcp"), echo(), headers) },
  unauthenticated: { ask: call(echo(), { Authorization: "Bearer nothing" }) },
  insufficientScope: { scope: "tools", ask: call() },
  accessDenied: {
    prepare: ({ arn }) => {
      const Statement = { Effect: "Deny", Principal: "*", Action: "bedrock-agentcore:InvokeGateway", Resource: arn };
      const policy = JSON.stringify({ Version: "2012-10-17", Statement });
      return gatehouse.control.send(new PutResourcePolicyCommand({ resourceArn: arn, policy }));
    },
    ask: call(),
  },
  methodNotAllowed: { ask: (url, headers) => post(url, "", headers, "GET") },
  parseError: { ask: call("{") },
  invalidRequest: { ask: call("[]") },
  headerMismatch: { ask: call(echo(), { "Mcp-Name": "another" }) },
  unsupportedMediaType: { ask: call(echo(), { "Content-Type": "text/plain" }) },
  notAcceptable: { ask: call(echo(), { Accept: "text/html" }) },
  unsupportedVersion: { ask: modern("tools/list", "2027-01-01") },
  unsupportedLegacyVersion: { ask: call(echo(), { "MCP-Protocol-Version": "2020-01-01" }) },
  unknownMethod: { ask: modern("tools/forget", "2026-07-28") },
  rateLimited: { settings: oncePerDay("PRINCIPAL"), ask: twice },
  unknownTool: { ask: call(toolsCall("Up___nothing", {})) },
  invalidArguments: { ask: call(echo({ text: 1 })) },
  policyDenied: {
    policies: {
      nobody:
        'forbid(principal, action == AgentCore::Action::"Up___echo", resource == AgentCore::Gateway::"{gateway}");',
    },
    ask: call(),
  },
  toolRateLimited: { settings: oncePerDay("TOOL"), ask: twice },
  targetFailed: { ask: call(toolsCall("Up___crash", {})) },
  targetResultTooLarge: {
    settings: { targetSettings: [{ target: "Up", maxResultBytes: 1_000 }] },
    ask: call(echo({ text: "x".repeat(1_000) })),
  },
};
/** What needs something to be broken, and where that is tested. */
const elsewhere: Partial<Record<GatewayErrorCode, string>> = {
  rateLimitUnknown: "test/e2e/rateLimits.test.ts",
  toolRateLimitUnknown: "test/e2e/rateLimits.test.ts",
  targetTimedOut: "test/chaos/upstreams.test.ts",
  targetUnavailable: "test/chaos/upstreams.test.ts",
  targetBusy: "test/chaos/upstreams.test.ts",
  invalidParams: "packages/core/src/gateway/protocol/protocol.test.ts",
  invalidCursor: "test/security/promptsAndResources.test.ts",
  requestRefused: "test/e2e/promptsAndResources.test.ts",
  requestDenied: "test/e2e/promptsAndResources.test.ts",
  requestFailed: "test/e2e/promptsAndResources.test.ts",
  targetRefused: "test/e2e/promptsAndResources.test.ts",
  invalidRequestState: "test/security/requestState.test.ts",
  missingCapability: "test/e2e/relay.test.ts",
  consentNeeded: "test/identity/targets.test.ts",
  requestNeedsConsent: "test/identity/targets.test.ts",
  urlElicitationRequired: "test/identity/targets.test.ts",
  targetConsentDeclined: "test/identity/targets.test.ts",
  targetCredentialFailed: "test/identity/targets.test.ts",
  invokeDenied: "test/security/inbound.test.ts",
  noTokens: "test/security/inbound.test.ts",
  quarantined: "test/security/toolPinning.test.ts",
  interceptorFailed: "test/e2e/interceptors.test.ts",
  internal: "here",
  unrecorded: "here",
};

test("every error of the catalogue is provoked", () => {
  expect(Object.keys({ ...cases, ...elsewhere }).sort()).toEqual(Object.keys(gatewayErrors).sort());
});

test.each(Object.keys(cases) as GatewayErrorCode[])(
  "%s is answered and recorded as the catalogue says",
  async (code) => {
    const { settings = {}, policies, scope, prepare, ask } = cases[code] as Case; // It is one of their keys.
    const gateway = await gatehouse.createGateway(scope === undefined ? {} : { scope });
    await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
    await sendOwn(gatehouse.control, "PutGatewaySettings", { gatewayIdentifier: gateway.id, ...settings });
    if (policies !== undefined) await gatehouse.attach(gateway, "ENFORCE", policies);
    await prepare?.(gateway);
    const answer = await ask(gateway.url, { Authorization: `Bearer ${await gatehouse.token(gateway, "alice")}` });
    expectAnswer(answer, code);
    const [last] = (await gatehouse.decisions(gateway)).slice(-1);
    expect(last?.outcome ?? "none").toBe(gatewayErrors[code].recorded);
  },
);

test("what neither bus nor outbox takes is an error, whatever the tool said, and what fails inside is 500", async () => {
  const gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
  const headers = { Authorization: `Bearer ${await gatehouse.token(gateway, "alice")}` };
  const { documentClient, eventBridge } = await import("@gatehouse/functions/aws.ts");
  const away = async () => {
    throw new Error("It is away.");
  };
  const options = { step: "initialize", name: "away" } as const;
  expect((await post(gateway.url, echo(), headers)).body?.result?.isError).toBeFalsy();
  eventBridge.middlewareStack.add(() => away, options);
  documentClient.middlewareStack.add(
    (next, { commandName }) =>
      (args) =>
        commandName === "PutItemCommand" ? away() : next(args),
    options,
  );
  try {
    expectAnswer(await post(gateway.url, echo(), headers), "unrecorded");
    documentClient.middlewareStack.add(() => away, { ...options, name: "all away" });
    const other = gateway.url.replace(gateway.id, "another-0123456789");
    expectAnswer(await post(other, echo(), headers), "internal");
  } finally {
    eventBridge.middlewareStack.remove(options.name);
    documentClient.middlewareStack.remove(options.name);
    documentClient.middlewareStack.remove("all away");
  }
});

/** The answer has the form that the catalogue gives the error, and names it. */
function expectAnswer({ status, headers, body }: RawAnswer, code: GatewayErrorCode): void {
  const { answer, retryable }: GatewayErrorDefinition = gatewayErrors[code];
  const detail = { "gatehouse/error": { code, retryable } };
  if (answer.as === "toolError") {
    expect(status).toBe(200);
    expect(body).toMatchObject({ result: { isError: true, _meta: detail } });
    return;
  }
  if (answer.as === "http") expect(status).toBe(answer.status);
  expect(body).toMatchObject({ error: { code: answer.jsonRpc, data: detail } });
  expect(headers.has("retry-after")).toBe(code === "rateLimited");
}
