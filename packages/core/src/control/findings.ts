import type { PolicyEngineRecord } from "../storage/records.ts";
import type { ControlPlaneDependencies } from "./handlers.ts";
import { gatewayIdOfArn } from "./identifiers.ts";

/** What is wrong once is wrong for each of a thousand tools: the first ones are enough to start mending. */
const mostFindings = 20;

/** The first findings, and how many more there are; all of them can be megabytes, which no item or answer holds. */
export function firstFindings(findings: readonly string[]): string[] {
  const more = findings.length - mostFindings;
  return more > 0 ? [...findings.slice(0, mostFindings), `And ${more} more findings.`] : [...findings];
}

/**
 * What keeps a policy from being in force: strict validation against every gateway that it can apply to, which is the
 * one that it names as its resource, or else every one that uses its engine. Empty means nothing does.
 */
export async function findingsOf(
  dependencies: ControlPlaneDependencies,
  engine: PolicyEngineRecord,
  policy: { readonly policyId: string; readonly statement: string },
): Promise<string[]> {
  const { repository, policies: validator } = dependencies;
  const { resourceArn } = validator.parsePolicy(policy.statement);
  const named = resourceArn === undefined ? undefined : gatewayIdOfArn(dependencies, resourceArn);
  if (resourceArn !== undefined && named === undefined) {
    return [`The policy's resource ${resourceArn} is not the ARN of a gateway of this account and region.`];
  }
  const gatewayIds = named === undefined ? await repository.gatewaysOfEngine(engine.policyEngineArn) : [named];
  const findings: string[] = [];
  for (const gatewayId of gatewayIds) {
    const configuration = await repository.loadGateway(gatewayId);
    if (configuration !== undefined) {
      for (const { message } of validator.validatePolicies([policy], configuration)) {
        findings.push(`For gateway ${gatewayId}: ${message}`);
      }
    } else if (named !== undefined) {
      findings.push(`The policy's resource ${resourceArn} doesn't exist; create the gateway first, or name another.`);
    }
  }
  return firstFindings(findings);
}
