import { isAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import { compilePolicies } from "@gatehouse/core/policy/engine.ts";
import { buildSchema } from "@gatehouse/core/policy/schema/schema.ts";
import type { GatewayConfiguration, PolicyRecord, ToolDescription } from "@gatehouse/core/storage/records.ts";
import { round, summary, timeCalls } from "./statistics.ts";

const gatewayArn = "arn:aws:bedrock-agentcore:us-east-1:000000000000:gateway/bench-0123456789";
const now = "2026-01-01T00:00:00.000Z";
const principal = { type: "AgentCore::OAuthUser", id: "alice", tags: { department: "finance", sub: "alice" } } as const;

/** One authorisation: our engine at several sizes, and Cedar used naively (every policy parsed at every call). */
export function benchPolicy() {
  const cases = [
    { tools: 10, policies: 10 },
    { tools: 1, policies: 10 },
    { tools: 10, policies: 1_000 },
    { tools: 1_000, policies: 1_000 },
    { tools: 1_000, policies: 10_000 },
  ].map((size) => ({ ...size, ...measure(size.tools, size.policies) }));
  const p50 = (tools: number, policies: number) =>
    cases.find((one) => one.tools === tools && one.policies === policies)?.authorize.p50 ?? Number.NaN;
  const naive = { ...measureNaive(10, 10, 300), "1000 policies": measureNaive(10, 1_000, 5) };
  return {
    unit: "microseconds",
    cases,
    naive,
    ratios: {
      "p50 with 10 policies over 10 tools (goal: at most 60)": p50(10, 10),
      "10,000 policies over 1,000 tools / 10 over 10 (goal: at most 1.5)": round(p50(1_000, 10_000) / p50(10, 10), 2),
      "10,000 policies over 1,000 tools / 10 over 1, as many a call": round(p50(1_000, 10_000) / p50(1, 10), 2),
      "1,000 policies over 1,000 tools / 10 over 10, as many a call": round(p50(1_000, 1_000) / p50(10, 10), 2),
      "naive / ours, 10 policies": round(naive.p50 / p50(10, 10)),
    },
  };
}

function measure(toolCount: number, policyCount: number) {
  const configuration = configurationOf(toolCount);
  const start = performance.now();
  const engine = compilePolicies({ configuration, policies: policiesOf(toolCount, policyCount) });
  const compiled = performance.now();
  const authorize = (index: number) => {
    const tool = `T___tool${index % toolCount}`;
    const args = { amount: index % 7, region: "US" };
    engine.authorize({ principal, tool, arguments: args, now: new Date(now) });
  };
  // Sets are made when first used: every tool once, so that what is timed is the call and not the making.
  for (let index = 0; index < toolCount; index++) authorize(index);
  const warmed = performance.now();
  const samples = timeCalls(authorize, { calls: 20_000, warmUp: 2_000 });
  const list = timeCalls(() => engine.list({ principal, now: new Date(now) }), { calls: 5, warmUp: 1 });
  engine.release();
  return {
    authorize: rounded(summary(samples)),
    compileMilliseconds: round(compiled - start),
    firstUseOfEveryToolMilliseconds: round(warmed - compiled),
    listMilliseconds: round(summary(list).p50 / 1_000),
  };
}

/** The way of the library's first example: policies, schema and entities as they are, at each call. */
function measureNaive(toolCount: number, policyCount: number, calls: number) {
  const configuration = configurationOf(toolCount);
  const schema = buildSchema(configuration).json;
  const staticPolicies = Object.fromEntries(
    policiesOf(toolCount, policyCount).map(({ policyId, statement }) => [policyId, statement]),
  );
  const samples = timeCalls(
    (index) => {
      const uid = { type: principal.type, id: principal.id };
      const answer = isAuthorized({
        principal: uid,
        action: { type: "AgentCore::Action", id: `T___tool${index % toolCount}` },
        resource: { type: "AgentCore::Gateway", id: gatewayArn },
        context: {
          input: { amount: index % 7, region: "US" },
          system: { now: { __extn: { fn: "datetime", arg: now } } },
        },
        schema,
        validateRequest: true,
        policies: { staticPolicies },
        entities: [{ uid, attrs: { id: principal.id }, parents: [], tags: principal.tags }],
      });
      if (answer.type !== "success") throw new Error(JSON.stringify(answer.errors));
    },
    { calls, warmUp: 1 },
  );
  return rounded(summary(samples));
}

function configurationOf(toolCount: number): GatewayConfiguration {
  const at = "2026-01-01T00:00:00.000Z";
  const tools = Array.from(
    { length: toolCount },
    (_, index): ToolDescription => ({
      name: `tool${index}`,
      inputSchema: {
        type: "object",
        properties: { amount: { type: "integer" }, region: { type: "string" } },
        required: ["amount"],
      },
    }),
  );
  return {
    gateway: {
      gatewayId: "bench-0123456789",
      gatewayArn,
      name: "bench",
      roleArn: "",
      authorizerType: "CUSTOM_JWT",
      status: "READY",
      createdAt: at,
      updatedAt: at,
      version: 1,
    },
    targets: [
      {
        gatewayId: "bench-0123456789",
        targetId: "T",
        name: "T",
        targetConfiguration: { mcp: { mcpServer: { endpoint: "https://example.com" } } },
        credentialProviderConfigurations: [],
        status: "READY",
        createdAt: at,
        updatedAt: at,
        tools,
      },
    ],
  };
}

function policiesOf(toolCount: number, policyCount: number): PolicyRecord[] {
  return Array.from({ length: policyCount }, (_, index) => ({
    policyEngineId: "bench",
    policyId: `p${index}`,
    policyArn: `arn:p${index}`,
    name: `p${index}`,
    statement: `permit(principal is AgentCore::OAuthUser, action == AgentCore::Action::"T___tool${index % toolCount}", resource == AgentCore::Gateway::"${gatewayArn}") when { context.input.amount < ${5 + index} && principal.hasTag("department") && principal.getTag("department") == "finance" };`,
    status: "ACTIVE",
    statusReasons: [],
    createdAt: now,
    updatedAt: now,
  }));
}

function rounded({ p50, p99 }: { p50: number; p99: number }) {
  return { p50: round(p50), p99: round(p99) };
}
