import { isDeepStrictEqual } from "node:util";
import { gatewaySettingsDefaults } from "@gatehouse/core/control/own/gatewaySettingsDefaults.ts";
import { isJsonObject, type JsonObject } from "@gatehouse/core/json.ts";
import type { GatewayEntry, PolicyEngineEntry } from "./document.ts";

/**
 * What is compared of a gateway, of a document or deployed. What the service fills in where nothing was said means the
 * same as nothing, here and below.
 */
export function gatewayMeaning(entry: Omit<GatewayEntry, "targets">): JsonObject {
  const { settings, tags, ownSettings, policyEngine } = entry;
  return {
    ...without(settings, "protocolType", "MCP"),
    tags,
    settings: withoutSecret(withoutDefaults(ownSettings)),
    ...(policyEngine && { policyEngine: { ...policyEngine } }),
  };
}

/** What is compared of a policy engine. */
export function policyEngineMeaning({ settings, tags }: Omit<PolicyEngineEntry, "policies">): JsonObject {
  return { ...settings, tags };
}

/** What is compared of a target. */
export function targetMeaning(settings: JsonObject): JsonObject {
  const { targetConfiguration: configuration } = settings;
  const mcp = isJsonObject(configuration) && isJsonObject(configuration.mcp) ? configuration.mcp : {};
  if (mcp.lambda !== undefined) {
    return without(settings, "credentialProviderConfigurations", [{ credentialProviderType: "GATEWAY_IAM_ROLE" }]);
  }
  if (!isJsonObject(mcp.mcpServer)) return settings;
  return { ...settings, targetConfiguration: { mcp: { mcpServer: without(mcp.mcpServer, "listingMode", "DEFAULT") } } };
}

/**
 * What is compared of a policy: white space around Cedar says nothing, and how it is validated is said when it is put and
 * not kept.
 */
export function policyMeaning(settings: JsonObject): JsonObject {
  const { statement = null, validationMode: _, ...rest } = without(settings, "enforcementMode", "ACTIVE");
  return { ...rest, statement: typeof statement === "string" ? statement.trim() : statement };
}

/** A gateway's own settings without those that are as they are unless somebody says otherwise. */
export function withoutDefaults(ownSettings: JsonObject): JsonObject {
  return Object.entries(gatewaySettingsDefaults).reduce(
    (rest, [name, value]) => without(rest, name, value),
    ownSettings,
  );
}

/** Nobody is told what a deployed secret is, so that there is nothing to compare one with. */
function withoutSecret({ oauthClient, ...settings }: JsonObject): JsonObject {
  if (!isJsonObject(oauthClient)) return oauthClient === undefined ? settings : { ...settings, oauthClient };
  const { clientSecret: _, ...client } = oauthClient;
  return { ...settings, oauthClient: client };
}

function without(object: JsonObject, member: string, value: unknown): JsonObject {
  const { [member]: found, ...rest } = object;
  return isDeepStrictEqual(found, value) ? rest : object;
}
