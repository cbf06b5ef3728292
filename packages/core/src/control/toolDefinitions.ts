import type { ToolDefinition } from "@aws-sdk/client-bedrock-agentcore-control";
import type { JsonObject } from "../json.ts";
import type { Neighbour } from "../review/shadowing.ts";
import { reviewTools } from "../review/tools.ts";
import type { ToolDescription } from "../storage/records.ts";
import { invalid } from "./input.ts";
import type { Checked } from "./operationTypes.ts";

const maximumSchemaBytes = 1_000_000;

/**
 * The tools of an inline schema, as MCP describes tools, with what a person should know of them although they work.
 * @param target the target's name, which becomes a part of the tools' names.
 * @param path the inline schema's place in the request.
 * @param neighbours the other targets of the gateway, where they are known.
 * @throws GatehouseError `validation` for what hides or can be mistaken for something else (T12), and what is too much.
 */
export function toolsOfDefinitions(
  definitions: readonly Checked<ToolDefinition>[],
  target: string,
  path: string,
  neighbours: readonly Neighbour[] = [],
): { readonly tools: readonly ToolDescription[]; readonly warnings: readonly string[] } {
  const tools = definitions.map(toolOf);
  const { problems, warnings } = reviewTools(target, tools, neighbours);
  const size = Buffer.byteLength(JSON.stringify(tools));
  const tooMuch = size > maximumSchemaBytes ? ["must be at most 1 MB"] : [];
  const messages = [...tooMuch, ...problems.map((problem) => `can't be used: ${problem}`)];
  if (messages.length > 0) throw invalid(messages.map((message) => ({ name: path, message })));
  return { tools, warnings };
}

/** The inline schema that tools were made from. */
export function definitionsOfTools(tools: readonly ToolDescription[]): ToolDefinition[] {
  return tools.map(({ name, description, inputSchema, outputSchema }) => ({
    name,
    description: description ?? "",
    inputSchema: inputSchema as unknown as ToolDefinition["inputSchema"], // `toolOf` the other way round.
    outputSchema: outputSchema as unknown as ToolDefinition["outputSchema"],
  }));
}

/** AgentCore's SchemaDefinition is a part of JSON Schema, member for member. */
function toolOf({ name, description, inputSchema, outputSchema }: Checked<ToolDefinition>): ToolDescription {
  return {
    name,
    description,
    inputSchema: inputSchema as unknown as JsonObject,
    ...(outputSchema ? { outputSchema: outputSchema as unknown as JsonObject } : {}),
  };
}
