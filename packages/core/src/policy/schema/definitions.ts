import { createHash } from "node:crypto";
import type { NamespaceDefinition, Type } from "@cedar-policy/cedar-wasm/nodejs";
import { messageOf } from "../../errors.ts";
import { cedarTypes, type ToolDescription } from "../../storage/records.ts";
import { qualifiedName, searchTool } from "../../tools.ts";
import { generateDefinitions, generatorVersion } from "./generate.ts";
import { type InputType, resolveType } from "./inputType.ts";
import { identifiersFor } from "./names.ts";
import { type NormalizedInput, normalizeInputSchema } from "./normalize.ts";

/** What the generator makes of a tool: the types of its input, and perhaps those of other tools. */
export type Definitions = NamespaceDefinition<string>;

/** A tool as it goes to the generator. */
export interface GeneratorInput {
  /** The identifier that the names of its types begin with. */
  readonly alias: string;
  readonly normalized: NormalizedInput;
}

/** A tool's input as its definitions say it. */
export interface ResolvedInput {
  readonly type: InputType;
  /** The name of its common type. */
  readonly typeName: string;
  /** The names of all types that it refers to, directly or not. */
  readonly reached: ReadonlySet<string>;
}

/** Finds a tool's input in definitions. */
export function resolveInput(
  { alias, normalized: { trueNames } }: GeneratorInput,
  definitions: Definitions,
): ResolvedInput {
  const reached = new Set<string>();
  const typeName = `${alias}Input`;
  const type = resolveType({ type: typeName } as Type<string>, { definitions, reached, trueNames, within: [] });
  return { type, typeName, reached };
}

/**
 * The definitions of each tool, or the reason why there are none. Generates all of them at once, which is ten times faster
 * than one by one, unless one of them spoils it.
 */
export function definitionsOf(tools: readonly GeneratorInput[]): Map<GeneratorInput, Definitions | Error> {
  if (tools.length === 0) return new Map();
  const together = attempt(tools);
  return new Map(tools.map((tool) => [tool, together instanceof Error ? attempt([tool]) : together]));
}

function attempt(tools: readonly GeneratorInput[]): Definitions | Error {
  try {
    return generateDefinitions(tools.map(({ alias, normalized: { inputSchema } }) => ({ name: alias, inputSchema })));
  } catch (error) {
    return new Error(`no Cedar types can be generated from its input schema: ${messageOf(error)}`, { cause: error });
  }
}

/** The types that are named, of all that are defined. */
export function typesIn(
  { commonTypes = {}, entityTypes }: Definitions,
  names: ReadonlySet<string>,
): Required<Pick<Definitions, "commonTypes" | "entityTypes">> {
  const only = <T>(types: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries([...names].flatMap((name) => (types[name] === undefined ? [] : [[name, types[name]]])));
  return { commonTypes: only(commonTypes), entityTypes: only(entityTypes) };
}

/** Definitions as they are kept with a tool, in JSON. */
interface Kept {
  /** Says what they were made of. */
  readonly of: string;
  readonly types: Pick<Definitions, "commonTypes" | "entityTypes">;
}

/**
 * What to keep with the tools of a target, one by one, for {@link keptDefinitions}; `undefined` where nothing can be
 * generated. A gateway that starts cold then needs no generator, which takes a fifth of a second to load and to run.
 */
export function definitionsToKeep(target: string, tools: readonly ToolDescription[]): (string | undefined)[] {
  const aliases = identifiersFor(tools.map(({ name }) => qualifiedName(target, name)));
  const inputs = tools.map(({ name, inputSchema }) => {
    const qualified = qualifiedName(target, name);
    return orNothing(() => ({
      alias: aliases.get(qualified) ?? qualified,
      normalized: normalizeInputSchema(inputSchema),
    }));
  });
  const definitions = definitionsOf(inputs.filter((input) => input !== undefined));
  return inputs.map((input) => {
    const made = input && definitions.get(input);
    if (input === undefined || made === undefined || made instanceof Error) return undefined;
    return orNothing(() => textOf(input, made));
  });
}

function textOf(input: GeneratorInput, definitions: Definitions): string {
  const { reached } = resolveInput(input, definitions);
  return JSON.stringify({ of: origin(input), types: typesIn(definitions, reached) } satisfies Kept);
}

/** Nothing is kept of what Cedar can't represent: whoever builds the gateway's schema says why. */
function orNothing<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

/**
 * The definitions that were kept with a tool, if they are what would be generated: of the same input, under the same
 * alias, by the same generator.
 */
export function keptDefinitions(description: ToolDescription, input: GeneratorInput): Definitions | undefined {
  if (description === searchTool) return searchToolDefinitions;
  const text = description[cedarTypes];
  if (text === undefined) return undefined;
  const { of, types } = JSON.parse(text) as Kept; // Only `definitionsToKeep` writes it.
  return of === origin(input) ? { ...types, actions: {} } : undefined;
}

function origin({ alias, normalized: { inputSchema } }: GeneratorInput): string {
  return createHash("sha256")
    .update(JSON.stringify([generatorVersion, alias, inputSchema]))
    .digest("base64url");
}

/** The gateway's own tool is in no item that could keep them. */
const searchToolDefinitions: Definitions = {
  commonTypes: {
    [`${searchTool.name}Input`]: {
      type: "Record",
      attributes: { query: { type: "EntityOrCommon", name: "String" } },
    },
  },
  entityTypes: {},
  actions: {},
};
