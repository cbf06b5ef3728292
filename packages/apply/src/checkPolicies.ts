import { GatehouseError, messageOf } from "@gatehouse/core/errors.ts";
import type { JsonObject } from "@gatehouse/core/json.ts";
import { appliesTo, parsePolicy, type Statement, validatePolicies } from "@gatehouse/core/policy/validate.ts";
import type { Deployment } from "./deployment.ts";
import type { Document } from "./document.ts";
import { type FutureGateway, futureGateways } from "./futureGateways.ts";
import type { PlanOptions } from "./plan.ts";
import type { Problem } from "./problems.ts";

/**
 * Parses every policy of a document and validates it strictly against the gateways that it can apply to, as they will be.
 * What only the service can know, the tools of MCP servers, is left to the service.
 * @param document with its references replaced.
 * @param unsound the gateways whose tools aren't as they should be, which are left out.
 */
export function checkPolicies(
  document: Document,
  deployment: Deployment,
  unsound: ReadonlySet<string>,
  options: PlanOptions,
): Problem[] {
  const gateways = futureGateways(document, deployment, unsound, options);
  const problems: Problem[] = [];
  for (const [engine, { policies }] of document.policyEngines) {
    for (const [name, entry] of policies) {
      const path = `policyEngines.${engine}.policies.${name}.statement`;
      const statement = parse(entry, path, problems);
      if (statement === undefined) continue;
      const { resourceArn } = statement;
      if (resourceArn !== undefined && !gateways.some(({ arn }) => arn === resourceArn)) {
        problems.push({ path, message: `names the gateway ${resourceArn}, which isn't there` });
      }
      for (const gateway of gateways) {
        const applies = resourceArn === undefined ? gateway.engine === engine : appliesTo(statement, gateway.arn);
        if (applies) problems.push(...findings(statement, gateway).map((message) => ({ path, message })));
      }
    }
  }
  return [...problems, ...checkOthers(document, deployment, gateways, options)];
}

/** The policies of an engine that the document doesn't have: they too must be valid where the engine is to enforce. */
function checkOthers(
  document: Document,
  deployment: Deployment,
  gateways: readonly FutureGateway[],
  { prune = false }: PlanOptions,
): Problem[] {
  return [...document.gateways].flatMap(([name, { policyEngine }]) => {
    const before = deployment.gateways.get(name)?.policyEngine;
    const starts =
      policyEngine?.mode === "ENFORCE" && (before?.mode !== "ENFORCE" || before.name !== policyEngine.name);
    const gateway = gateways.find((other) => other.name === name);
    if (!starts || gateway === undefined) return [];
    const present = deployment.policyEngines.get(policyEngine.name)?.policies ?? new Map<string, never>();
    const own = document.policyEngines.get(policyEngine.name);
    const staying = [...present].filter(([policy]) => own === undefined || !(prune || own.policies.has(policy)));
    return staying.flatMap(([policy, { settings, status }]) => {
      const statement = status === "ACTIVE" ? parse(settings, policy, []) : undefined;
      if (statement === undefined || !appliesTo(statement, gateway.arn)) return [];
      const path = `gateways.${name}.policyEngine`;
      return findings(statement, gateway).map((reason) => ({
        path,
        message: `can't be ENFORCE with the policy ${policy}, which is there and not in this document: ${reason}`,
      }));
    });
  });
}

function parse({ statement }: JsonObject, path: string, problems: Problem[]): Statement | undefined {
  // What isn't text, or too short, is told by the check of the request.
  if (typeof statement !== "string") return undefined;
  try {
    return parsePolicy(statement);
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    problems.push({ path, message: `can't be read: ${messageOf(error)}` });
    return undefined;
  }
}

/** What keeps a policy from being in force at a gateway, as far as it is known before. */
function findings(statement: Statement, { name, configuration, hasUnknownTools, knows }: FutureGateway): string[] {
  const speaksOfKnown = statement.namedActions.length > 0 && statement.namedActions.every(knows);
  if (configuration === undefined || (hasUnknownTools && !speaksOfKnown)) return [];
  const policy = { policyId: "policy", statement: statement.text };
  return validatePolicies([policy], configuration).map(
    ({ message }) => `isn't valid for the gateway ${name}: ${message}`,
  );
}
