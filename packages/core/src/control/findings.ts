import { featureActionsOf } from "../features.ts";
import { noTimeLeft } from "../policy/analysis/analysis.ts";
import type { EnginePolicy } from "../policy/engine.ts";
import type { PolicyText } from "../policy/validate.ts";
import type { GatewayConfiguration, PolicyEngineRecord } from "../storage/records.ts";
import { toolsOf } from "../tools.ts";
import { analysisTime } from "./analysisTime.ts";
import type { ControlPlaneDependencies } from "./handlers.ts";
import { gatewayIdOfArn } from "./identifiers.ts";

/** What is wrong once is wrong for each of a thousand tools: the first ones are enough to start mending. */
const mostFindings = 20;

/** The first findings, and how many more there are; all of them can be megabytes, which no item or answer holds. */
export function firstFindings(findings: readonly string[]): string[] {
  const more = findings.length - mostFindings;
  return more > 0 ? [...findings.slice(0, mostFindings), `And ${more} more findings.`] : [...findings];
}

/** What a policy is found to be, at the gateways that it can apply to. */
export interface Review {
  /** What keeps it from being in force. */
  readonly reasons: string[];
  /** What does not, and should be known: what nobody could find out about it. */
  readonly notes: string[];
}

type Mode = "FAIL_ON_ANY_FINDINGS" | "IGNORE_ALL_FINDINGS";

/**
 * Reviews a policy for every gateway that it can apply to, which is the one that it names as its resource, or else every
 * one that uses its engine: by strict validation always, and, unless findings are to be ignored, by what it would mean
 * among the engine's other policies.
 */
export async function reviewPolicy(
  dependencies: ControlPlaneDependencies,
  engine: PolicyEngineRecord,
  policy: PolicyText,
  mode: Mode = "FAIL_ON_ANY_FINDINGS",
): Promise<Review> {
  const found = await gatewaysOf(dependencies, engine, policy);
  if (typeof found === "string") return { reasons: [found], notes: [] };
  const reasons = found.flatMap((configuration) =>
    dependencies.policies
      .validatePolicies([policy], configuration)
      .map(({ message }) => `For gateway ${configuration.gateway.gatewayId}: ${message}`),
  );
  if (reasons.length > 0 || mode === "IGNORE_ALL_FINDINGS") return { reasons: firstFindings(reasons), notes: [] };
  return meaningOf(dependencies, engine, policy, found);
}

/** The gateways that a policy can apply to, or what is wrong with the one that it names. */
async function gatewaysOf(
  dependencies: ControlPlaneDependencies,
  engine: PolicyEngineRecord,
  { statement }: PolicyText,
): Promise<GatewayConfiguration[] | string> {
  const { repository, policies: validator } = dependencies;
  const { resourceArn } = validator.parsePolicy(statement);
  if (resourceArn === undefined) return configurationsOf(dependencies, engine);
  const gatewayId = gatewayIdOfArn(dependencies, resourceArn);
  if (gatewayId === undefined) {
    return `The policy's resource ${resourceArn} is not the ARN of a gateway of this account and region.`;
  }
  const configuration = await repository.loadGateway(gatewayId);
  return configuration === undefined
    ? `The policy's resource ${resourceArn} doesn't exist; create the gateway first, or name another.`
    : [configuration];
}

/** The gateways that use an engine. */
export async function configurationsOf(
  { repository }: ControlPlaneDependencies,
  { policyEngineArn }: PolicyEngineRecord,
): Promise<GatewayConfiguration[]> {
  const ids = await repository.gatewaysOfEngine(policyEngineArn);
  const loaded: GatewayConfiguration[] = [];
  for (const id of ids) {
    const configuration = await repository.loadGateway(id);
    // Deleted a moment ago.
    if (configuration !== undefined) loaded.push(configuration);
  }
  return loaded;
}

async function meaningOf(
  { repository, analyzer }: ControlPlaneDependencies,
  engine: PolicyEngineRecord,
  policy: PolicyText,
  gateways: readonly GatewayConfiguration[],
): Promise<Review> {
  const loaded = await repository.loadPolicyEngine(engine.policyEngineId);
  const others = (loaded?.policies ?? []).filter(enforced).filter(({ policyId }) => policyId !== policy.policyId);
  const reasons: string[] = [];
  const notes: string[] = [];
  const time = analysisTime();
  for (const configuration of gateways) {
    const { gatewayId } = configuration.gateway;
    if (time.isUp) {
      notes.push(`For gateway ${gatewayId}, not decided: ${noTimeLeft}`);
      continue;
    }
    // Whoever sets up a gateway may do so in any order: a policy about all of its tools isn't wrong for being the first.
    if (toolsOf(configuration).length + featureActionsOf(configuration).length === 0) {
      notes.push(`For gateway ${gatewayId}, not decided: it has no tools yet.`);
      continue;
    }
    const { findings, undecided } = await analyzer.reviewInEngine(policy, others, configuration);
    const wrong = findings.filter(({ type }) => type !== "VALID");
    reasons.push(...wrong.map(({ type, description }) => `For gateway ${gatewayId}: ${type}: ${description}`));
    notes.push(...undecided.map(({ reason }) => `For gateway ${gatewayId}, not decided: ${reason}`));
  }
  const meant = "If that is meant, say so by the validation mode IGNORE_ALL_FINDINGS.";
  return { reasons: firstFindings(reasons.length > 0 ? [...reasons, meant] : []), notes: firstFindings(notes) };
}

/** Whether a policy decides: one in LOG_ONLY does not. */
export function enforced({ enforcementMode }: EnginePolicy): boolean {
  return enforcementMode !== "LOG_ONLY";
}
