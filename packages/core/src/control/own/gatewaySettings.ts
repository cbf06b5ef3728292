import type { GatewayRecord, GatewaySettings as StoredSettings } from "../../storage/records.ts";
import { replaceUnchanged } from "../concurrency.ts";
import { existingGateway } from "../existing.ts";
import type { ControlPlaneDependencies, HandlersOf } from "../handlers.ts";
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
      const read = () => existing(gatewayIdentifier);
      return replaceUnchanged(`Gateway ${gatewayIdentifier}`, read, async (previous) => {
        const settings = withDefaults(given);
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
  return { gatewayArn, ...withDefaults(settings) };
}

function withDefaults({
  explainDenials = false,
  recordArguments = "NONE",
  toolNames = "QUALIFIED",
  changedTools = "QUARANTINE",
  newTools = "QUARANTINE",
}: { readonly [Name in keyof StoredSettings]: StoredSettings[Name] | undefined } = {}): Required<StoredSettings> {
  return { explainDenials, recordArguments, toolNames, changedTools, newTools };
}
