import { type ExampleRequest as FoundRequest, noTimeLeft, type Undecided } from "../../policy/analysis/analysis.ts";
import type { EnginePolicy } from "../../policy/engine.ts";
import { policyEngineNotFound } from "../../storage/configRepository.policyEngines.ts";
import type { GatewayConfiguration } from "../../storage/records.ts";
import { analysisTime } from "../analysisTime.ts";
import { configurationsOf, enforced } from "../findings.ts";
import type { ControlPlaneDependencies, HandlersOf } from "../handlers.ts";
import { refuse } from "../supported.ts";
import { readChanges, withChanges } from "./policyChanges.ts";
import type { ExampleRequest, GatewayPolicyAnalysis } from "./policyTypes.ts";

/**
 * The operation that says what an engine's policies mean at the gateways that use it, and what changes of them would
 * newly allow and newly deny. It changes nothing.
 */
export function policyAnalysisHandlers(dependencies: ControlPlaneDependencies): HandlersOf<"AnalyzePolicies"> {
  const { repository, policies: validator } = dependencies;
  return {
    async AnalyzePolicies({ policyEngineId, gatewayArn, changes }) {
      const loaded = await repository.loadPolicyEngine(policyEngineId);
      if (loaded === undefined) throw policyEngineNotFound(policyEngineId);
      const all = await configurationsOf(dependencies, loaded.engine);
      const configurations =
        gatewayArn === undefined ? all : all.filter(({ gateway }) => gateway.gatewayArn === gatewayArn);
      if (gatewayArn !== undefined && configurations.length === 0) {
        refuse("gatewayArn", "must be the ARN of a gateway that uses the policy engine");
      }
      const after = withChanges(loaded.policies, readChanges(changes, loaded.policies, validator));
      const [enforcedNow, enforcedThen] = [loaded.policies.filter(enforced), after.filter(enforced)];
      const time = analysisTime();
      const gateways: GatewayPolicyAnalysis[] = [];
      for (const configuration of configurations) {
        gateways.push(await analyze(dependencies, configuration, enforcedNow, enforcedThen, time));
      }
      return { policyEngineArn: loaded.engine.policyEngineArn, gateways };
    },
  };
}

async function analyze(
  { analyzer }: ControlPlaneDependencies,
  configuration: GatewayConfiguration,
  before: readonly EnginePolicy[],
  after: readonly EnginePolicy[],
  time: { readonly isUp: boolean },
): Promise<GatewayPolicyAnalysis> {
  // What is asked for first: what a change comes to.
  const changed = time.isUp ? unasked : await analyzer.compare(before, after, configuration);
  const relations = time.isUp ? unasked : await analyzer.relations(after, configuration);
  const reviews = [];
  for (const policy of after) {
    const { policyId } = policy;
    const others = after.filter((other) => other.policyId !== policyId);
    const review = time.isUp ? unasked : await analyzer.reviewInEngine(policy, others, configuration);
    reviews.push({ policyId, ...review });
  }
  return {
    gatewayArn: configuration.gateway.gatewayArn,
    findings: reviews.flatMap(({ policyId, findings }) =>
      findings.map(({ example, ...finding }) => ({
        policyId,
        ...finding,
        ...(example === undefined ? {} : { example: describe(example) }),
      })),
    ),
    shadowed: relations.shadowed,
    overlaps: relations.overlaps.map((overlap) => ({ ...overlap, example: describe(overlap.example) })),
    newlyAllowed: changed.newlyAllowed.map(({ tool, example }) => ({ tool, example: describe(example) })),
    newlyDenied: changed.newlyDenied.map(({ tool, example }) => ({ tool, example: describe(example) })),
    undecided: distinct([
      ...changed.undecided,
      ...relations.undecided,
      ...reviews.flatMap(({ policyId, undecided }) => undecided.map((one) => ({ policyId, ...one }))),
    ]),
  };
}

/** The answer to every question that there was no time for. */
const unasked = {
  findings: [],
  newlyAllowed: [],
  newlyDenied: [],
  shadowed: [],
  overlaps: [],
  undecided: [{ tools: [], reason: noTimeLeft }],
};

function distinct<T extends Undecided>(undecided: readonly T[]): T[] {
  return [...new Map(undecided.map((one) => [JSON.stringify(one), one])).values()];
}

function describe({ principal, tool, arguments: args, now, interceptor }: FoundRequest): ExampleRequest {
  return {
    principalType: principal.type,
    principalId: principal.id,
    ...("tags" in principal ? { principalTags: { ...principal.tags } } : {}),
    tool,
    arguments: args,
    ...(now === undefined ? {} : { time: new Date(now) }),
    ...(interceptor === undefined ? {} : { interceptor }),
  };
}
