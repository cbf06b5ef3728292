import { isJsonObject, type Json, type JsonObject } from "@gatehouse/core/json.ts";
import { reviewTools } from "@gatehouse/core/review/tools.ts";
import type { GatewayConfiguration, ToolDescription } from "@gatehouse/core/storage/records.ts";
import { searchTool, toolNameSeparator } from "@gatehouse/core/tools.ts";

/** The name of a gateway that a list of tools stands for. */
export const toolsGateway = "gateway";

/** Where the gateway of a list of tools would be, unless the list says. */
export const toolsGatewayArn = "arn:aws:bedrock-agentcore:us-east-1:000000000000:gateway/gateway-0000000000";

/** A gateway of a list of tools, or what is wrong with the list. */
export type ToolsFile =
  | { readonly configuration: GatewayConfiguration; readonly problems?: never }
  | { readonly problems: readonly { readonly path: string; readonly message: string }[] };

/** Whether a file is a list of tools, and not a document. */
export function isToolsFile(value: Json): value is JsonObject {
  return isJsonObject(value) && "tools" in value;
}

type Problems = { path: string; message: string }[];

/**
 * The gateway whose tools a file lists as `tools/list` answers them: `{ tools: [{ name: "Target___tool", inputSchema }] }`, as far
 * as policies see it. The file may also say its `gatewayArn` and `authorizerType`.
 */
export function gatewayOfTools(value: JsonObject): ToolsFile {
  const problems: Problems = [];
  const { gatewayArn = toolsGatewayArn, authorizerType = "CUSTOM_JWT" } = value;
  if (typeof gatewayArn !== "string") problems.push({ path: "gatewayArn", message: "must be text" });
  if (authorizerType !== "CUSTOM_JWT" && authorizerType !== "AWS_IAM") {
    problems.push({ path: "authorizerType", message: "must be CUSTOM_JWT or AWS_IAM" });
  }
  const { targets, search } = targetsOf(value.tools, problems);
  if (problems.length > 0) return { problems };
  const times = { createdAt: "", updatedAt: "" };
  return {
    configuration: {
      gateway: {
        gatewayId: toolsGateway,
        gatewayArn: String(gatewayArn),
        name: toolsGateway,
        roleArn: "",
        authorizerType: authorizerType === "AWS_IAM" ? "AWS_IAM" : "CUSTOM_JWT",
        ...(search ? { protocolConfiguration: { mcp: { searchType: "SEMANTIC" } } } : {}),
        status: "READY",
        version: 1,
        ...times,
      },
      targets: [...targets].map(([name, tools]) => ({
        gatewayId: toolsGateway,
        targetId: name,
        name,
        // Nothing else of a target is of any matter to a policy.
        targetConfiguration: { mcp: { mcpServer: { endpoint: "" } } },
        credentialProviderConfigurations: [],
        status: "READY",
        tools,
        ...times,
      })),
    },
  };
}

/** The tools by their targets, and whether the search tool is among them. */
function targetsOf(tools: Json | undefined, problems: Problems) {
  if (!Array.isArray(tools)) problems.push({ path: "tools", message: "must be a list" });
  const targets = new Map<string, ToolDescription[]>();
  let search = false;
  for (const [index, tool] of (Array.isArray(tools) ? tools : []).entries()) {
    const described = toolOf(tool);
    if (isJsonObject(tool) && tool.name === searchTool.name) search = true;
    else if (described === undefined) {
      problems.push({ path: `tools[${index}]`, message: "must have a name as Target___tool and an inputSchema" });
    } else targets.set(described.target, [...(targets.get(described.target) ?? []), described.description]);
  }
  for (const [target, described] of targets) {
    for (const message of reviewTools(target, described).problems) {
      problems.push({ path: "tools", message: `can't be used: ${message}` });
    }
  }
  return { targets, search };
}

function toolOf(tool: Json): { readonly target: string; readonly description: ToolDescription } | undefined {
  if (!isJsonObject(tool) || typeof tool.name !== "string" || !isJsonObject(tool.inputSchema)) return undefined;
  const [target = "", ...rest] = tool.name.split(toolNameSeparator);
  const name = rest.join(toolNameSeparator);
  if (target === "" || name === "") return undefined;
  return { target, description: { ...tool, name, inputSchema: tool.inputSchema } };
}
