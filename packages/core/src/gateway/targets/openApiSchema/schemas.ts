import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import { isLinearPattern } from "../../../patterns/program.ts";
import { lookUp, NotMappable, resolved, segmentsOf } from "./references.ts";

/** Whether a schema is of what is sent to an API or of what comes back. */
export type Direction = "request" | "response";

/** How many references deep a schema that is too large is tried again. */
const shallower = [4, 2, 1, 0];

/** Keywords that are taken as they are where they are of the right type, and what that is. Everything else is left out. */
const literals: Readonly<Record<string, (value: Json) => boolean>> = {
  type: (value) => typeof value === "string" || isListOf(value, "string"),
  title: isString,
  description: isString,
  default: () => true,
  deprecated: isBoolean,
  enum: (value) => Array.isArray(value) && value.length > 0,
  const: () => true,
  format: isString,
  contentEncoding: isString,
  contentMediaType: isString,
  multipleOf: (value) => isNumber(value) && Number(value) > 0,
  maximum: isNumber,
  exclusiveMaximum: isNumber,
  minimum: isNumber,
  exclusiveMinimum: isNumber,
  maxLength: isCount,
  minLength: isCount,
  // What isn't a regular expression of this language, or looks around, can't be checked here; the API does so itself.
  pattern: (value) => isString(value) && isLinearPattern(String(value)),
  maxItems: isCount,
  minItems: isCount,
  uniqueItems: isBoolean,
  maxContains: isCount,
  minContains: isCount,
  maxProperties: isCount,
  minProperties: isCount,
  required: (value) => isListOf(value, "string"),
  dependentRequired: isJsonObject,
};
const schemaMaps: ReadonlySet<string> = new Set(["properties", "patternProperties", "dependentSchemas"]);
const schemaLists: ReadonlySet<string> = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const schemaMembers: ReadonlySet<string> = new Set([
  "items",
  "additionalProperties",
  "unevaluatedItems",
  "unevaluatedProperties",
  "contains",
  "propertyNames",
  "not",
  "if",
  "then",
  "else",
]);

/** Schemas of one tool's input or output, made to stand alone. */
export interface SchemaSet {
  /** The schemas, in the order in which they were asked for. Where they refer, they refer to the definitions. */
  readonly schemas: readonly Json[];
  readonly definitions: JsonObject;
  /** Whether something in them was left open, because all of it would have been too large. */
  readonly cut: boolean;
}

/**
 * Makes schemas of a description stand alone. What they refer to becomes definitions beside them, each once, so that one
 * that refers to itself stays as small as it is. What JSON Schema doesn't know is left out, as is what isn't for this
 * direction (`readOnly`, `writeOnly`).
 * @param maximumBytes how large all of it may be as JSON text; where it is larger, what is referred to far from the schemas
 * is left open.
 * @throws NotMappable for a reference that leads outside the description or nowhere, and for what is too large in itself.
 */
export function standAlone(
  schemas: readonly Json[],
  document: JsonObject,
  { direction, maximumBytes }: { readonly direction: Direction; readonly maximumBytes: number },
): SchemaSet {
  for (const deepest of [Number.POSITIVE_INFINITY, ...shallower]) {
    const set = collect(schemas, document, direction, { deepest, maximumBytes });
    if (set !== undefined) return set;
  }
  throw new NotMappable(`its schemas are larger than ${maximumBytes / 1_000} KB`);
}

function collect(
  roots: readonly Json[],
  document: JsonObject,
  direction: Direction,
  { deepest, maximumBytes }: { readonly deepest: number; readonly maximumBytes: number },
): SchemaSet | undefined {
  const names = definitionNames();
  let cut = false;
  let bytes = 0;

  const schemas = roots.map((root) => {
    const schema = plain(root, direction, names.of);
    bytes += sizeOf(schema);
    return schema;
  });
  const definitions: JsonObject = {};
  // Breadth first, so that what is near is whole. What is found on the way joins the end.
  let level = names.take();
  for (let depth = 1; level.length > 0; depth++) {
    for (const { reference, name } of level) {
      const target = lookUp(reference, document);
      const definition = depth > deepest ? open(target) : plain(target, direction, names.of);
      cut ||= depth > deepest;
      definitions[name] = definition;
      bytes += sizeOf(definition) + name.length;
      if (bytes > maximumBytes) return undefined;
    }
    level = names.take();
  }
  return bytes > maximumBytes ? undefined : { schemas, definitions, cut };
}

interface Named {
  readonly reference: string;
  readonly name: string;
}

/** Gives what is referred to a name among the definitions: that of its component, where no other has it. */
function definitionNames() {
  const byReference = new Map<string, string>();
  const taken = new Set<string>();
  let found: Named[] = [];
  return {
    of(reference: string): string {
      const known = byReference.get(reference);
      if (known !== undefined) return known;
      const last = (segmentsOf(reference).at(-1) ?? "").replaceAll(/[^A-Za-z0-9_.-]/g, "_") || "schema";
      let name = last;
      for (let count = 2; taken.has(name); count++) name = `${last}_${count}`;
      taken.add(name);
      byReference.set(reference, name);
      found.push({ reference, name });
      return name;
    },
    /** What was referred to since the last time. */
    take(): readonly Named[] {
      const taken = found;
      found = [];
      return taken;
    },
  };
}

function plain(schema: Json, direction: Direction, nameOf: (reference: string) => string): Json {
  const inner = (value: Json): Json => plain(value, direction, nameOf);
  if (!isJsonObject(schema)) return typeof schema === "boolean" ? schema : {};
  const result: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === "$ref" && typeof value === "string") {
      requireLocal(value);
      result.$ref = `#/$defs/${nameOf(value)}`;
    } else if (schemaMaps.has(keyword) && isJsonObject(value)) {
      result[keyword] = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inner(member)]));
    } else if (schemaLists.has(keyword) && Array.isArray(value) && value.length > 0) {
      result[keyword] = value.map(inner);
    } else if (schemaMembers.has(keyword) && (isJsonObject(value) || typeof value === "boolean")) {
      result[keyword] = inner(value);
    } else if (Object.hasOwn(literals, keyword) && literals[keyword]?.(value)) {
      result[keyword] = value;
    }
  }
  return withoutOtherDirection(result, schema, direction);
}

/** A property that the API alone sets is nothing to send, and one that it only takes doesn't come back. */
function withoutOtherDirection(result: JsonObject, { properties }: JsonObject, direction: Direction): JsonObject {
  if (!isJsonObject(properties) || !isJsonObject(result.properties)) return result;
  const marker = direction === "request" ? "readOnly" : "writeOnly";
  const gone = Object.keys(properties).filter((name) => {
    const property = properties[name];
    return isJsonObject(property) && property[marker] === true;
  });
  if (gone.length === 0) return result;
  const kept = Object.entries(result.properties).filter(([name]) => !gone.includes(name));
  const required = isListOf(result.required ?? null, "string") ? (result.required as string[]) : [];
  return {
    ...result,
    properties: Object.fromEntries(kept),
    ...(result.required === undefined ? {} : { required: required.filter((name) => !gone.includes(name)) }),
  };
}

/** A schema that says no more than what kind of value it is. */
function open(schema: Json): JsonObject {
  if (!isJsonObject(schema)) return {};
  const { type, description } = schema;
  return {
    ...(typeof type === "string" ? { type } : {}),
    ...(typeof description === "string" ? { description: description.slice(0, 200) } : {}),
  };
}

/**
 * What a schema means that may be a reference, an `allOf` of one member included.
 * @throws NotMappable
 */
export function resolvedSchema(schema: Json | undefined, document: JsonObject): JsonObject {
  const value = resolved(schema, document);
  if (!isJsonObject(value)) return {};
  const { allOf } = value;
  if (Array.isArray(allOf) && allOf.length === 1 && value.properties === undefined && value.type === undefined) {
    return { ...resolvedSchema(allOf[0], document), ...withoutAllOf(value) };
  }
  return value;
}

function withoutAllOf({ allOf: _, ...rest }: JsonObject): JsonObject {
  return rest;
}

function requireLocal(reference: string): void {
  if (reference.startsWith("#/")) return;
  throw new NotMappable(
    `the reference ${JSON.stringify(reference)} doesn't lead to a place inside the description, as in #/components/schemas/Pet: nothing is fetched`,
  );
}

function sizeOf(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function isListOf(value: Json, type: "string"): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === type);
}

function isString(value: Json): boolean {
  return typeof value === "string";
}

function isBoolean(value: Json): boolean {
  return typeof value === "boolean";
}

function isNumber(value: Json): boolean {
  return typeof value === "number" && Number.isFinite(value);
}

function isCount(value: Json): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
