import type { GatewayRecord, RateLimit } from "../../storage/records.ts";
import { replaceUnchanged } from "../concurrency.ts";
import { existingGateway } from "../existing.ts";
import type { ControlPlaneDependencies, HandlersOf } from "../handlers.ts";
import { refuse } from "../supported.ts";
import { nowAfter } from "../times.ts";
import type { GatewaySettings } from "./policyTypes.ts";

/** The operations on what AgentCore's API can't say of a gateway. They are replaced as a whole. */
export function gatewaySettingsHandlers({
  repository,
}: ControlPlaneDependencies): HandlersOf<"GetGatewaySettings" | "PutGatewaySettings"> {
  const existing = (gatewayId: string) => existingGateway(repository, gatewayId);

  return {
    async GetGatewaySettings({ gatewayIdentifier }) {
      return describe(await existing(gatewayIdentifier));
    },

    async PutGatewaySettings({ gatewayIdentifier, ...given }, scope) {
      const { explainDenials = false, recordArguments = "NONE", toolNames = "QUALIFIED" } = given;
      const { targetSettings = [], rateLimits = [] } = given;
      refuseRepeated("targetSettings", "target", targetSettings);
      refuseStray(rateLimits);
      const read = () => existing(gatewayIdentifier);
      return replaceUnchanged(`Gateway ${gatewayIdentifier}`, read, async (previous) => {
        const settings = { explainDenials, recordArguments, toolNames, targetSettings, rateLimits };
        const next = { ...previous, settings, updatedAt: nowAfter(previous.updatedAt) };
        const answer = describe(next);
        const change = { resource: next.gatewayArn, before: describe(previous), after: answer, answer };
        await repository.updateGateway(previous, next, {}, scope.alongside(change));
        return answer;
      });
    },
  };
}

function describe({ gatewayArn, settings }: GatewayRecord): GatewaySettings {
  return {
    gatewayArn,
    explainDenials: settings?.explainDenials ?? false,
    recordArguments: settings?.recordArguments ?? "NONE",
    toolNames: settings?.toolNames ?? "QUALIFIED",
    targetSettings: settings?.targetSettings ?? [],
    rateLimits: settings?.rateLimits ?? [],
  };
}

/** Two entries for the same thing would leave open which of them holds. */
function refuseRepeated<Name extends string>(
  list: string,
  member: Name,
  entries: readonly Readonly<Record<Name, string>>[],
): void {
  const seen = new Set<string>();
  for (const [index, { [member]: value }] of entries.entries()) {
    if (seen.has(value)) refuse(`${list}[${index}].${member}`, `must be its own: there is another entry for ${value}`);
    seen.add(value);
  }
}

/** A limit that names a tool and isn't about tools would be another than whoever wrote it thinks. */
function refuseStray(rateLimits: readonly RateLimit[]): void {
  for (const [index, { scope, tool }] of rateLimits.entries()) {
    if (tool !== undefined && scope !== "TOOL") refuse(`rateLimits[${index}].tool`, "belongs to the scope TOOL alone");
  }
}
