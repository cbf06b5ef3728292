import { isJsonObject } from "../../json.ts";
import type { ToolDescription } from "../../storage/records.ts";
import type { GatewayTool } from "../../tools.ts";
import { wordsOf } from "./terms.ts";

/** As much of a description as an embedding model reads of a text anyway. */
const maxDocumentLength = 2_000;

/** The names of a tool's parameters, as a text. */
export function parametersOf({ inputSchema }: ToolDescription): string {
  return isJsonObject(inputSchema.properties) ? Object.keys(inputSchema.properties).join(" ") : "";
}

/** What an embedding model is given of a tool: all that is known of what it does, in a few sentences. */
export function documentOf(target: string, tool: ToolDescription): string {
  const { name, title, description } = tool;
  const says = (text: string) => wordsOf(text).join(" ");
  return [`${says(target)}: ${says(name)}`, title, description, says(parametersOf(tool))]
    .filter((part) => part !== undefined && part !== "")
    .join(". ")
    .slice(0, maxDocumentLength);
}

/** The same of a tool of the gateway. */
export function documentOfTool({ target, description }: GatewayTool): string {
  return documentOf(target?.name ?? "", description);
}
