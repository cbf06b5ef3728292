import type { EngineCheck } from "../storage/configRepository.gateways.ts";
import type { GatewayConfiguration, GatewayRecord } from "../storage/records.ts";
import { enforced, firstFindings } from "./findings.ts";
import type { ControlPlaneDependencies } from "./handlers.ts";
import { idOfArn } from "./identifiers.ts";
import { refuse } from "./supported.ts";

const path = "policyEngineConfiguration";

/**
 * Makes sure that a gateway's policy engine exists and, where it is to enforce, that each of its policies that can apply
 * to the gateway is valid for the gateway's tools: Cedar skips a policy that fails in evaluation, a forbid too (T15).
 * LOG_ONLY is how one finds out, so it takes any.
 * @param targetsOf reads the gateway's targets, which is asked of it only where they matter.
 * @returns the engine's version that was checked, which must be the version still when the gateway is stored.
 * @throws GatehouseError `validation` that lists the first problems.
 */
export async function checkEngine(
  { repository, policies: validator }: ControlPlaneDependencies,
  gateway: GatewayRecord,
  targetsOf: () => Promise<GatewayConfiguration["targets"]>,
): Promise<EngineCheck> {
  const { gatewayArn, policyEngineConfiguration: use } = gateway;
  if (use?.arn === undefined) return {};
  const loaded = await repository.loadPolicyEngine(idOfArn(use.arn));
  if (loaded === undefined || loaded.engine.policyEngineArn !== use.arn) {
    refuse(`${path}.arn`, `must be the ARN of a policy engine that exists: there is none ${use.arn}`);
  }
  if (use.mode !== "ENFORCE") return {};
  const applying = loaded.policies.filter(enforced).filter(({ statement }) => {
    const { resourceArn } = validator.parsePolicy(statement);
    return resourceArn === undefined || resourceArn === gatewayArn;
  });
  const findings = validator.validatePolicies([...applying], { gateway, targets: await targetsOf() });
  if (findings.length > 0) {
    const problems = firstFindings(findings.map(({ policyId, message }) => `${policyId}: ${message}`)).join("; ");
    refuse(
      path,
      `can't be ENFORCE: the engine's policies are not valid for the tools of this gateway (${problems}); mend them, or attach the engine as LOG_ONLY`,
    );
  }
  return { checkedEngineVersion: loaded.engine.version };
}
