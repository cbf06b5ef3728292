import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Occurrence } from "@gatehouse/core/observability/cubes.ts";
import { aggregatesOf } from "@gatehouse/core/observability/widgets/testing.ts";
import type { SessionSummary } from "@gatehouse/core/storage/spanRepository.ts";
import { createDashboard } from "@gatehouse/local/dashboard/dashboard.ts";

const minute = 60_000;
export const now = Date.UTC(2026, 10, 26, 14, 3);

/** Numbers from 0 to 1 that are the same in each run (Lehmer's generator). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const tools = [
  { target: "ApplicationToolTarget", tool: "ApplicationToolTarget___create_application", deny: 0.14, fail: 0.01 },
  { target: "RiskModelToolTarget", tool: "RiskModelToolTarget___invoke_risk_model", deny: 0.05, fail: 0.06 },
  { target: "ApprovalToolTarget", tool: "ApprovalToolTarget___approve_underwriting", deny: 0.3, fail: 0.02 },
  { target: "Claims", tool: "Claims___search_claims_by_policy_number_and_date", deny: 0.01, fail: 0.09 },
] as const;
const principals = ["alice", "erik", "fiona", "batch-reports@example.com", "mallory"] as const;
const errors = ["5xx", "timeout", "4xx", "tool"] as const;

/** Six hours of an insurance's agents, up to `now`. */
export function occurrences(hours = 6, callsAMinute = 6): Occurrence[] {
  const random = numbers(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const found: Occurrence[] = [];
  for (let at = now - hours * 60 * minute; at < now; at += minute) {
    const busy = 0.6 + 0.4 * Math.sin(at / (90 * minute));
    const spike = at > now - 25 * minute && at < now - 15 * minute ? 3 : 1;
    for (let call = 0; call < callsAMinute * busy * spike; call++) {
      const { target, tool, deny, fail } = pick(tools);
      const scope = random() < 0.8 ? "insurance-7f3k2m" : "claims-1a2b3c";
      const denied = random() < deny * (spike > 1 ? 2.2 : 1);
      const outcome = denied ? (random() < 0.25 ? "would-deny" : "denied") : random() < 0.02 ? "rejected" : "allowed";
      const policies = denied ? pick([["limit_coverage"], ["finance_only"], []]) : ["agents_may_call"];
      const flipping = outcome === "allowed" && random() < 0.08 ? pick([["no_weekend_approvals"], ["eu_only"]]) : [];
      const time = at + random() * minute;
      const dimensions = {
        mode: "ENFORCE",
        method: "tools/call",
        target,
        tool,
        decision: denied ? "DENY" : "ALLOW",
        outcome,
        principal: pick(principals),
      };
      found.push({
        cube: "decisions",
        scope,
        time,
        dimensions: {
          ...dimensions,
          policies: JSON.stringify(policies),
          ...(flipping.length > 0 ? { flippingPolicies: JSON.stringify(flipping) } : {}),
        },
        durationMicroseconds: 40 + random() * 60,
        measures: {},
      });
      const failed = outcome === "allowed" && random() < fail;
      found.push({
        cube: "calls",
        scope,
        time,
        dimensions: { ...dimensions, ...(failed ? { error: pick(errors) } : {}) },
        durationMicroseconds: denied
          ? 2_000 * random()
          : 9_000 + 60_000 * random() ** 4 * spike + (failed ? 80_000 : 0),
        measures: {},
      });
    }
    for (let call = 0; call < 3 * busy; call++) {
      const [model, price] = pick([["claude-sonnet-4-5", 3] as const, ["nova-pro", 0.8] as const]);
      const inputTokens = Math.round(800 + random() * 4_000);
      const outputTokens = Math.round(80 + random() * 900);
      found.push({
        cube: "models",
        scope: pick(["underwriting-agent", "claims-agent"]),
        time: at,
        dimensions: { provider: "aws.bedrock", model },
        durationMicroseconds: 2_000_000,
        measures: {
          inputTokens,
          outputTokens,
          costNanoDollars: Math.round((inputTokens * price + outputTokens * price * 5) * 1_000),
        },
      });
    }
  }
  return [...found, ...evaluations(hours)];
}

const scale = {
  "Very Unhelpful": 0.167,
  "Neutral/Mixed": 0.5,
  "Somewhat Helpful": 0.667,
  "Very Helpful": 0.833,
} as const;

/** What evaluators have said of a tenth of the sessions: less good of a new version. */
function evaluations(hours: number): Occurrence[] {
  const random = numbers(11);
  const found: Occurrence[] = [];
  for (let at = now - hours * 60 * minute; at < now; at += 4 * minute) {
    const agentVersion = at > now - 70 * minute ? "2.1.0" : "2.0.3";
    const good = agentVersion === "2.1.0" ? 0.5 : 0.8;
    const labels = Object.keys(scale) as (keyof typeof scale)[];
    const label = labels[Math.floor(4 * random() ** (1.5 - good))] ?? "Very Helpful";
    const success = random() < good ? { label: "No Errors", value: 1 } : { label: "Errors", value: 0.5 };
    for (const [evaluator, said] of [
      ["Builtin.Helpfulness", { label, value: scale[label] }],
      ["Gatehouse.ToolSuccessRate", success],
    ] as const) {
      found.push({
        cube: "evaluations",
        scope: "underwriting_quality-1a2b3c4d5e",
        time: at,
        dimensions: { evaluator, label: said.label, agent: "underwriting-agent", agentVersion },
        durationMicroseconds: 900_000,
        measures: { scores: 1, scoreMillionths: Math.round(said.value * 1e6) },
      });
    }
  }
  return found;
}

const sessions: readonly SessionSummary[] = Array.from({ length: 4 }, (_, index) => ({
  sessionId: `3d9f0c52-1b7e-4f7a-8a55-0c9b7d6e2f1${index}`,
  from: now - (9 + index * 14) * minute,
  to: now - (2 + index * 12) * minute,
  gateways: ["insurance-7f3k2m"],
  agents: ["underwriting-agent"],
  decisions: 14 - index * 3,
  denials: index,
  modelCalls: 9 - index,
  inputTokens: 24_210 - 1_900 * index,
  outputTokens: 3_420,
  costNanoDollars: 124_000_000 - 9_000_000 * index,
  errors: index === 2 ? 1 : 0,
}));

/** The dashboard's page over what somebody says has happened, at an address of its own. */
export async function serveDashboard(happened: readonly Occurrence[], log: (line: string) => void = () => {}) {
  const aggregates = aggregatesOf(happened);
  const dashboard = createDashboard({
    sources: {
      aggregates,
      spans: {
        async *sessions() {
          if (happened.length > 0) yield* sessions;
        },
      },
    },
    log,
    now: () => now,
    offsetMinutes: () => 60,
  });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (!dashboard(request, response, pathname)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/dashboard`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
