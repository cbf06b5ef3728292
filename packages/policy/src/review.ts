import { appliesTo, parsePolicy, reviewPolicies } from "@gatehouse/core/policy/validate.ts";
import type { GatewayConfiguration } from "@gatehouse/core/storage/records.ts";
import type { Gateway } from "./gateway.ts";
import { type NamedPolicy, placed } from "./policies.ts";
import type { Finding } from "./problem.ts";

/** Reviews the policies of one engine for a gateway; each can be read. */
export async function reviewAll(policies: readonly NamedPolicy[], gateway: Gateway): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const policy of policies) {
    const misplaced = misplacedIn(policy, gateway);
    if (misplaced !== undefined) findings.push(misplaced);
    else {
      const others = policies.filter((other) => other !== policy);
      findings.push(...(await reviewOf(policy, others, gateway.configuration)));
    }
  }
  return findings;
}

/** What is wrong with a policy, or surely not meant, in an engine with these others. */
export async function reviewOf(
  { name, statement, place }: NamedPolicy,
  _others: readonly NamedPolicy[],
  configuration: GatewayConfiguration,
): Promise<Finding[]> {
  const { errors, warnings } = reviewPolicies([{ policyId: name, statement }], configuration);
  const finding = (severity: Finding["severity"], message: string): Finding => {
    const inFile = placed(message, place);
    return { severity, place: inFile.place, message: `policy ${name}: ${inFile.message}` };
  };
  return [
    ...errors.map(({ message }) => finding("error", message)),
    ...warnings.map(({ message }) => finding("warning", message)),
  ];
}

/** What keeps a policy from being looked at any further. */
function misplacedIn({ name, statement, place }: NamedPolicy, gateway: Gateway): Finding | undefined {
  const parsed = parsePolicy(statement);
  const { gatewayArn } = gateway.configuration.gateway;
  if (!appliesTo(parsed, gatewayArn)) {
    const named = parsed.resourceArn ?? "something else";
    const right = `resource == AgentCore::Gateway::"\${gateway.${gateway.name}.arn}"`;
    return { severity: "error", place, message: `policy ${name} is for ${named}, not for ${gateway.name}: ${right}` };
  }
  const isKnown = parsed.namedActions.length > 0 && parsed.namedActions.every(gateway.knows);
  if (!gateway.hasUnknownTools || isKnown) return undefined;
  const message = `policy ${name} isn't checked: it is about tools of MCP servers, which only a running Gatehouse knows`;
  return { severity: "note", place, message };
}
