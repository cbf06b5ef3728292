import type { Analyzer } from "@gatehouse/core/policy/analysis/analysis.ts";
import { describeRequest } from "@gatehouse/core/policy/analysis/analysis.ts";
import { appliesTo, parsePolicy, reviewPolicies } from "@gatehouse/core/policy/validate.ts";
import type { Gateway } from "./gateway.ts";
import { type NamedPolicy, placed } from "./policies.ts";
import type { Finding } from "./problem.ts";

/**
 * Reviews the policies of one engine for a gateway; each can be read. What they mean is asked only of those that are valid,
 * together, as they would be in force.
 */
export async function reviewAll(
  policies: readonly NamedPolicy[],
  gateway: Gateway,
  analyzer: Analyzer,
): Promise<Finding[]> {
  const reviews = policies.map((policy) => ({ policy, findings: validityOf(policy, gateway) }));
  const sound = reviews.filter(({ findings }) => findings.length === 0).map(({ policy }) => policy);
  return [...reviews.flatMap(({ findings }) => findings), ...(await meaningOf(sound, gateway, analyzer))];
}

/** What is wrong with a policy by itself, or keeps it from being looked at any further. */
export function validityOf(policy: NamedPolicy, gateway: Gateway): Finding[] {
  const misplaced = misplacedIn(policy, gateway);
  return misplaced === undefined ? typesOf(policy, gateway) : [misplaced];
}

function typesOf({ name, statement, place }: NamedPolicy, { configuration }: Gateway): Finding[] {
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

/** What the policies come to together, as far as the solver can say. */
async function meaningOf(
  policies: readonly NamedPolicy[],
  { configuration }: Gateway,
  analyzer: Analyzer,
): Promise<Finding[]> {
  const textOf = ({ name, statement }: NamedPolicy) => ({ policyId: name, statement });
  const enforced = policies.filter(({ logOnly }) => !logOnly).map(textOf);
  const findings: Finding[] = [];
  const tell = (severity: Finding["severity"], name: string, message: string) => {
    const place = policies.find((policy) => policy.name === name)?.place;
    if (place !== undefined) findings.push({ severity, place, message: `policy ${name}: ${message}` });
  };
  for (const policy of policies.filter(({ ignoresFindings }) => !ignoresFindings)) {
    const policyId = policy.name;
    const others = enforced.filter((other) => other.policyId !== policyId);
    const review = await analyzer.reviewInEngine(textOf(policy), others, configuration);
    for (const { type, description } of review.findings) {
      if (type !== "VALID") tell("warning", policyId, `${type}: ${description}`);
    }
    for (const { reason } of review.undecided) tell("note", policyId, `not decided: ${reason}`);
  }
  const { shadowed, overlaps } = await analyzer.relations(enforced, configuration);
  for (const { policyId, by, tools } of shadowed) {
    tell("warning", policyId, `does nothing that policy ${by} doesn't do, for ${tools.join(", ")}`);
  }
  for (const { forbid, permit, example } of overlaps) {
    tell("note", forbid, `takes something from policy ${permit}: ${describeRequest(example)}`);
  }
  return findings;
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
