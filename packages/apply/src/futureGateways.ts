import { toolsOfDefinitions } from "@gatehouse/core/control/toolDefinitions.ts";
import { isJsonObject, type Json, type JsonObject } from "@gatehouse/core/json.ts";
import type { GatewayConfiguration, GatewayRecord, ToolDescription } from "@gatehouse/core/storage/records.ts";
import { toolNameSeparator } from "@gatehouse/core/tools.ts";
import type { Deployment } from "./deployment.ts";
import type { Document } from "./document.ts";
import type { PlanOptions } from "./plan.ts";
import { withStandIns } from "./references.ts";

/** A gateway as it will be when the document is applied, as policies see it. */
export interface FutureGateway {
  readonly name: string;
  readonly arn: string;
  /** The name of the engine that decides about its calls. */
  readonly engine?: string | undefined;
  /** Absent where nothing is known of its tools. */
  readonly configuration?: GatewayConfiguration;
  /** Whether it has tools that only the service knows. */
  readonly hasUnknownTools: boolean;
  /** Whether an action is that of a tool, or of a target, whose tools are known. */
  knows(action: string): boolean;
}

/**
 * The gateways as they will be: those of the document, and those that are there.
 * @param document with its references replaced.
 * @param unsound the gateways whose configuration isn't to be relied on.
 */
export function futureGateways(
  document: Document,
  deployment: Deployment,
  unsound: ReadonlySet<string>,
  { prune = false }: PlanOptions,
): readonly FutureGateway[] {
  const { gateways: addresses } = withStandIns(deployment, document.gateways.keys());
  return [...addresses].map(([name, { arn }]) => {
    const entry = document.gateways.get(name);
    const present = deployment.gateways.get(name);
    const staying = prune && entry !== undefined ? [] : [...(present?.targets ?? [])];
    const targets = new Map<string, JsonObject>([
      ...staying.map(([target, { settings }]) => [target, settings] as const),
      ...(entry?.targets ?? []),
    ]);
    const settings = entry?.settings ?? present?.settings ?? {};
    const engine = entry === undefined ? present?.policyEngine?.name : entry.policyEngine?.name;
    const own = entry?.ownSettings ?? present?.ownSettings ?? {};
    const { configuration, ...known } = toolsKnownOf(arn, { ...settings, settings: own }, targets);
    const usable = !unsound.has(name) && (entry !== undefined || present?.isRead === true);
    return { name, arn, engine, ...known, ...(usable ? { configuration } : {}) };
  });
}

function toolsKnownOf(arn: string, settings: JsonObject, targets: ReadonlyMap<string, JsonObject>) {
  const known: GatewayConfiguration["targets"][number][] = [];
  for (const [name, { targetConfiguration }] of targets) {
    const tools = inlineTools(name, targetConfiguration);
    if (tools === undefined) continue;
    known.push({
      gatewayId: "gateway",
      targetId: name,
      name,
      // Nothing else of a target is of any matter to a policy.
      targetConfiguration: { mcp: { lambda: { lambdaArn: "", toolSchema: { inlinePayload: [] } } } },
      credentialProviderConfigurations: [],
      status: "READY",
      createdAt: "",
      updatedAt: "",
      tools,
    });
  }
  const gateway = { ...settings, gatewayId: "gateway", gatewayArn: arn } as unknown as GatewayRecord; // What policies see of it.
  const knows = (action: string) => {
    const target = known.find(({ name }) => action === name || action.startsWith(`${name}${toolNameSeparator}`));
    return target !== undefined;
  };
  return { configuration: { gateway, targets: known }, hasUnknownTools: known.length < targets.size, knows };
}

/** The tools of an inline schema; undefined for tools that are elsewhere, or can't be used, which is told elsewhere. */
function inlineTools(target: string, configuration: Json | undefined): readonly ToolDescription[] | undefined {
  const mcp = isJsonObject(configuration) && isJsonObject(configuration.mcp) ? configuration.mcp : {};
  const { toolSchema = null } = isJsonObject(mcp.lambda) ? mcp.lambda : {};
  const { inlinePayload } = isJsonObject(toolSchema) ? toolSchema : {};
  if (!Array.isArray(inlinePayload)) return undefined;
  try {
    return toolsOfDefinitions(inlinePayload as unknown as Parameters<typeof toolsOfDefinitions>[0], target, "").tools;
  } catch {
    return undefined;
  }
}
