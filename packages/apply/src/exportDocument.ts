import type { BedrockAgentCoreControlClient } from "@aws-sdk/client-bedrock-agentcore-control";
import { GatehouseError } from "@gatehouse/core/errors.ts";
import type { JsonObject } from "@gatehouse/core/json.ts";
import { stringify } from "yaml";
import type { Deployment, PresentGateway, PresentPolicyEngine } from "./deployment.ts";
import { differences } from "./difference.ts";
import { evaluationKinds, evaluationSections, type PresentEvaluation } from "./evaluation/kinds.ts";
import { identityKinds, identitySections, type PresentIdentity } from "./identity/kinds.ts";
import { withoutDefaults } from "./meaning.ts";
import { readDeployment } from "./read.ts";
import { escapeReferences, mapTexts } from "./references.ts";

/** What is to be exported; everything if nothing is named. */
export interface ExportOptions {
  readonly client: BedrockAgentCoreControlClient;
  readonly gateways?: readonly string[] | undefined;
  readonly policyEngines?: readonly string[] | undefined;
}

/**
 * The document of what is deployed, as YAML: applied to the same deployment it makes no difference. ARNs and URLs of
 * exported gateways become references, so that it can be applied to another one.
 * @throws GatehouseError `notFound` for a name that isn't there.
 */
export async function exportDocument({ client, gateways, policyEngines }: ExportOptions): Promise<string> {
  const everything = gateways === undefined && policyEngines === undefined;
  const extent = (names: readonly string[] = []) => (everything ? "all" : new Set(names));
  const identity = Object.fromEntries(everything ? identityKinds.map((kind) => [kind, "all" as const]) : []);
  const deployment = await readDeployment(client, {
    gateways: extent(gateways),
    policyEngines: extent(policyEngines),
    identity,
    evaluation: Object.fromEntries(everything ? evaluationKinds.map((kind) => [kind, "all" as const]) : []),
  });
  const chosenGateways = choose("gateway", deployment.gateways, everything ? undefined : (gateways ?? []));
  const chosenEngines = choose(
    "policy engine",
    deployment.policyEngines,
    everything ? undefined : (policyEngines ?? []),
  );
  const document = {
    ...(chosenGateways.size > 0 && { gateways: membersOf(chosenGateways, gatewayEntry) }),
    ...(chosenEngines.size > 0 && { policyEngines: membersOf(chosenEngines, policyEngineEntry) }),
    ...identitySectionsOf(deployment),
    ...evaluationSectionsOf(deployment),
  };
  return stringify(withReferences(document, chosenGateways), { version: "1.2", schema: "core", lineWidth: 0 });
}

function choose<T>(
  kind: string,
  from: ReadonlyMap<string, T>,
  names: readonly string[] | undefined,
): ReadonlyMap<string, T> {
  for (const name of names ?? []) {
    if (from.has(name)) continue;
    const there = from.size === 0 ? "there is none" : `there are ${[...from.keys()].join(", ")}`;
    throw new GatehouseError("notFound", `There is no ${kind} ${name}; ${there}.`);
  }
  return names === undefined ? from : new Map([...from].filter(([name]) => names.includes(name)));
}

/** Agents, and credential providers with the names of the variables in which their secrets are looked for. */
function identitySectionsOf({ identity = {} }: Deployment): JsonObject {
  const sections = identityKinds.flatMap((kind): [string, JsonObject][] => {
    const entries = identity[kind] ?? new Map<string, never>();
    if (entries.size === 0) return [];
    const entryOf = ({ settings, tags }: PresentIdentity) => withoutEmpty({ ...settings, tags });
    return [[identitySections[kind].section, membersOf(entries, entryOf)]];
  });
  return Object.fromEntries(sections);
}

function evaluationSectionsOf({ evaluation }: Deployment): JsonObject {
  const sections = evaluationKinds.flatMap((kind): [string, JsonObject][] => {
    const entries = evaluation?.present[kind] ?? new Map<string, never>();
    if (entries.size === 0) return [];
    const entryOf = ({ settings, tags }: PresentEvaluation) => withoutEmpty({ ...settings, tags });
    return [[evaluationSections[kind].section, membersOf(entries, entryOf)]];
  });
  return Object.fromEntries(sections);
}

function gatewayEntry({ settings, tags, ownSettings, policyEngine, targets }: PresentGateway): JsonObject {
  const own = withoutDefaults(ownSettings);
  return {
    ...settings,
    ...(Object.keys(tags).length > 0 && { tags }),
    ...(Object.keys(own).length > 0 && { settings: own }),
    ...(policyEngine && { policyEngine: { ...policyEngine } }),
    ...(targets.size > 0 && { targets: membersOf(targets, ({ settings }) => withoutEmpty(settings)) }),
  };
}

function policyEngineEntry({ settings, tags, policies }: PresentPolicyEngine): JsonObject {
  return {
    ...settings,
    ...(Object.keys(tags).length > 0 && { tags }),
    ...(policies.size > 0 && { policies: membersOf(policies, ({ settings }) => withoutEmpty(settings)) }),
  };
}

/** In the order of their names, so that two exports can be compared. */
function membersOf<T>(entries: ReadonlyMap<string, T>, entryOf: (entry: T) => JsonObject): JsonObject {
  const inOrder = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(inOrder.map(([name, entry]) => [name, entryOf(entry)]));
}

/** An empty list of credentials is how the service says that there are none, and not how one may say it. */
function withoutEmpty(settings: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => differences(undefined, value).length > 0));
}

function withReferences(document: JsonObject, gateways: ReadonlyMap<string, PresentGateway>): JsonObject {
  const replacements = [...gateways].flatMap(([name, { arn, url }]) => [
    [arn, `\${gateway.${name}.arn}`] as const,
    [url, `\${gateway.${name}.url}`] as const,
  ]);
  // One gateway's ARN may be how another one's begins.
  replacements.sort(([a], [b]) => b.length - a.length);
  const substitute = (text: string) =>
    replacements.reduce(
      (result, [found, reference]) => result.replaceAll(found, () => reference),
      escapeReferences(text),
    );
  return mapTexts(document, "", substitute) as JsonObject; // Only texts change.
}
