import { isJsonObject, type JsonObject } from "@gatehouse/core/json.ts";

/** CreateGateway for an entry of a document, without its engine, which is attached later. */
export function gatewayRequest(name: string, settings: JsonObject, tags: JsonObject): JsonObject {
  return { name, ...settings, ...given({ tags }) };
}

/** CreateGatewayTarget for an entry of a document. */
export function targetRequest(gatewayIdentifier: string, name: string, settings: JsonObject): JsonObject {
  return { gatewayIdentifier, name, ...settings };
}

/** CreatePolicyEngine for an entry of a document. */
export function policyEngineRequest(name: string, settings: JsonObject, tags: JsonObject): JsonObject {
  return { name, ...settings, ...given({ tags }) };
}

/** CreatePolicy for an entry of a document, which says the statement without the layers around it. */
export function policyRequest(policyEngineId: string, name: string, entry: JsonObject): JsonObject {
  const { statement, ...settings } = entry;
  return { policyEngineId, name, ...settings, definition: { cedar: statement === undefined ? {} : { statement } } };
}

/**
 * An authorizer that lets nobody in: it asks for an audience that no token has. Undefined where callers have no tokens.
 * @param secret what nobody can have asked a token for.
 */
export function closedAuthorizer(settings: JsonObject, secret: string): JsonObject | undefined {
  const { authorizerType, authorizerConfiguration: configuration } = settings;
  const jwt = isJsonObject(configuration) ? configuration.customJWTAuthorizer : undefined;
  if (authorizerType !== "CUSTOM_JWT" || !isJsonObject(jwt)) return undefined;
  return { customJWTAuthorizer: { ...jwt, allowedAudience: [`closed-${secret}`] } };
}

function given({ tags }: { readonly tags: JsonObject }): JsonObject {
  return Object.keys(tags).length === 0 ? {} : { tags };
}
