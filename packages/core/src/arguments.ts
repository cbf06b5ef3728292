import type { ErrorObject, ValidateFunction } from "ajv";
import { messageOf } from "./errors.ts";
import { foldKey, isJsonObject, type Json, type JsonObject } from "./json.ts";
import { compileJsonSchema } from "./jsonSchema.ts";

/** Says what is wrong with a tool's arguments, or undefined where they fit its input schema. */
export type ArgumentsCheck = (args: JsonObject) => string | undefined;

/**
 * Compiles the check of a tool's arguments. Nothing is ever fetched: a schema that refers elsewhere, or that is no schema,
 * gives a check that refuses everything. The check itself throws nothing.
 */
export function compileArgumentsCheck(inputSchema: JsonObject): ArgumentsCheck {
  let validate: ValidateFunction;
  try {
    validate = compileJsonSchema(inputSchema);
  } catch (error) {
    return () => unusable(error);
  }
  return (args) => {
    try {
      return validate(args) === true ? respelt(args, inputSchema) : describe(validate.errors?.[0]);
    } catch (error) {
      // A schema that is defined by itself and nothing else never ends.
      return unusable(error);
    }
  };
}

function unusable(error: unknown): string {
  return `the tool's input schema cannot be used (${messageOf(error)})`;
}

/**
 * An argument whose name differs from a declared one only in case or Unicode form: policy would not see it, and a target
 * that matches names without case would (T08).
 */
function respelt(value: Json, schema: Json | undefined): string | undefined {
  if (Array.isArray(value)) {
    const items = isJsonObject(schema) ? schema.items : undefined;
    return first(value, (item) => respelt(item, items));
  }
  if (!isJsonObject(value)) return undefined;
  const { declared, folded } = namesIn(schema);
  return first(Object.entries(value), ([name, inner]) => {
    const meant = folded.get(foldKey(name));
    if (declared.has(name) || meant === undefined) return respelt(inner, declared.get(name));
    return `the property "${name}" must be spelt "${meant}"`;
  });
}

interface Names {
  readonly declared: ReadonlyMap<string, Json>;
  /** The declared names by how readers without case see them. */
  readonly folded: ReadonlyMap<string, string>;
}

const none: Names = { declared: new Map(), folded: new Map() };
/** Schemas never change, and are looked at in every call. */
const known = new WeakMap<JsonObject, Names>();

function namesIn(schema: Json | undefined): Names {
  if (!isJsonObject(schema)) return none;
  let names = known.get(schema);
  if (names === undefined) {
    const declared = propertiesIn(schema);
    names = { declared, folded: new Map([...declared.keys()].map((name) => [foldKey(name), name])) };
    known.set(schema, names);
  }
  return names;
}

/** The properties that a schema declares, those of its alternatives included. */
function propertiesIn(schema: Json | undefined): Map<string, Json> {
  if (!isJsonObject(schema)) return new Map();
  const own = isJsonObject(schema.properties) ? Object.entries(schema.properties) : [];
  const branches = [schema.allOf, schema.anyOf, schema.oneOf].flatMap((list) => (Array.isArray(list) ? list : []));
  return new Map([...branches.flatMap((branch) => [...propertiesIn(branch)]), ...own]);
}

function first<T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function describe(error: ErrorObject | undefined): string {
  if (error === undefined) return "they do not fit the tool's input schema";
  const where = error.instancePath === "" ? "the arguments" : error.instancePath.slice(1).replaceAll("/", ".");
  if (error.keyword === "additionalProperties") {
    return `${where} must not have the property "${String(error.params.additionalProperty)}"`;
  }
  if (error.keyword === "enum") {
    return `${where} must be one of ${(error.params.allowedValues as unknown[]).map((v) => JSON.stringify(v)).join(", ")}`;
  }
  return `${where} ${error.message ?? "do not fit"}`;
}
