import { reviewInputSchema } from "./schemaReview.ts";
import type { GatewayConfiguration, TargetRecord, ToolDescription } from "./storage/records.ts";

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

/** Every tool that a gateway offers, the search tool first; what a caller may see of them is for policy to say. */
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
  return authorizerType === "AWS_IAM" ? "AgentCore::IamEntity" : "AgentCore::OAuthUser";
}

/** What MCP allows in a tool's name; no hidden or look-alike character passes (T12). */
const toolName = /^[A-Za-z0-9_./-]{1,64}$/;
/** As many tools as AgentCore allows a target. */
const maximumTools = 1_000;
/** The first ones are enough to start mending. */
const maximumWarnings = 20;
/** Above this, some clients refuse a tool, and with it the whole list. */
const longestName = 64;

/** What is wrong with the tools that a target offers, and what may give trouble. */
export interface ToolsReview {
  /** Each makes the tools unusable as they are. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Reviews the tools of a target before they become part of a gateway. */
export function reviewTools(target: string, tools: readonly ToolDescription[]): ToolsReview {
  const problems =
    tools.length > maximumTools ? [`A target may have ${maximumTools} tools; this one has ${tools.length}.`] : [];
  const warnings: string[] = [];
  const seen = new Set<string>();
  for (const { name, inputSchema } of tools) {
    if (!toolName.test(name)) {
      problems.push(`The tool name ${JSON.stringify(name)} must be 1 to 64 characters of A-Z a-z 0-9 _ . / -`);
    }
    if (seen.has(name)) problems.push(`There are two tools named ${name}.`);
    if (inputSchema?.type !== "object") problems.push(`The input schema of ${name} must be of type object.`);
    if (inputSchema !== undefined && "$async" in inputSchema) {
      problems.push(`The input schema of ${name} must not be asynchronous.`);
    } else if (inputSchema !== undefined) {
      const { problem, warning } = reviewInputSchema(name, inputSchema);
      if (problem !== undefined) problems.push(problem);
      if (warning !== undefined) warnings.push(warning);
    }
    seen.add(name);
    const qualified = qualifiedName(target, name);
    if (qualified.length > longestName) {
      warnings.push(`${qualified} has ${qualified.length} characters; some clients accept at most ${longestName}.`);
    }
  }
  return { problems, warnings: warnings.slice(0, maximumWarnings) };
}
