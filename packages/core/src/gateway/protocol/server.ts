import {
  type Implementation,
  type ServerCapabilities,
  SUPPORTED_PROTOCOL_VERSIONS,
} from "@modelcontextprotocol/server";
import { type Call, paramsOf } from "../call.ts";
import { protocolError } from "../refusals.ts";
import type { Snapshot } from "../snapshot.ts";

/** The versions in which every request says for itself which it speaks, newest first. */
export const modernVersions: readonly string[] = ["2026-07-28"];

/** What a gateway says it can do, in both eras. */
function capabilitiesOf({ features: { has } }: Snapshot): ServerCapabilities {
  return {
    tools: {},
    logging: {},
    ...(has.prompts ? { prompts: {} } : {}),
    ...(has.resources ? { resources: {} } : {}),
    ...(has.completions ? { completions: {} } : {}),
  };
}

/** Who answers: the gateway, whatever its targets say of themselves. */
export function serverInfoOf({ configuration: { gateway } }: Snapshot): Implementation {
  return { name: gateway.name, version: String(gateway.version) };
}

/** Answers server/discover (MCP 2026-07-28, "Discovery"). */
export function discover({ snapshot }: Call): object {
  return { supportedVersions: modernVersions, capabilities: capabilitiesOf(snapshot), ...instructionsOf(snapshot) };
}

/**
 * Answers initialize (MCP 2025-11-25, "Lifecycle"): with the version that was asked for, or else the newest that has this
 * handshake. There is no session, so nothing is kept.
 */
export function initialize({ message, snapshot }: Call): object {
  const { protocolVersion } = paramsOf(message);
  if (typeof protocolVersion !== "string") {
    throw protocolError("invalidParams", { reason: "initialize must name a protocolVersion." });
  }
  return {
    protocolVersion: SUPPORTED_PROTOCOL_VERSIONS.includes(protocolVersion)
      ? protocolVersion
      : SUPPORTED_PROTOCOL_VERSIONS[0],
    capabilities: capabilitiesOf(snapshot),
    serverInfo: serverInfoOf(snapshot),
    ...instructionsOf(snapshot),
  };
}

function instructionsOf({ configuration: { gateway } }: Snapshot): { instructions?: string } {
  const instructions = gateway.protocolConfiguration?.mcp?.instructions;
  return instructions === undefined ? {} : { instructions };
}
