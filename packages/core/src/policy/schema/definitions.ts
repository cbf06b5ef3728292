import { createHash } from "node:crypto";
import type { Type } from "@cedar-policy/cedar-wasm/nodejs";
import { messageOf } from "../../errors.ts";
import { isJsonObject } from "../../json.ts";
import { cedarTypes, type ToolDescription } from "../../storage/records.ts";
import { qualifiedName, searchTool } from "../../tools.ts";
import { fitProperties, type Made } from "./fit.ts";
import { type Definitions, type GeneratorTool, generateDefinitions, generatorVersion } from "./generate.ts";
import { type InputType, resolveType } from "./inputType.ts";
import { identifiersFor } from "./names.ts";
import { type NormalizedInput, normalizeInputSchema, type SchemaGap } from "./normalize.ts";

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
  { definitions, leftOut }: Pick<Made, "definitions" | "leftOut">,
): ResolvedInput {
  const reached = new Set<string>();
  const typeName = `${alias}Input`;
  const type = resolveType({ type: typeName } as Type<string>, {
    definitions,
    reached,
    trueNames,
    leftOut,
  });
  return { type, typeName, reached };
}

/**
 * The definitions of each tool, or the reason why there are none. Generates all of them at once, which is ten times faster
 * than one by one, unless one of them spoils it; of that one, whatever spoils it is left out.
 */
export function definitionsOf(tools: readonly GeneratorInput[]): Map<GeneratorInput, Made | Error> {
  if (tools.length === 0) return new Map();
  const together = attempt(tools.map(generatorTool));
  return new Map(
    tools.map((tool) => [tool, (together instanceof Error ? undefined : usable(tool, together)) ?? alone(tool)]),
  );
}

function usable(tool: GeneratorInput, definitions: Definitions): Made | undefined {
  const made = { definitions, gaps: [], leftOut: tool.normalized.leftOut };
  return orError(() => resolveInput(tool, made)) instanceof Error ? undefined : made;
}

function alone(tool: GeneratorInput): Made | Error {
  return fitProperties(tool.normalized, (inputSchema, leftOut) => {
    const definitions = attempt([{ name: tool.alias, inputSchema }]);
    if (definitions instanceof Error) return definitions;
    const resolved = orError(() => resolveInput(tool, { definitions, leftOut }));
    return resolved instanceof Error ? resolved : definitions;
  });
}

function generatorTool({ alias, normalized: { inputSchema } }: GeneratorInput): GeneratorTool {
  return { name: alias, inputSchema };
}

function attempt(tools: readonly GeneratorTool[]): Definitions | Error {
  const made = orError(() => generateDefinitions(tools));
  if (!(made instanceof Error)) return made;
  return new Error(`no Cedar types can be generated from its input schema: ${made.message}`, { cause: made });
}

function orError<T>(make: () => T): T | Error {
  try {
    return make();
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error));
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
  /** What the generator could not take, and all that stands for something else. */
  readonly gaps?: readonly SchemaGap[];
  readonly leftOut?: readonly (readonly [string, string])[];
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

function textOf(input: GeneratorInput, made: Made): string {
  const { definitions, gaps, leftOut } = made;
  const { reached } = resolveInput(input, made);
  const kept: Kept = {
    of: origin(input),
    types: typesIn(definitions, reached),
    ...(gaps.length > 0 ? { gaps, leftOut: [...leftOut] } : {}),
  };
  return JSON.stringify(kept);
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
export function keptDefinitions(description: ToolDescription, input: GeneratorInput): Made | undefined {
  if (description === searchTool) return { definitions: searchToolDefinitions, gaps: [], leftOut: new Map() };
  const text = description[cedarTypes];
  if (text === undefined) return undefined;
  const { of, types, gaps = [], leftOut } = JSON.parse(text) as Kept; // Only `definitionsToKeep` writes it.
  if (of !== origin(input)) return undefined;
  return {
    definitions: { ...types, actions: {} },
    gaps,
    leftOut: leftOut ? new Map(leftOut) : input.normalized.leftOut,
  };
}

/** The definitions of an input that is an object of strings: what the generator would make of it. */
export function definitionsOfStrings({ alias, normalized }: GeneratorInput): Made {
  const { inputSchema, leftOut } = normalized;
  const required = new Set(Array.isArray(inputSchema.required) ? inputSchema.required : []);
  const names = isJsonObject(inputSchema.properties) ? Object.keys(inputSchema.properties) : [];
  const attributes = names.map((name) => {
    const type = { type: "EntityOrCommon" as const, name: leftOut.has(name) ? "Bool" : "String" };
    return [name, required.has(name) ? type : { ...type, required: false }];
  });
  const input = { type: "Record" as const, attributes: Object.fromEntries(attributes) };
  return {
    definitions: { commonTypes: { [`${alias}Input`]: input }, entityTypes: {}, actions: {} },
    gaps: [],
    leftOut,
  };
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
