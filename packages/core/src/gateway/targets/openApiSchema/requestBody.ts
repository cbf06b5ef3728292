import { isJsonObject, type Json, type JsonObject, refusedKeys } from "../../../json.ts";
import type { BodyBinding, PartBinding } from "./binding.ts";
import { NotMappable, resolved } from "./references.ts";
import { resolvedSchema } from "./schemas.ts";
import type { PartCheck } from "./validation.ts";

/** The body of an operation's request, as arguments of its tool. */
export interface RequestBody {
  readonly binding: BodyBinding;
  /** The arguments, with their schemas. */
  readonly properties: ReadonlyMap<string, Json>;
  readonly required: readonly string[];
  readonly description?: string;
}

/** The media types that can be written, the ones that say most first. */
const encodings: readonly (readonly [RegExp, BodyBinding["encoding"]])[] = [
  [/^application\/json$|^\*\/\*$|^application\/\*$/, "json"],
  [/^application\/[\w.+-]+\+json$/, "json"],
  [/^application\/x-www-form-urlencoded$/, "form"],
  [/^multipart\/form-data$/, "multipart"],
  [/^text\/|^application\/(xml|yaml|graphql)$|\+xml$/, "text"],
  [/^[\w.+-]+\/[\w.+*-]+$/, "binary"],
];
const bytes: JsonObject = { type: "string", contentEncoding: "base64", description: "base64" };

/**
 * The request body of an operation. The properties of an object are arguments of their own, so that policies and agents
 * see them as they are; a body that is anything else, or has properties that others are named like, is one argument.
 * @param taken the names of the parameters.
 * @throws NotMappable for a body that can't be written.
 */
export function requestBodyOf(
  operation: JsonObject,
  document: JsonObject,
  taken: ReadonlySet<string>,
  check: PartCheck,
): RequestBody | undefined {
  const body = resolved(operation.requestBody, document);
  if (body === undefined) return undefined;
  check("request-body", body, "the request body");
  // Checked.
  const {
    content,
    description,
    required = false,
  } = body as {
    content: Record<string, JsonObject>;
    description?: string;
    required?: boolean;
  };
  const chosen = choose(content);
  if (chosen === undefined) return undefined;
  const { type, encoding, media } = chosen;
  const schema = resolvedSchema(media.schema, document);
  const said = description === undefined ? {} : { description };
  const binding = { contentType: type.includes("*") ? "application/json" : type, encoding, required };

  if (encoding === "json" || encoding === "form" || encoding === "multipart") {
    const parts = encoding === "json" ? {} : partsOf(schema, media, encoding, document);
    const own = propertiesOf(schema, taken);
    const form = Object.keys(parts).length === 0 ? {} : { parts };
    if (own !== undefined) {
      const properties = new Map(own.map(([name, of]) => [name, parts[name]?.binary ? described(of) : of]));
      const due =
        Array.isArray(schema.required) && required
          ? schema.required.filter((name) => properties.has(String(name)))
          : [];
      return {
        binding: { ...binding, ...form, properties: [...properties.keys()] },
        properties,
        required: withoutReadOnly(due.map(String), schema, document),
        ...said,
      };
    }
    if (encoding !== "json" && schema.type !== undefined && schema.type !== "object") {
      throw new NotMappable(`a body of ${type} must be an object`);
    }
    const argument = wholeBody(taken);
    return {
      binding: { ...binding, ...form, argument },
      properties: new Map([[argument, media.schema ?? {}]]),
      required: required ? [argument] : [],
      ...said,
    };
  }
  const argument = wholeBody(taken);
  return {
    binding: { ...binding, argument },
    properties: new Map([[argument, encoding === "binary" ? bytes : { type: "string" }]]),
    required: required ? [argument] : [],
    ...said,
  };
}

function choose(content: Readonly<Record<string, JsonObject>>) {
  const offered = Object.entries(content).map(([type, media]) => ({
    type: type.split(";")[0]?.trim().toLowerCase() ?? "",
    media,
  }));
  for (const [pattern, encoding] of encodings) {
    const found = offered.find(({ type }) => pattern.test(type));
    if (found !== undefined) return { ...found, encoding };
  }
  return undefined;
}

/** The properties of an object that has no others; undefined where they can't be arguments of their own. */
function propertiesOf(schema: JsonObject, taken: ReadonlySet<string>): [string, Json][] | undefined {
  const { type, properties, additionalProperties = false } = schema;
  const others = ["allOf", "anyOf", "oneOf", "not", "if", "patternProperties", "dependentSchemas", "dependentRequired"];
  const bounds = ["minProperties", "maxProperties", "propertyNames"];
  if ((type !== undefined && type !== "object") || !isJsonObject(properties)) return undefined;
  if (additionalProperties !== false || [...others, ...bounds].some((keyword) => schema[keyword] !== undefined)) {
    return undefined;
  }
  const own = Object.entries(properties).filter(([, of]) => !isJsonObject(of) || of.readOnly !== true);
  if (own.length === 0 || own.some(([name]) => taken.has(name) || refusedKeys.has(name))) return undefined;
  return own;
}

function withoutReadOnly(required: readonly string[], { properties }: JsonObject, document: JsonObject): string[] {
  return required.filter((name) => {
    const property = isJsonObject(properties) ? resolved(properties[name], document) : undefined;
    return !isJsonObject(property) || property.readOnly !== true;
  });
}

function wholeBody(taken: ReadonlySet<string>): string {
  const argument = ["body", "requestBody"].find((name) => !taken.has(name));
  if (argument === undefined) throw new NotMappable("its body needs a name that no parameter has");
  return argument;
}

/** How the properties of a form are written (OpenAPI, "Encoding Object"). */
function partsOf(
  schema: JsonObject,
  { encoding }: JsonObject,
  of: "form" | "multipart",
  document: JsonObject,
): Record<string, PartBinding> {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, property]): [string, PartBinding][] => {
      const given = isJsonObject(encoding) && isJsonObject(encoding[name]) ? encoding[name] : {};
      const part: PartBinding = {
        ...(of === "multipart" && isBinary(property, document) ? { binary: true } : {}),
        ...(typeof given.contentType === "string" ? { contentType: oneTypeOf(given.contentType) } : {}),
        ...(given.style === "deepObject" ? { deepObject: true } : {}),
        ...(given.explode === false ? { commas: true } : {}),
      };
      return Object.keys(part).length === 0 ? [] : [[name, part]];
    }),
  );
}

/** An encoding may name several types, of which one can be sent. */
function oneTypeOf(types: string): string {
  const first = types.split(",")[0]?.trim() ?? "";
  return first.includes("*") || !/^[\w.+-]+\/[\w.+-]+$/.test(first) ? "application/octet-stream" : first;
}

/** Bytes in a form: without an encoding of their own, of a media type that isn't text (OpenAPI 3.1, "Binary Data"). */
function isBinary(property: Json, document: JsonObject): boolean {
  const schema = resolvedSchema(property, document);
  const items = schema.type === "array" ? resolvedSchema(schema.items, document) : schema;
  const { contentMediaType, contentEncoding, format } = items;
  return (typeof contentMediaType === "string" && contentEncoding === undefined) || format === "binary";
}

function described(property: Json): Json {
  if (!isJsonObject(property)) return bytes;
  const { description } = property;
  const file = { ...bytes, description: typeof description === "string" ? `${description} (base64)` : "base64" };
  return property.type === "array" ? { type: "array", items: bytes, description: file.description } : file;
}
