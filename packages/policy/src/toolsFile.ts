import type { AuthorizerType } from "@aws-sdk/client-bedrock-agentcore-control";
import { ownedUri } from "@gatehouse/core/gateway/features/names.ts";
import { reviewFeatures } from "@gatehouse/core/gateway/features/review.ts";
import { isJsonObject, type Json, type JsonObject } from "@gatehouse/core/json.ts";
import { reviewTools } from "@gatehouse/core/review/tools.ts";
import type {
  GatewayConfiguration,
  PromptDescription,
  TargetFeatures,
  ToolDescription,
} from "@gatehouse/core/storage/records.ts";
import { searchTool, toolNameSeparator } from "@gatehouse/core/tools.ts";

const authorizerTypes: readonly AuthorizerType[] = ["CUSTOM_JWT", "AWS_IAM", "AUTHENTICATE_ONLY", "NONE"];

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
 * as policies see it. The file may also say its `gatewayArn` and `authorizerType`, and list `prompts` and `resources` as
 * `prompts/list` and `resources/list` answer them.
 */
export function gatewayOfTools(value: JsonObject): ToolsFile {
  const problems: Problems = [];
  const { gatewayArn = toolsGatewayArn, authorizerType = "CUSTOM_JWT" } = value;
  if (typeof gatewayArn !== "string") problems.push({ path: "gatewayArn", message: "must be text" });
  const authorizer = authorizerTypes.find((type) => type === authorizerType);
  if (authorizer === undefined) {
    problems.push({ path: "authorizerType", message: `must be one of ${authorizerTypes.join(", ")}` });
  }
  const { targets, search } = targetsOf(value.tools, problems);
  const features = featuresOf(value, problems);
  if (problems.length > 0 || authorizer === undefined) return { problems };
  const times = { createdAt: "", updatedAt: "" };
  return {
    configuration: {
      gateway: {
        gatewayId: toolsGateway,
        gatewayArn: String(gatewayArn),
        name: toolsGateway,
        roleArn: "",
        authorizerType: authorizer,
        ...(search ? { protocolConfiguration: { mcp: { searchType: "SEMANTIC" } } } : {}),
        status: "READY",
        version: 1,
        ...times,
      },
      targets: [...new Set([...targets.keys(), ...features.keys()])].map((name) => ({
        gatewayId: toolsGateway,
        targetId: name,
        name,
        // Nothing else of a target is of any matter to a policy.
        targetConfiguration: { mcp: { mcpServer: { endpoint: "" } } },
        credentialProviderConfigurations: [],
        status: "READY",
        tools: targets.get(name) ?? [],
        features: features.get(name) ?? {},
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

/** The prompts and resources by their targets. */
function featuresOf({ prompts = [], resources = [] }: JsonObject, problems: Problems): Map<string, TargetFeatures> {
  const features = new Map<string, TargetFeatures>();
  const add = (target: string, more: TargetFeatures) => features.set(target, { ...features.get(target), ...more });
  for (const [index, prompt] of listOf(prompts, "prompts", problems).entries()) {
    const [, target, name] = /^(.+?)___(.+)$/s.exec(textIn(prompt, "name")) ?? [];
    const declared = argumentsIn(prompt);
    if (target === undefined || name === undefined || declared === undefined) {
      const message = "must have a name as Target___prompt, and arguments with a name each";
      problems.push({ path: `prompts[${index}]`, message });
      continue;
    }
    add(target, { prompts: [...(features.get(target)?.prompts ?? []), { name, arguments: declared }] });
  }
  for (const [index, resource] of listOf(resources, "resources", problems).entries()) {
    const owned = ownedUri(textIn(resource, "uri"));
    if (owned === undefined) {
      problems.push({ path: `resources[${index}]`, message: "must have a uri as gatehouse:Target/uri" });
      continue;
    }
    const described = { uri: owned.own };
    add(owned.target, { resources: [...(features.get(owned.target)?.resources ?? []), described] });
  }
  for (const [target, offered] of features) {
    for (const warning of reviewFeatures(target, offered).warnings) problems.push({ path: "", message: warning });
  }
  return features;
}

/** A prompt's arguments; undefined where they are none. */
function argumentsIn(prompt: Json): PromptDescription["arguments"] | undefined {
  const declared = isJsonObject(prompt) ? (prompt.arguments ?? []) : undefined;
  if (!Array.isArray(declared)) return undefined;
  const all = declared.flatMap((one) =>
    isJsonObject(one) && typeof one.name === "string" ? [{ name: one.name, required: one.required === true }] : [],
  );
  return all.length === declared.length ? all : undefined;
}

function listOf(value: Json, path: string, problems: Problems): readonly Json[] {
  if (Array.isArray(value)) return value;
  problems.push({ path, message: "must be a list" });
  return [];
}

function textIn(value: Json, member: string): string {
  const text = isJsonObject(value) ? value[member] : undefined;
  return typeof text === "string" ? text : "";
}

function toolOf(tool: Json): { readonly target: string; readonly description: ToolDescription } | undefined {
  if (!isJsonObject(tool) || typeof tool.name !== "string" || !isJsonObject(tool.inputSchema)) return undefined;
  const [target = "", ...rest] = tool.name.split(toolNameSeparator);
  const name = rest.join(toolNameSeparator);
  if (target === "" || name === "") return undefined;
  return { target, description: { ...tool, name, inputSchema: tool.inputSchema } };
}
