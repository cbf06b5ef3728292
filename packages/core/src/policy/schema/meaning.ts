import { isJsonObject, type Json, type JsonObject } from "../../json.ts";

/** A schema as it is meant, with a type where one follows; and what got lost, if anything did. */
export interface Meaning {
  readonly meant: JsonObject;
  readonly unclear?: string;
}

/**
 * Says in the keywords that decide a Cedar type what a schema says in others: an `allOf`, a `const` or `enum` without a
 * type, an object or an array that doesn't say that it is one. What isn't certain stays as it is.
 *
 * @param definitionAt The definition at a JSON pointer, unless it contains itself.
 */
export function meaningOf(schema: JsonObject, definitionAt: (pointer: string) => Json | undefined): Meaning {
  const { allOf, ...own } = schema;
  if (Array.isArray(allOf) && allOf.length > 0) return meaningOfAll(own, allOf, definitionAt);
  if (schema.type !== undefined || schema.$ref !== undefined) return { meant: schema };
  if (schema.anyOf !== undefined || schema.oneOf !== undefined) return { meant: schema };
  if (schema.const !== undefined) return { meant: typed(schema, [schema.const], false) };
  if (Array.isArray(schema.enum)) return { meant: typed(schema, schema.enum, true) };
  if (isJsonObject(schema.properties)) return { meant: { ...schema, type: "object" } };
  if (schema.items !== undefined || schema.prefixItems !== undefined) return { meant: { ...schema, type: "array" } };
  return { meant: schema };
}

/** The type that all values of a `const` or an `enum` have. A constant string is a string, as it is if it says so itself. */
function typed(schema: JsonObject, values: readonly Json[], listed: boolean): JsonObject {
  const all = (is: (value: Json) => boolean) => values.length > 0 && values.every(is);
  if (all((value) => typeof value === "string")) return { type: "string", ...(listed ? { enum: [...values] } : {}) };
  if (all((value) => typeof value === "boolean")) return { type: "boolean" };
  if (all((value) => value === null)) return { type: "null" };
  if (all((value) => Number.isInteger(value))) return { type: "integer" };
  if (all((value) => typeof value === "number")) return { type: "number" };
  return schema;
}

const notMerged = "it must fit several schemas at once (allOf)";

/** One schema that says what several together say: the only one, or one object of all their properties. */
function meaningOfAll(
  own: JsonObject,
  allOf: readonly Json[],
  definitionAt: (pointer: string) => Json | undefined,
): Meaning {
  const says = (schema: JsonObject) => ["type", "properties", "$ref", "anyOf", "oneOf"].some((key) => key in schema);
  const parts = [own, ...allOf].filter((part) => isJsonObject(part)).filter(says);
  const [only, ...others] = parts;
  if (only === undefined) return { meant: own };
  if (others.length === 0) return meaningOf(only, definitionAt);
  const objects = parts.map((part) => objectIn(part, definitionAt, 0));
  const names = objects.flatMap((part) => Object.keys(part?.properties ?? {}));
  const merged = objects.every((part) => part !== undefined) && new Set(names).size === names.length;
  if (!merged) return { ...meaningOf(only, definitionAt), unclear: notMerged };
  return {
    meant: {
      type: "object",
      properties: Object.fromEntries(objects.flatMap(({ properties }) => Object.entries(properties))),
      required: objects.flatMap(({ required }) => required),
    },
  };
}

interface PlainObject {
  readonly properties: JsonObject;
  readonly required: readonly Json[];
}

/** A schema, or the definition that it refers to, as an object of declared properties; undefined if it is anything else. */
function objectIn(
  schema: Json,
  definitionAt: (pointer: string) => Json | undefined,
  depth: number,
): PlainObject | undefined {
  if (!isJsonObject(schema) || depth > 8) return undefined;
  const { $ref, type, properties, required, additionalProperties } = schema;
  const combined = ["allOf", "anyOf", "oneOf"].some((key) => key in schema);
  if (typeof $ref === "string" && type === undefined)
    return objectIn(definitionAt($ref) ?? false, definitionAt, depth + 1);
  if (combined || isJsonObject(additionalProperties) || (type ?? "object") !== "object") return undefined;
  return { properties: isJsonObject(properties) ? properties : {}, required: Array.isArray(required) ? required : [] };
}

/**
 * The names of all properties that a schema declares for its object, wherever it does: an object may have those of its
 * alternatives and conditions as well, although no single type says so.
 *
 * @param definitionAt The definition at a JSON pointer, also one that contains itself.
 */
export function declaredNames(schema: Json, definitionAt: (pointer: string) => Json | undefined): Set<string> {
  const names = new Set<string>();
  const seen = new Set<string>();
  const visit = (one: Json | undefined): void => {
    if (!isJsonObject(one)) return;
    if (isJsonObject(one.properties)) for (const name of Object.keys(one.properties)) names.add(name);
    for (const list of [one.allOf, one.anyOf, one.oneOf]) if (Array.isArray(list)) for (const part of list) visit(part);
    for (const part of [one.if, one.then, one.else]) visit(part);
    for (const parts of [one.dependentSchemas, one.dependencies])
      if (isJsonObject(parts)) for (const part of Object.values(parts)) visit(part);
    if (typeof one.$ref === "string" && !seen.has(one.$ref)) {
      seen.add(one.$ref);
      visit(definitionAt(one.$ref));
    }
  };
  visit(schema);
  return names;
}
