import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { declaredNames, meaningOf } from "./meaning.ts";
import { identifiersFor, isIdentifier } from "./names.ts";
import { type Definition, definitionsOf, schemasByPointer } from "./references.ts";

/** A part of a tool's input that policies can't, or not fully, decide about. */
export interface SchemaGap {
  /** Where it is, such as `input.a.b`; `[]` stands for the items of an array, `*` for properties that are not declared. */
  readonly property: string;
  /** Why, for the author of policies. */
  readonly reason: string;
  /**
   * What policies see of it: nothing, for it is no part of the tool's Cedar type; whether it is there, for its type is
   * `Unknown`; or its value, but not every value that it may have.
   */
  readonly policiesSee: "nothing" | "presence" | "value";
}

/** A tool's input schema as the generator can read it, and how its property names were spelled before. */
export interface NormalizedInput {
  readonly inputSchema: JsonObject;
  /** From the alias that stands in the normalized schema to the property's true name; only for names that changed. */
  readonly trueNames: ReadonlyMap<string, string>;
  /**
   * The properties that are left out, by what stands for them in the normalized schema. Cedar never sees that, and whoever
   * reads the types knows that there is something which no policy can see.
   */
  readonly leftOut: ReadonlyMap<string, string>;
  /** What of it Cedar can't represent. */
  readonly gaps: readonly SchemaGap[];
}

/** A schema that no Cedar type can stand for. Its message is the reason that the author of policies reads. */
export class Unrepresentable extends Error {}

/** The type of what stands for a property that is left out. */
export const standInType = { type: "boolean" } as const;

const jsonTypes = new Set(["boolean", "integer", "number", "string", "null", "array", "object"]);

/** Cedar's JSON format reads these keys as escapes; `__proto__` is refused in every argument. */
const refusedProperties = new Set(["__entity", "__extn", "__expr", "__proto__"]);

/** Deeper than this no one writes policies, and recursion inside WebAssembly has no guard of its own. */
const greatestDepth = 32;

/** As many are listed, or a few more, of a tool whose definitions refer to each other over and over. */
const mostGaps = 1_000;

/**
 * Rewrites a tool's JSON Schema into the part of JSON Schema that the generator reads, so that one odd corner doesn't
 * cost the whole tool:
 *
 * - only the keywords that decide a Cedar type are kept (a stray `json` key would make the generator read another schema);
 * - properties that are named like an escape of Cedar's JSON, or nested too deeply, are left out, and listed as gaps;
 * - `true`, an unknown or a missing type, and whatever is recursive or refers to nothing become the empty schema, which is
 *   the Cedar type `Unknown`: policies can see that there is a value, but not into it. They are listed as well;
 * - an `allOf`, a `const` or an `enum` without a type, and objects and arrays that don't say that they are one become what
 *   they mean, where that is certain (meaning.ts);
 * - `#/definitions/` is read as `#/$defs/`, a draft-07 tuple as `prefixItems`, members of a string enum that are no
 *   strings are left out;
 * - property names that are no Cedar identifiers get an alias, because the generator makes type names of them; so do
 *   `typeChoice0` and `proj0`, so that these names in its answer always mean a union and a tuple.
 */
export function normalizeInputSchema(schema: JsonObject): NormalizedInput {
  const context: Context = {
    definitions: definitionsOf(schema),
    schemas: schemasByPointer(schema),
    aliases: identifiersFor(
      propertyNames([schema]),
      (name) => isIdentifier(name) && !/^(typeChoice|proj)\d+$/.test(name),
    ),
    normalized: new Map(),
    leftOut: new Map(),
    gaps: [],
    left: 0,
  };
  const place = { depth: 0, path: "input" };
  const { meant, unclear } = meaningOf(schema, (pointer) => context.definitions.get(pointer)?.schema);
  if (unclear !== undefined) note(unclear, "value", context, place);
  const root = normalizeObject(meant, context, place, schema);
  const changed = [...context.aliases].filter(([name, alias]) => name !== alias);
  return {
    inputSchema: {
      ...root,
      $defs: Object.fromEntries([...context.normalized.values()].map((one) => [one.alias, one.schema])),
    },
    trueNames: new Map(changed.map(([name, alias]) => [alias, name])),
    leftOut: context.leftOut,
    gaps: context.gaps,
  };
}

interface Context {
  readonly definitions: ReadonlyMap<string, Definition>;
  /** All definitions as they were written, by JSON pointer. */
  readonly schemas: ReadonlyMap<string, Json>;
  /** From a property's true name to what stands for it. */
  readonly aliases: ReadonlyMap<string, string>;
  /** The definitions that were referred to, by JSON pointer. */
  readonly normalized: Map<string, Normalized>;
  readonly leftOut: Map<string, string>;
  readonly gaps: SchemaGap[];
  /** How many properties were left out so far, those of definitions counted wherever these are referred to. */
  left: number;
}

interface Normalized {
  readonly alias: string;
  readonly schema: JsonObject;
  /** How many levels it adds. */
  readonly height: number;
  /** Where it was referred to first, the gaps that were listed there, and how many properties it leaves out. */
  readonly path: string;
  readonly gaps: readonly SchemaGap[];
  readonly left: number;
}

/** Where in the input a schema stands. */
interface Place {
  readonly depth: number;
  readonly path: string;
}

const below = ({ depth, path }: Place, step: string): Place => ({ depth: depth + 1, path: `${path}${step}` });

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

function normalize(schema: Json | undefined, context: Context, place: Place): JsonObject {
  if (place.depth > greatestDepth) throw new Unrepresentable(`it is nested more than ${greatestDepth} levels deep`);
  if (!isJsonObject(schema)) return unknown("its schema says nothing of its type", context, place);
  const { meant, unclear } = meaningOf(schema, (pointer) => context.definitions.get(pointer)?.schema);
  if (unclear !== undefined) return unknown(unclear, context, place);
  if (meant.nullable === true && typeof meant.type === "string" && meant.type !== "null")
    note("it may be null, which its Cedar type has no value for", "value", context, place);
  if (meant.type === "object") return normalizeObject(meant, context, place, schema);
  if (typeof meant.type === "string") return normalizeTyped(meant.type, meant, context, place);
  if (Array.isArray(meant.type)) return normalizeTypes(meant.type, meant, context, place);
  const union = meant.anyOf ?? meant.oneOf;
  if (Array.isArray(union) && union.length > 0)
    return orUnknown(context, place, () => ({ anyOf: union.map((one) => normalize(one, context, below(place, ""))) }));
  if (typeof meant.$ref === "string") return normalizeReference(meant.$ref, context, place);
  return unknown("its schema gives no type that Cedar has", context, place);
}

function note(reason: string, policiesSee: SchemaGap["policiesSee"], context: Context, { path }: Place): void {
  context.gaps.push({ property: path, reason, policiesSee });
}

function unknown(reason: string, context: Context, place: Place): JsonObject {
  note(reason, "presence", context, place);
  return {};
}

/** Which choice of a union a value is depends on all of its properties: with one left out that can't be told. */
function orUnknown(context: Context, place: Place, make: () => JsonObject): JsonObject {
  const { left } = context;
  const { length } = context.gaps;
  const definitions = new Set(context.normalized.keys());
  const made = make();
  if (context.left === left) return made;
  // What was found inside doesn't count: the definitions that it refers to are read again where they are next referred to.
  context.left = left;
  context.gaps.length = length;
  for (const pointer of context.normalized.keys()) if (!definitions.has(pointer)) context.normalized.delete(pointer);
  return unknown("one of the types that it may have has a property that Cedar can't represent", context, place);
}

function normalizeTypes(types: readonly Json[], schema: JsonObject, context: Context, place: Place): JsonObject {
  if (!types.every((type) => typeof type === "string" && jsonTypes.has(type)))
    return unknown("its schema lists a type that JSON doesn't have", context, place);
  return orUnknown(context, place, () => ({
    ...(types.includes("array") ? normalizeArray(schema, context, place) : {}),
    ...(types.includes("object") ? normalizeObject(schema, context, place, schema) : {}),
    type: [...types],
  }));
}

function normalizeReference(pointer: string, context: Context, place: Place): JsonObject {
  const definition = context.definitions.get(pointer);
  if (definition === undefined)
    return unknown("it refers to itself, or to something other than a definition of this schema", context, place);
  const known = context.normalized.get(pointer);
  if (known !== undefined && place.depth + known.height > greatestDepth)
    throw new Unrepresentable(`it is nested more than ${greatestDepth} levels deep`);
  if (known === undefined) defineReferred(pointer, definition, context, place);
  else {
    context.left += known.left;
    const here = known.gaps.map((gap) => ({
      ...gap,
      property: `${place.path}${gap.property.slice(known.path.length)}`,
    }));
    if (context.gaps.length < mostGaps) context.gaps.push(...here);
  }
  return { $ref: `#/$defs/${definition.alias}` };
}

function defineReferred(pointer: string, definition: Definition, context: Context, place: Place): void {
  const { left } = context;
  const { length } = context.gaps;
  const schema = normalize(definition.schema, context, below(place, ""));
  context.normalized.set(pointer, {
    alias: definition.alias,
    schema,
    height: 1 + heightOf(schema, context),
    path: place.path,
    gaps: context.gaps.slice(length),
    left: context.left - left,
  });
}

/** How many levels of properties, items and alternatives a normalized schema has. */
function heightOf(schema: Json | undefined, context: Context): number {
  if (!isJsonObject(schema)) return 0;
  if (typeof schema.$ref === "string") {
    return [...context.normalized.values()].find(({ alias }) => schema.$ref === `#/$defs/${alias}`)?.height ?? 0;
  }
  const { properties, items, prefixItems, anyOf, additionalProperties } = schema;
  const children = [
    ...(isJsonObject(properties) ? Object.values(properties) : []),
    ...[prefixItems, anyOf].flatMap((list) => (Array.isArray(list) ? list : [])),
    items,
    additionalProperties,
  ].filter((child) => child !== undefined);
  return children.reduce<number>((height, child) => Math.max(height, 1 + heightOf(child, context)), 0);
}

function normalizeTyped(type: string, schema: JsonObject, context: Context, place: Place): JsonObject {
  if (type === "array") return { ...normalizeArray(schema, context, place), type };
  if (type === "string") return normalizeString(schema);
  return jsonTypes.has(type) ? { type } : unknown(`there is no type ${JSON.stringify(type)}`, context, place);
}

function normalizeString(schema: JsonObject): JsonObject {
  const members = Array.isArray(schema.enum) ? schema.enum.filter((member) => typeof member === "string") : [];
  if (members.length > 0) return { type: "string", enum: [...new Set(members)] };
  return typeof schema.format === "string" ? { type: "string", format: schema.format } : { type: "string" };
}

/** @param written The schema as it was written, which may declare more properties than what it means. */
function normalizeObject(schema: JsonObject, context: Context, place: Place, written: JsonObject): JsonObject {
  const { additionalProperties: rest } = schema;
  const declared = Object.entries(isJsonObject(schema.properties) ? schema.properties : {});
  if (declared.length === 0 && !isJsonObject(rest) && rest !== false && place.depth > 0)
    note("its properties are not declared", "presence", context, place);
  const properties = Object.fromEntries(
    declared.flatMap(([name, one]) => {
      const normalized = normalizeProperty(name, one, context, below(place, `.${name}`));
      return [normalized ? [context.aliases.get(name) ?? name, normalized] : standIn(name, context)];
    }),
  );
  const required = Array.isArray(schema.required) ? schema.required.filter((name) => typeof name === "string") : [];
  Object.assign(properties, declaredElsewhere(written, new Set(declared.map(([name]) => name)), context, place));
  return {
    type: "object",
    properties,
    required: required
      .map((name) => context.aliases.get(name) ?? name)
      .filter((name) => Object.hasOwn(properties, name)),
    ...(isJsonObject(rest) ? { additionalProperties: normalize(rest, context, below(place, ".*")) } : {}),
  };
}

/** What stands for the properties that an object has only in some of its alternatives, or by reference: none are in its type. */
function declaredElsewhere(written: JsonObject, own: ReadonlySet<string>, context: Context, place: Place): JsonObject {
  const names = declaredNames(written, (pointer) => context.schemas.get(pointer)).difference(own);
  return Object.fromEntries(
    [...names].map((name) => {
      context.left += 1;
      note(elsewhere, "nothing", context, below(place, `.${name}`));
      return standIn(name, context);
    }),
  );
}

const elsewhere = "its schema declares it elsewhere than among its object's own properties";

/** A property's type, or undefined where it is left out of its object's. */
function normalizeProperty(name: string, schema: Json, context: Context, place: Place): JsonObject | undefined {
  try {
    if (refusedProperties.has(name))
      throw new Unrepresentable("Cedar's JSON reads a property of this name as an escape");
    return normalize(schema, context, place);
  } catch (error) {
    if (!(error instanceof Unrepresentable)) throw error;
    context.left += 1;
    note(error.message, "nothing", context, place);
    return undefined;
  }
}

/** What stands for a property that is left out. */
function standIn(name: string, { aliases, leftOut }: Context): [string, JsonObject] {
  const taken = new Set(aliases.values());
  let n = leftOut.size;
  while (taken.has(`left_out_${n}`) || leftOut.has(`left_out_${n}`)) n++;
  leftOut.set(`left_out_${n}`, name);
  return [`left_out_${n}`, standInType];
}

function normalizeArray(schema: JsonObject, context: Context, place: Place): JsonObject {
  const draft7 = Array.isArray(schema.items);
  const prefix = draft7 ? schema.items : schema.prefixItems;
  const rest = draft7 ? schema.additionalItems : schema.items;
  const items = below(place, "[]");
  if (!Array.isArray(prefix) || prefix.length === 0) {
    if (isJsonObject(rest)) return { items: normalize(rest, context, items) };
    return rest === false ? {} : { ...unknown("its items have no type", context, items) };
  }
  if (rest !== false) note("it is a list whose first items have types of their own", "presence", context, items);
  return {
    prefixItems: prefix.map((item) => normalize(item, context, items)),
    ...(rest === false ? { items: false } : isJsonObject(rest) ? { items: normalize(rest, context, items) } : {}),
  };
}
