import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { identifiersFor, isIdentifier } from "./names.ts";

/** A tool's input schema as the generator can read it, and how its property names were spelled before. */
export interface NormalizedInput {
  readonly inputSchema: JsonObject;
  /** From the alias that stands in the normalized schema to the property's true name; only for names that changed. */
  readonly trueNames: ReadonlyMap<string, string>;
}

/** A schema that no Cedar type can stand for. Its message is the reason that the author of policies reads. */
export class Unrepresentable extends Error {}

const jsonTypes = new Set(["boolean", "integer", "number", "string", "null", "array", "object"]);

/** Cedar's JSON format reads these keys as escapes; `__proto__` is refused in every argument. */
const refusedProperties = new Set(["__entity", "__extn", "__expr", "__proto__"]);

/** Deeper than this no one writes policies, and recursion inside WebAssembly has no guard of its own. */
const greatestDepth = 32;

/**
 * Rewrites a tool's JSON Schema into the part of JSON Schema that the generator reads, so that one odd corner doesn't
 * cost the whole tool:
 *
 * - only the keywords that decide a Cedar type are kept (a stray `json` key would make the generator read another schema);
 * - `true`, an unknown or a missing type, and whatever is recursive or refers to nothing become the empty schema, which is
 *   the Cedar type `Unknown`: policies can see that there is a value, but not into it;
 * - `#/definitions/` is read as `#/$defs/`, a draft-07 tuple as `prefixItems`, members of a string enum that are no
 *   strings are left out;
 * - property names that are no Cedar identifiers get an alias, because the generator makes type names of them; so do
 *   `typeChoice0` and `proj0`, so that these names in its answer always mean a union and a tuple.
 *
 * @throws {Unrepresentable} if a property is named like an escape of Cedar's JSON, or the schema is nested too deeply.
 */
export function normalizeInputSchema(schema: JsonObject): NormalizedInput {
  const definitions = definitionsOf(schema);
  const context: Context = {
    definitions,
    aliases: identifiersFor(
      propertyNames([schema]),
      (name) => isIdentifier(name) && !/^(typeChoice|proj)\d+$/.test(name),
    ),
  };
  const root = normalizeObject(schema, context, 0);
  const defs = [...definitions.values()].map(({ alias, schema: definition }) => [
    alias,
    normalize(definition, context, 1),
  ]);
  const changed = [...context.aliases].filter(([name, alias]) => name !== alias);
  return {
    inputSchema: { ...root, $defs: Object.fromEntries(defs) },
    trueNames: new Map(changed.map(([name, alias]) => [alias, name])),
  };
}

interface Context {
  readonly definitions: ReadonlyMap<string, Definition>;
  /** From a property's true name to what stands for it. */
  readonly aliases: ReadonlyMap<string, string>;
}

interface Definition {
  readonly alias: string;
  readonly schema: Json;
}

/** The definitions that can be referred to, by JSON pointer, without those that contain themselves. */
function definitionsOf(schema: JsonObject): Map<string, Definition> {
  const found = new Map<string, Json>();
  for (const keyword of ["definitions", "$defs"]) {
    const group = schema[keyword];
    if (!isJsonObject(group)) continue;
    for (const [name, definition] of Object.entries(group)) found.set(`#/${keyword}/${name}`, definition);
  }
  const nameOf = (pointer: string) => pointer.slice(pointer.lastIndexOf("/") + 1);
  const aliases = identifiersFor([...found.keys()].map(nameOf));
  const references = new Map([...found].map(([pointer, definition]) => [pointer, referencesIn(definition)]));
  return new Map(
    [...found]
      .filter(([pointer]) => !reaches(pointer, pointer, references))
      .map(([pointer, definition]) => [pointer, { alias: aliases.get(nameOf(pointer)) ?? "", schema: definition }]),
  );
}

/** Whether following the references of one definition leads to another. */
function reaches(from: string, to: string, references: ReadonlyMap<string, readonly string[]>): boolean {
  // A set visits what is added to it while it is being walked.
  const seen = new Set(references.get(from));
  for (const next of seen) for (const further of references.get(next) ?? []) seen.add(further);
  return seen.has(to);
}

function referencesIn(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isJsonObject(value)) return [];
  return [...(typeof value.$ref === "string" ? [value.$ref] : []), ...Object.values(value).flatMap(referencesIn)];
}

function propertyNames(values: readonly Json[]): string[] {
  return values.flatMap((value) => {
    if (Array.isArray(value)) return propertyNames(value);
    if (!isJsonObject(value)) return [];
    return [
      ...(isJsonObject(value.properties) ? Object.keys(value.properties) : []),
      ...propertyNames(Object.values(value)),
    ];
  });
}

function normalize(schema: Json | undefined, context: Context, depth: number): JsonObject {
  if (depth > greatestDepth)
    throw new Unrepresentable(`its input schema is nested more than ${greatestDepth} levels deep`);
  if (!isJsonObject(schema)) return {};
  if (typeof schema.type === "string") return normalizeTyped(schema.type, schema, context, depth);
  if (Array.isArray(schema.type)) {
    if (!schema.type.every((type) => typeof type === "string" && jsonTypes.has(type))) return {};
    return { ...normalizeArray(schema, context, depth), ...normalizeObject(schema, context, depth), type: schema.type };
  }
  const union = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(union) && union.length > 0)
    return { anyOf: union.map((one) => normalize(one, context, depth + 1)) };
  const definition = typeof schema.$ref === "string" ? context.definitions.get(schema.$ref) : undefined;
  return definition ? { $ref: `#/$defs/${definition.alias}` } : {};
}

function normalizeTyped(type: string, schema: JsonObject, context: Context, depth: number): JsonObject {
  if (type === "object") return normalizeObject(schema, context, depth);
  if (type === "array") return { ...normalizeArray(schema, context, depth), type };
  if (type === "string") return normalizeString(schema);
  return jsonTypes.has(type) ? { type } : {};
}

function normalizeString(schema: JsonObject): JsonObject {
  const members = Array.isArray(schema.enum) ? schema.enum.filter((member) => typeof member === "string") : [];
  if (members.length > 0) return { type: "string", enum: [...new Set(members)] };
  return typeof schema.format === "string" ? { type: "string", format: schema.format } : { type: "string" };
}

function normalizeObject(schema: JsonObject, context: Context, depth: number): JsonObject {
  const properties = Object.entries(isJsonObject(schema.properties) ? schema.properties : {});
  const refused = properties.find(([name]) => refusedProperties.has(name));
  if (refused)
    throw new Unrepresentable(`its input has a property named "${refused[0]}", which Cedar's JSON reads as an escape`);
  const alias = (name: string) => context.aliases.get(name) ?? name;
  const required = Array.isArray(schema.required) ? schema.required.filter((name) => typeof name === "string") : [];
  return {
    type: "object",
    properties: Object.fromEntries(properties.map(([name, one]) => [alias(name), normalize(one, context, depth + 1)])),
    required: required.map(alias),
    ...(isJsonObject(schema.additionalProperties)
      ? { additionalProperties: normalize(schema.additionalProperties, context, depth + 1) }
      : {}),
  };
}

function normalizeArray(schema: JsonObject, context: Context, depth: number): JsonObject {
  const draft7 = Array.isArray(schema.items);
  const prefix = draft7 ? schema.items : schema.prefixItems;
  const rest = draft7 ? schema.additionalItems : schema.items;
  if (!Array.isArray(prefix) || prefix.length === 0)
    return isJsonObject(rest) ? { items: normalize(rest, context, depth + 1) } : {};
  return {
    prefixItems: prefix.map((item) => normalize(item, context, depth + 1)),
    ...(rest === false ? { items: false } : isJsonObject(rest) ? { items: normalize(rest, context, depth + 1) } : {}),
  };
}
