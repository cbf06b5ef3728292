import { GatehouseError } from "../../../errors.ts";
import { isJsonObject, type Json, type JsonObject, refusedKeys } from "../../../json.ts";
import { maxDepth } from "../../../observability/otlp/limits.ts";

/** A member of a document, with where it is. */
export interface Place {
  readonly value: unknown;
  /** As in `sessionSpans[3].attributes`. */
  readonly path: string;
}

/** A document that is not what it has to be. */
export function invalid({ path }: Pick<Place, "path">, message: string): GatehouseError {
  return new GatehouseError("validation", `${path} ${message}`, { fields: [{ name: path, message }] });
}

/** @throws GatehouseError for what isn't an object. */
export function objectAt(place: Place): Readonly<Record<string, unknown>> {
  if (isRecord(place.value)) return place.value;
  throw invalid(place, "must be an object");
}

/** The member by the first of these names that is there; JSON of protobuf has names in either way. */
export function member(place: Place, ...names: readonly string[]): Place {
  const object = objectAt(place);
  const name = names.find((one) => object[one] !== undefined && object[one] !== null) ?? names[0] ?? "";
  return { value: object[name] ?? undefined, path: `${place.path}.${name}` };
}

/** @throws GatehouseError for what is no list; what isn't there is an empty one. */
export function listAt({ value, path }: Place): readonly Place[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalid({ path }, "must be a list");
  return value.map((item: unknown, index) => ({ value: item, path: `${path}[${index}]` }));
}

/** @throws GatehouseError for what is no text; what isn't there is none. */
export function textAt({ value, path }: Place): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw invalid({ path }, "must be a text");
}

/**
 * Attributes: an object, or OTLP's list of keys and values.
 * @throws GatehouseError for anything else, and for values that are too deep.
 */
export function attributesAt(place: Place): JsonObject {
  const { value } = place;
  if (value === undefined) return {};
  if (!Array.isArray(value)) return jsonAt({ ...place, value: objectAt(place) }) as JsonObject; // An object stays one.
  const attributes: JsonObject = {};
  for (const pair of listAt(place)) {
    const key = textAt(member(pair, "key"));
    if (key === undefined) throw invalid(pair, "must have a key");
    if (!refusedKeys.has(key)) attributes[key] = anyValueAt(member(pair, "value"), 0);
  }
  return attributes;
}

/** A value as JSON has it. @throws GatehouseError for one that is too deep, or that JSON doesn't have. */
export function jsonAt({ value, path }: Place, depth = 0): Json {
  requireDepth({ path }, depth);
  if (value === null || value === undefined) return null;
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
  }
  if (Array.isArray(value)) return value.map((item: unknown) => jsonAt({ value: item, path }, depth + 1));
  if (!isRecord(value)) throw invalid({ path }, "must be JSON");
  const object: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (!refusedKeys.has(key)) object[key] = jsonAt({ value: item, path }, depth + 1);
  }
  return object;
}

/** OTLP's `AnyValue`, or what somebody has put there instead. */
function anyValueAt(place: Place, depth: number): Json {
  const { value, path } = place;
  requireDepth(place, depth);
  if (!isRecord(value)) return jsonAt(place, depth);
  const [name, ...others] = Object.keys(value);
  const inner: Place = { value: name === undefined ? undefined : value[name], path };
  if (name === undefined) return null;
  if (others.length > 0) return jsonAt(place, depth);
  switch (name.replaceAll("_", "").toLowerCase()) {
    case "stringvalue":
    case "boolvalue":
    case "doublevalue":
    case "bytesvalue":
      return jsonAt(inner, depth);
    case "intvalue":
      return integerIn(jsonAt(inner, depth));
    case "arrayvalue":
      return listAt(member(inner, "values")).map((item) => anyValueAt(item, depth + 1));
    case "kvlistvalue":
      return listOfPairs(inner, depth);
    default:
      return jsonAt(place, depth);
  }
}

function listOfPairs(place: Place, depth: number): JsonObject {
  const object: JsonObject = {};
  for (const pair of listAt(member(place, "values"))) {
    const key = textAt(member(pair, "key"));
    if (key !== undefined && !refusedKeys.has(key)) object[key] = anyValueAt(member(pair, "value"), depth + 1);
  }
  return object;
}

/** 64 bits are a text in JSON of protobuf; it stays one where a number doesn't hold it. */
function integerIn(value: Json): Json {
  return typeof value === "string" && Number.isSafeInteger(Number(value)) && value !== "" ? Number(value) : value;
}

function requireDepth(place: Pick<Place, "path">, depth: number): void {
  if (depth > maxDepth) throw invalid(place, `must not be nested deeper than ${maxDepth} times`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return isJsonObject(value);
}
