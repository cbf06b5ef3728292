import { schemaToText } from "@cedar-policy/cedar-wasm/nodejs";
import MiniSearch from "minisearch";
import { GatehouseError } from "../../../errors.ts";
import { isJsonObject } from "../../../json.ts";
import type { GatewayConfiguration, ToolDescription } from "../../../storage/records.ts";
import { toolsOf } from "../../../tools.ts";
import { describeErrors } from "../../cedar.ts";
import type { PolicySchema, ToolAction } from "../../schema/policySchema.ts";
import { buildSchema } from "../../schema/schema.ts";
import { ancestorsOf, assembleSchema, callToolGroup, mcpGroup } from "../../schema/schemaParts.ts";

/** What a model is told of a gateway, so that it can write policies for it. */
export interface Vocabulary {
  /** The Cedar schema of the tools that are shown. */
  readonly schema: string;
  readonly tools: readonly DescribedTool[];
  /** How many tools policies can speak of altogether. */
  readonly of: number;
  /** The tools that no policy can speak of, as far as they are shown, and why. */
  readonly unrepresentable: readonly {
    readonly action: string;
    /** Where it is in the tool's input; absent for the whole tool. */
    readonly property?: string;
    readonly reason: string;
  }[];
}

/** A tool in words: what its target says of it, which is data of a third party. */
export interface DescribedTool {
  readonly action: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * How much is told of a gateway, in characters: some 12,000 tokens, which small models read too. The schema and the
 * descriptions of forty ordinary tools fit.
 */
const budget = 40_000;
const longestDescription = 500;
const longestParameterDescription = 200;
const longestName = 100;
const mostParameters = 40;
const mostUnrepresentable = 10;
const longestReason = 300;

/** What fits best of a gateway's tools, by the words of a text: all of them where they are few. */
export function vocabularyFor(text: string, configuration: GatewayConfiguration): Vocabulary {
  const schema = buildSchema(configuration);
  const described = new Map(toolsOf(configuration).map(({ name, description }) => [name, describe(name, description)]));
  const ranked = rankedByWords(text, [...described.values()]);
  const chosen: { readonly action: ToolAction; readonly tool: DescribedTool }[] = [];
  let size = 0;
  for (const tool of ranked) {
    const action = schema.actions.get(tool.action);
    if (action === undefined) continue;
    const grown = size + sizeOf(action) + JSON.stringify(tool).length;
    if (grown > budget) continue;
    size = grown;
    chosen.push({ action, tool });
  }
  return {
    schema: schemaText(
      chosen.map(({ action }) => action),
      schema,
    ),
    tools: chosen.map(({ tool }) => tool),
    of: ranked.filter(({ action }) => schema.actions.has(action)).length,
    unrepresentable: ranked
      .flatMap(({ action }) => {
        const missing = schema.unrepresentable.filter(({ tool }) => tool === action);
        return missing.map(({ property, reason }) => ({
          action,
          ...(property === undefined ? {} : { property: visible(property, longestName) }),
          reason: visible(reason, longestReason),
        }));
      })
      .slice(0, mostUnrepresentable),
  };
}

function describe(action: string, { description = "", inputSchema }: ToolDescription): DescribedTool {
  const properties = isJsonObject(inputSchema.properties) ? Object.entries(inputSchema.properties) : [];
  const parameters = properties.slice(0, mostParameters).map(([name, property]) => {
    const text = isJsonObject(property) && typeof property.description === "string" ? property.description : "";
    return [visible(name, longestName), visible(text, longestParameterDescription)];
  });
  return {
    action,
    description: visible(description, longestDescription),
    parameters: Object.fromEntries(parameters),
  };
}

/** Cut, and without what a person who reads along would not see. */
function visible(text: string, longest: number): string {
  return text
    .slice(0, longest)
    .replaceAll(/[\p{C}\s]+/gu, " ")
    .trim();
}

/** The tools whose names, descriptions and parameters have words of the text, best first; then the others. */
function rankedByWords(text: string, tools: readonly DescribedTool[]): DescribedTool[] {
  const index = new MiniSearch<{ id: number; name: string; description: string; parameters: string }>({
    fields: ["name", "description", "parameters"],
    searchOptions: { boost: { name: 3, description: 2 }, prefix: true, fuzzy: 0.2 },
  });
  index.addAll(
    tools.map(({ action, description, parameters }, id) => ({
      id,
      name: words(action),
      description,
      parameters: words(Object.entries(parameters).flat().join(" ")),
    })),
  );
  // Each distinct word is a walk through the index.
  const query = [...new Set(words(text).toLowerCase().split(" "))]
    .filter((word) => word.length > 2 || /\d/.test(word))
    .join(" ");
  const found = index.search(query).flatMap(({ id }) => tools[id] ?? []);
  return [...new Set([...found, ...tools])];
}

/** The words inside identifiers: `createApplication` and `create_application` alike. */
function words(identifier: string): string {
  return identifier.replaceAll(/([a-z\d])([A-Z])/g, "$1 $2").replaceAll(/[^\p{L}\d]+/gu, " ");
}

/** An estimate from above: Cedar's text of types is shorter than their JSON, and around them it repeats itself. */
function sizeOf({ name, group, types }: ToolAction): number {
  return repeated + JSON.stringify({ name, group, types }).length;
}

const repeated = 300;

function schemaText(actions: readonly ToolAction[], { groups, principalType }: PolicySchema): string {
  const names = new Set(actions.flatMap(({ group }) => ancestorsOf(group, groups)));
  const always = new Set([callToolGroup, mcpGroup]);
  const kept = new Map([...groups].filter(([group]) => names.has(group) || always.has(group)));
  const answer = schemaToText(assembleSchema(actions, kept, principalType));
  if (answer.type === "success") return answer.text;
  throw new GatehouseError("internal", `The schema cannot be written as text: ${describeErrors(answer.errors)}`);
}
