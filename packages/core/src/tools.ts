import { type GatewayConfiguration, quarantine, type TargetRecord, type ToolDescription } from "./storage/records.ts";

/** What stands between a target's name and its own name for a tool: three underscores. */
export const toolNameSeparator = "___";

/** The gateway's own tool, listed first where `searchType` is SEMANTIC; a policy decides about it like about any other. */
export const searchTool: ToolDescription = {
  name: "x_amz_bedrock_agentcore_search",
  description: "Finds the tools of this gateway that fit a task best. Returns at most ten tool descriptions.",
  inputSchema: {
    type: "object",
    properties: { query: { type: "string", maxLength: 1_000, description: "What the tool should do, in a few words" } },
    required: ["query"],
  },
};

/** A tool under the name that agents and policies know it by. */
export interface GatewayTool {
  /** `Target___tool`, or the search tool's name. */
  readonly name: string;
  /** Where calls go; absent for the search tool, which the gateway answers itself. */
  readonly target?: TargetRecord;
  /** The tool as its target describes it: `description.name` is the target's own name for it. */
  readonly description: ToolDescription;
}

/**
 * Every tool of a gateway, as it was approved, the search tool first; what a caller may see of them is for policy to say.
 * Those in quarantine are among them, so that policies can speak of them, and are offered to nobody.
 */
export function toolsOf({ gateway, targets }: GatewayConfiguration): GatewayTool[] {
  const search = gateway.protocolConfiguration?.mcp?.searchType === "SEMANTIC";
  return [
    ...(search ? [{ name: searchTool.name, description: searchTool }] : []),
    ...targets.flatMap((target) =>
      target.tools.map((description) => ({
        name: qualifiedName(target.name, description.name),
        target,
        description,
      })),
    ),
  ];
}

/** Whether a tool is in quarantine: its target says something else of it now than what was approved, or has it no longer. */
export function isQuarantined({ description }: GatewayTool): boolean {
  return description[quarantine] !== undefined;
}

/** The name that agents and policies know a target's tool by. */
export function qualifiedName(target: string, tool: string): string {
  return `${target}${toolNameSeparator}${tool}`;
}

/** The MCP endpoint of a gateway. @param url the public base address, without a slash at its end. */
export function gatewayUrlOf(url: string, gatewayId: string): string {
  return `${url}/gateways/${gatewayId}/mcp`;
}

/**
 * Where the metadata of that endpoint is (RFC 9728). Like everything it is below the base address: where this has a path
 * of its own, as API Gateway's stages are one, no route can lead to where section 3.1 would have it, before that path.
 * Clients go where the challenge of a 401 sends them (section 5.1).
 */
export function metadataUrlOf(url: string, gatewayId: string): string {
  return `${url}/.well-known/oauth-protected-resource${gatewayUrlOf("", gatewayId)}`;
}

/** The Cedar type of the principals that a gateway's authorizer lets in. */
export function principalTypeOf(authorizerType: string): "AgentCore::OAuthUser" | "AgentCore::IamEntity" {
  const bySignature = authorizerType === "AWS_IAM" || authorizerType === "AUTHENTICATE_ONLY";
  return bySignature ? "AgentCore::IamEntity" : "AgentCore::OAuthUser";
}
