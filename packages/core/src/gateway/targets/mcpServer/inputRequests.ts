import { CLIENT_CAPABILITIES_META_KEY } from "@modelcontextprotocol/server";
import { isJsonObject, type JsonObject } from "../../../json.ts";
import { protocolError } from "../../refusals.ts";

/** What a client must have declared to be asked for something (MCP 2026-07-28, "Multi Round-Trip Requests"). */
const capabilityFor: Readonly<Record<string, string>> = {
  "elicitation/create": "elicitation",
  "sampling/createMessage": "sampling",
  "roots/list": "roots",
};

/**
 * Makes sure that a client is asked for nothing that it hasn't said it can give.
 * @throws ProtocolError -32021 naming what it lacks.
 */
export function refuseUndeclaredInput({ inputRequests }: JsonObject, { _meta }: JsonObject): void {
  const declared = isJsonObject(_meta) ? _meta[CLIENT_CAPABILITIES_META_KEY] : undefined;
  const needed = Object.values(isJsonObject(inputRequests) ? inputRequests : {}).flatMap((request) => {
    const method = isJsonObject(request) ? String(request.method) : "";
    return Object.hasOwn(capabilityFor, method) ? (capabilityFor[method] ?? []) : [];
  });
  const missing = needed.filter((name) => !isJsonObject(declared) || declared[name] === undefined);
  if (missing.length === 0) return;
  const requiredCapabilities = Object.fromEntries(missing.map((name) => [name, {}]));
  throw protocolError("missingCapability", { which: `: ${missing.join(", ")}` }, { data: { requiredCapabilities } });
}
