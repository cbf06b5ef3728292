import type { RecordedCall } from "@gatehouse/core/policy/replay/recordedCall.ts";
import type { GatewayConfiguration, PolicyRecord, ToolDescription } from "@gatehouse/core/storage/records.ts";

/**
 * An insurance company's gateway, 200 policies before and after a change, and what its agents have called: for `bench/replay.ts`.
 * The decisions are calculated here, by the same rules in other words, so that the replay's counts can be checked.
 */
const gatewayArn = "arn:aws:bedrock-agentcore:us-east-1:000000000000:gateway/bench-0123456789";
const start = Date.UTC(2026, 0, 1);
const departments = ["underwriting", "claims", "finance", "sales", "actuarial", "legal", "support", "it"] as const;
const regions = ["US", "EU", "UK", "APAC"] as const;
const targets = [
  "Application",
  "Risk",
  "Approval",
  "Claim",
  "Policy",
  "Payment",
  "Customer",
  "Document",
  "Broker",
  "Audit",
];
const tools = ["create", "update", "read"];
const principals = 5_000;

/** The rules of one version of the policies. */
export interface Rules {
  /** What the first five departments may handle, in dollars; the others may nothing. */
  readonly limits: readonly number[];
  /** What needs a senior. */
  readonly large: number;
  /** How many principals are suspended. */
  readonly suspended: number;
}

export const before: Rules = { limits: [50_000, 40_000, 90_000, 20_000, 60_000], large: 80_000, suspended: 20 };
/** Sales may handle less, claims more. */
export const after: Rules = { ...before, limits: [50_000, 45_000, 90_000, 15_000, 60_000] };

const inputSchema: ToolDescription["inputSchema"] = {
  type: "object",
  properties: {
    region: { type: "string" },
    amount: { type: "integer" },
    riskLevel: { type: "string", enum: ["low", "medium", "high"] },
    customer: { type: "object", properties: { id: { type: "string" }, since: { type: "integer" } } },
    note: { type: "string" },
  },
  required: ["region", "amount"],
};

export const configuration: GatewayConfiguration = {
  gateway: {
    gatewayId: "bench-0123456789",
    gatewayArn,
    name: "bench",
    roleArn: "",
    authorizerType: "CUSTOM_JWT",
    status: "READY",
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
    version: 1,
  },
  targets: targets.map((name) => ({
    gatewayId: "bench-0123456789",
    targetId: name,
    name,
    targetConfiguration: { mcp: { mcpServer: { endpoint: "https://example.com" } } },
    credentialProviderConfigurations: [],
    status: "READY",
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
    tools: tools.map((tool) => ({ name: tool, inputSchema })),
  })),
};

/** 200 policies: five permits for each of 30 tools, one forbid for each, and one for each who is suspended. */
export function policiesOf({ limits, large, suspended }: Rules): PolicyRecord[] {
  const resource = `resource == AgentCore::Gateway::"${gatewayArn}"`;
  const perTool = targets.flatMap((target) =>
    tools.flatMap((tool): (readonly [string, string])[] => {
      const action = `action == AgentCore::Action::"${target}___${tool}"`;
      const permits = limits.map((limit, i) => {
        const has = `principal.hasTag("department") && principal.getTag("department") == "${departments[i]}"`;
        const statement = `permit(principal, ${action}, ${resource}) when { ${has} && context.input.amount < ${limit} };`;
        return [`${target}_${tool}_${departments[i]}`, statement] as const;
      });
      const senior = `principal.hasTag("level") && principal.getTag("level") == "senior"`;
      const forbid = `forbid(principal, ${action}, ${resource}) when { context.input.amount > ${large} } unless { ${senior} };`;
      return [...permits, [`${target}_${tool}_large`, forbid]];
    }),
  );
  const suspensions = Array.from({ length: suspended }, (_, i): readonly [string, string] => [
    `suspended_${i}`,
    `forbid(principal == AgentCore::OAuthUser::"u${i * 7}", action, ${resource});`,
  ]);
  return [...perTool, ...suspensions].map(([policyId, statement]) => ({
    policyEngineId: "bench",
    policyId,
    policyArn: `arn:${policyId}`,
    name: policyId,
    statement,
    status: "ACTIVE",
    statusReasons: [],
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
  }));
}

/** What was called: the same calls for the same seed, some people and tools more often than others. */
export function* calls(number: number, rules: Rules = before): Generator<RecordedCall> {
  const random = randomOf(1);
  const chosen = (length: number) => Math.floor(length * random() ** 2);
  for (let i = 0; i < number; i++) {
    const user = chosen(principals);
    const tool = chosen(targets.length * tools.length);
    const department = departments[user % departments.length] ?? "";
    const level = user % 5 === 0 ? "senior" : "junior";
    const amount = random() < 0.5 ? 1_000 * chosen(100) : chosen(100_000);
    const decision = isAllowed(rules, user, amount, level) ? "ALLOW" : "DENY";
    yield {
      time: new Date(start + i * 2_592).toISOString(),
      principal: {
        type: "AgentCore::OAuthUser",
        id: `u${user}`,
        tags: {
          sub: `u${user}`,
          iss: "https://issuer.example.com/realms/insurance",
          aud: "https://gateway.example.com/gateways/bench-0123456789/mcp",
          client_id: `agent-${user % 12}`,
          scope: "openid tools",
          iat: String(1_767_225_600 + i),
          exp: String(1_767_229_200 + i),
          department,
          level,
        },
      },
      tool: `${targets[Math.floor(tool / tools.length)]}___${tools[tool % tools.length]}`,
      arguments: {
        region: regions[chosen(regions.length)] ?? "US",
        amount,
        riskLevel: amount > 50_000 ? "high" : "low",
        customer: { id: `c${chosen(100_000)}`, since: 2_000 + chosen(26) },
        ...(random() < 0.3 ? { note: `Case ${i}: as agreed with the customer on the phone, see the documents` } : {}),
      },
      decision,
      determiningPolicies: [],
      decisionId: `00000000-0000-4000-8000-${i.toString(16).padStart(12, "0")}`,
    };
  }
}

/** How many of these calls the second rules decide otherwise than the first. */
export function changesBetween(number: number, first: Rules, second: Rules) {
  const counts = { unchanged: 0, newlyAllowed: 0, newlyDenied: 0 };
  for (const { principal, arguments: args, decision } of calls(number, first)) {
    const user = Number(principal.id.slice(1));
    const allowed = isAllowed(second, user, Number(args.amount), principal.tags.level ?? "");
    if (allowed === (decision === "ALLOW")) counts.unchanged += 1;
    else counts[allowed ? "newlyAllowed" : "newlyDenied"] += 1;
  }
  return counts;
}

function isAllowed({ limits, large, suspended }: Rules, user: number, amount: number, level: string): boolean {
  const limit = limits[user % departments.length] ?? 0;
  const isSuspended = user % 7 === 0 && user / 7 < suspended;
  return amount < limit && !(amount > large && level !== "senior") && !isSuspended;
}

/** Mulberry32: small, and the same everywhere. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
