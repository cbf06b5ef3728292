import type { NamespaceDefinition, SchemaJson } from "@cedar-policy/cedar-wasm/nodejs";
import generator from "@cedar-policy/mcp-schema-generator-wasm";
import type { JsonObject } from "../../json.ts";
import { namespace } from "../cedar.ts";

/** What the generator makes of a tool: the types of its input, and perhaps those of other tools. */
export type Definitions = NamespaceDefinition<string>;

/** A tool as the generator takes it. */
export interface GeneratorTool {
  readonly name: string;
  readonly inputSchema: JsonObject;
}

/**
 * What the generator starts from. Its three options give the contract's shapes: objects as records, `number` as
 * decimal, and all types in the one namespace.
 */
const stub = `namespace ${namespace} {
  @mcp_principal entity OAuthUser = { id: String } tags String;
  entity IamEntity = { id: String };
  @mcp_resource entity Gateway;
  @mcp_action action CallTool;
}`;
const options = JSON.stringify({ objectsAsRecords: true, numbersAsDecimal: true, flattenNamespaces: true });

/** The generator's release, with what it is told here: kept definitions that another one has made are not used. */
export const generatorVersion = ["0.6.0", stub, options].join("\n");

/** The definitions that the generator makes of some tools, in the gateway's namespace. Throws its reason if it makes none. */
export function generateDefinitions(tools: readonly GeneratorTool[]): Definitions {
  const answer: { schemaJson?: string | null; error?: string | null } = JSON.parse(
    generator.generateSchema(stub, JSON.stringify(tools), options),
  );
  if (!answer.schemaJson) throw new Error(answer.error ?? "the schema generator gave no reason");
  const schema: SchemaJson<string> = JSON.parse(answer.schemaJson);
  const definitions = schema[namespace];
  if (!definitions) throw new Error("the schema generator gave no definitions");
  return definitions;
}
