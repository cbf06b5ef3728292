import { isAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import { compilePolicies, type PolicyEngine } from "@gatehouse/core/policy/engine.ts";
import { buildSchema } from "@gatehouse/core/policy/schema/schema.ts";
import type { GatewayConfiguration, PolicyRecord, ToolDescription } from "@gatehouse/core/storage/records.ts";
import { round, summary, timeCalls } from "./statistics.ts";

const gatewayArn = "arn:aws:bedrock-agentcore:us-east-1:000000000000:gateway/bench-0123456789";
const now = "2026-01-01T00:00:00.000Z";
const principal = { type: "AgentCore::OAuthUser", id: "alice", tags: { department: "d0", sub: "alice" } } as const;

/** What is measured: as many policies over as many tools, each for one group of callers, so that one is about a call. */
const sizes = [10, 1_000].flatMap((tools) => [10, 1_000, 10_000].map((policies) => ({ tools, policies })));

/** Authorising, listing and compiling at several sizes; and Cedar used naively (every policy parsed at every call). */
export function benchPolicy() {
  const cases = sizes.map((size) => ({ ...size, ...measure(size.tools, size.policies) }));
  const p50s = cases.map(({ authorize }) => authorize.p50);
  const p99s = cases.map(({ authorize }) => authorize.p99);
  const smallest = cases[0]?.authorize ?? { p50: Number.NaN, p99: Number.NaN };
  const naive = { "10 policies": measureNaive(10, 10, 300), "1,000 policies": measureNaive(10, 1_000, 5) };
  const asked = measureLists(
    1_000,
    (index) => `principal has id && principal.id like "${index}*" || principal.hasTag("sub")`,
  );
  const cached = Math.max(...cases.map(({ list }) => list.cached));
  return {
    unit: "microseconds for authorize; milliseconds for list and compile; megabytes for memory",
    cases,
    "10 policies that all are about a call": { authorize: measureCalls(1, 10, 1) },
    "1,000 policies that all are about a call": { authorize: measureCalls(1, 1_000, 1) },
    "list of 1,000 tools, each with a policy that Cedar has to be asked about": asked,
    naive,
    ratios: {
      "authorise p50, largest / smallest case (goal: at most 1.5)": round(Math.max(...p50s) / smallest.p50, 2),
      "authorise p99, largest / smallest case (goal: at most 1.5)": round(Math.max(...p99s) / smallest.p99, 2),
      "list of 1,000 tools, cached, milliseconds (goal: at most 5)": cached,
      "naive / ours, 10 policies": round(naive["10 policies"].p50 / smallest.p50),
      "naive / ours, 1,000 policies": round(naive["1,000 policies"].p50 / (cases[1]?.authorize.p50 ?? Number.NaN)),
    },
  };
}

/** A statement that no case before has used, so that nothing of it was parsed. */
let generation = 0;

function measure(toolCount: number, policyCount: number) {
  generation += 1;
  const configuration = configurationOf(toolCount);
  buildSchema(configuration);
  const policies = policiesOf(toolCount, policyCount);
  const before = memory();
  const start = performance.now();
  const engine = compilePolicies({ configuration, policies });
  const indexed = performance.now();
  engine.problems();
  const cut = performance.now();
  const called = Math.min(toolCount, policyCount);
  const request = requests(engine, called, Math.max(1, policyCount / toolCount));
  for (let index = 0; index < Math.max(called, policyCount); index++) request(index);
  const warmed = performance.now();
  const held = memory();
  const authorize = quietest(request, 500);
  const again = quietest(
    requests(engine, 1, 1, () => 1),
    500,
  );
  const list = lists(engine);
  const incremental = measureChange(configuration, policies, engine);
  engine.release();
  return {
    authorize,
    "authorize, the same call again": again,
    list,
    compile: {
      "read and indexed": round(indexed - start),
      "cut and validated, all tools": round(cut - indexed),
      "first calls": round(warmed - cut),
      "a policy": round((warmed - start) / policyCount, 3),
      "after a change of one": incremental,
    },
    memory: { engine: round(held - before, 1) },
  };
}

/** One policy changes: until its tool has been called again, and one that it isn't about. */
function measureChange(configuration: GatewayConfiguration, policies: readonly PolicyRecord[], previous: PolicyEngine) {
  const [first, ...others] = policies;
  if (first === undefined) return Number.NaN;
  const changed = { ...first, statement: first.statement.replace("amount <", "amount <=") };
  const start = performance.now();
  const engine = compilePolicies({ configuration, policies: [changed, ...others], previous });
  const request = requests(engine, 2, 1);
  request(0);
  request(1);
  const taken = performance.now() - start;
  engine.release();
  return round(taken, 2);
}

function measureCalls(toolCount: number, policyCount: number, groups: number) {
  generation += 1;
  const policies = policiesOf(toolCount, policyCount, groups);
  const engine = compilePolicies({ configuration: configurationOf(toolCount), policies });
  const authorize = quietest(requests(engine, toolCount, groups), 50);
  engine.release();
  return authorize;
}

/** Of twenty rounds the one with the lowest median: what else the machine does comes and goes, the cost of a call stays. */
function quietest(request: (index: number) => void, calls: number) {
  const rounds = Array.from({ length: 20 }, () => summary(timeCalls(request, { calls, warmUp: calls / 10 })));
  const [best = { p50: Number.NaN, p99: Number.NaN }] = rounds.sort((a, b) => a.p50 - b.p50);
  return rounded(best);
}

function measureLists(toolCount: number, condition: (index: number) => string) {
  const policies = policiesOf(toolCount, toolCount).map((policy, index) => ({
    ...policy,
    statement: `permit(principal, action == AgentCore::Action::"T___tool${index}", resource) when { ${condition(index)} };`,
  }));
  const engine = compilePolicies({ configuration: configurationOf(toolCount), policies });
  engine.problems();
  const list = lists(engine);
  engine.release();
  return list;
}

/** Milliseconds for the first list of a caller, once the policies are cut, and for the next ones. */
function lists(engine: PolicyEngine) {
  const list = () => engine.list({ principal, now: new Date(now) });
  const [cold = Number.NaN] = timeCalls(list, { calls: 1, warmUp: 0 });
  return {
    cold: round(cold / 1_000, 2),
    cached: round(summary(timeCalls(list, { calls: 50, warmUp: 5 })).p50 / 1_000, 3),
  };
}

let lastAmount = 0;

/** Calls of one tool after the other, by callers of one group after the other; none was ever decided about before. */
function requests(engine: PolicyEngine, toolCount: number, groups: number, newAmount = () => ++lastAmount) {
  return (index: number) => {
    const tool = `T___tool${index % toolCount}`;
    const tags = { ...principal.tags, department: `d${Math.floor(index / toolCount) % groups}` };
    const args = { amount: newAmount(), region: "US" };
    const { error } = engine.authorize({
      principal: { ...principal, tags },
      tool,
      arguments: args,
      now: new Date(now),
    });
    if (error) throw new Error("The decision failed.");
  };
}

/** What the process holds, in megabytes: of WebAssembly's memory, only the process knows. */
function memory(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss / 2 ** 20;
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

/** As many policies for each tool, one after the other for as many groups of callers as it takes for one to be about a call. */
function policiesOf(
  toolCount: number,
  policyCount: number,
  groups = Math.max(1, policyCount / toolCount),
): PolicyRecord[] {
  return Array.from({ length: policyCount }, (_, index) => ({
    policyEngineId: "bench",
    policyId: `p${index}`,
    policyArn: `arn:p${index}`,
    name: `p${index}`,
    statement: `permit(principal is AgentCore::OAuthUser, action == AgentCore::Action::"T___tool${index % toolCount}", resource == AgentCore::Gateway::"${gatewayArn}") when { context.input.amount < ${5 + index + generation * 20_000} && principal.hasTag("department") && principal.getTag("department") == "d${Math.floor(index / toolCount) % groups}" };`,
    status: "ACTIVE",
    statusReasons: [],
    createdAt: now,
    updatedAt: now,
  }));
}

function rounded({ p50, p99 }: { p50: number; p99: number }) {
  return { p50: round(p50), p99: round(p99) };
}
