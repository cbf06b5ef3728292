import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import type { AvailableTool } from "../../conversation.ts";
import { firstText, valueIn } from "../json.ts";

/** Tools, as a list of names, or of definitions as OpenTelemetry, OpenAI, Anthropic, Bedrock and MCP write them. */
export function toolsOf(value: Json | undefined): AvailableTool[] {
  const list = valueIn(value);
  return (Array.isArray(list) ? list : [list]).flatMap((item) => toolOf(valueIn(item)));
}

/** A tool with what is told of it. */
export function tool(name: string, description: Json | undefined, schema: Json | undefined): AvailableTool {
  const told = firstText(description);
  const inputSchema = valueIn(schema);
  return {
    name,
    ...(told === undefined ? {} : { description: told }),
    ...(isJsonObject(inputSchema) ? { inputSchema } : {}),
  };
}

function toolOf(told: Json | undefined): AvailableTool[] {
  if (typeof told === "string") return told.trim() === "" ? [] : [tool(told, undefined, undefined)];
  if (!isJsonObject(told)) return [];
  const inner = [told.function, told.toolSpec].find(isJsonObject) ?? told;
  const name = firstText(inner.name);
  return name === undefined ? [] : [tool(name, inner.description, schemaOf(inner))];
}

function schemaOf({ parameters, input_schema, inputSchema }: JsonObject): Json | undefined {
  const schema = valueIn(parameters ?? input_schema ?? inputSchema);
  // Bedrock's Converse has it under `json`.
  return isJsonObject(schema) && isJsonObject(schema.json) ? schema.json : schema;
}
