import type { GatewayConfiguration, TargetRecord, ToolDescription } from "./storage/records.ts";

/** What stands between a target's name and its own name for a tool: three underscores. */
export const toolNameSeparator = "___";

/** The gateway's own tool, listed first where `searchType` is SEMANTIC; a policy decides about it like about any other. */
export const searchTool: ToolDescription = {
  name: "x_amz_bedrock_agentcore_search",
  description: "Finds the tools of this gateway that fit a task best. Returns at most ten tool descriptions.",
  inputSchema: {
    type: "object",
    properties: { query: { type: "string", description: "What the tool should do, in a few words" } },
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

/** Every tool that a gateway offers, the search tool first; what a caller may see of them is for policy to say. */
export function toolsOf({ gateway, targets }: GatewayConfiguration): GatewayTool[] {
  const search = gateway.protocolConfiguration?.mcp?.searchType === "SEMANTIC";
  return [
    ...(search ? [{ name: searchTool.name, description: searchTool }] : []),
    ...targets.flatMap((target) =>
      target.tools.map((description) => ({
        name: `${target.name}${toolNameSeparator}${description.name}`,
        target,
        description,
      })),
    ),
  ];
}

/** The Cedar type of the principals that a gateway's authorizer lets in. */
export function principalTypeOf(authorizerType: string): "AgentCore::OAuthUser" | "AgentCore::IamEntity" {
  return authorizerType === "AWS_IAM" ? "AgentCore::IamEntity" : "AgentCore::OAuthUser";
}
