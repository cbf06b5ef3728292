import type { CedarValueJson, EntityJson } from "@cedar-policy/cedar-wasm/nodejs";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import type { Attribute, InputType, RecordType, TaggedType } from "../schema/inputType.ts";
import { datetime, decimalOfNumber, decimalOfText, duration, ipAddress } from "./scalars.ts";

/** Arguments as Cedar reads them, or why Cedar cannot. */
export type EncodedInput =
  | {
      readonly ok: true;
      /** The attributes of `context.input`; an object without a prototype. */
      readonly input: Record<string, CedarValueJson>;
      /** The entities that stand for objects with `additionalProperties`. */
      readonly entities: EntityJson[];
    }
  | { readonly ok: false; readonly reason: string };

/**
 * Writes a call's arguments in Cedar's JSON, following the tool's type and never the shape of the value: an argument that
 * the schema doesn't know is left out, and one that looks like an escape of Cedar's JSON (`__entity`, `__extn`) can only
 * ever become a plain string, number or record (T08, T14). What Cedar can't hold exactly is refused, never rounded.
 *
 * @param attributes The arguments that are wanted; the others are neither written nor checked. All if absent.
 */
export function encodeInput(type: RecordType, args: JsonObject, attributes?: Iterable<string>): EncodedInput {
  const writer: Writer = { entities: [], exact: false };
  try {
    return { ok: true, input: writeAttributes(args, wanted(type, attributes), "", writer), entities: writer.entities };
  } catch (error) {
    if (error instanceof NotRepresentable) return { ok: false, reason: error.message };
    throw error;
  }
}

class NotRepresentable extends Error {}

interface Writer {
  readonly entities: EntityJson[];
  /** Within a union: an object with a property that a choice doesn't know is not of that choice. */
  exact: boolean;
}

type Attributes = Iterable<readonly [string, Attribute]>;

function* wanted({ attributes }: RecordType, names: Iterable<string> | undefined): Attributes {
  if (names === undefined) return yield* attributes;
  for (const name of names) {
    const attribute = attributes.get(name);
    if (attribute) yield [name, attribute];
  }
}

function writeAttributes(value: JsonObject, attributes: Attributes, path: string, writer: Writer) {
  // Without a prototype, so that no key can reach one (T23).
  const written: Record<string, CedarValueJson> = Object.create(null);
  for (const [name, { type, required }] of attributes) {
    const at = path === "" ? name : `${path}.${name}`;
    const one = Object.hasOwn(value, name) ? value[name] : undefined;
    if (one !== undefined) written[name] = write(one, type, at, writer);
    else if (required) refuse(at, "is required");
  }
  return written;
}

function write(value: Json, type: InputType, path: string, writer: Writer): CedarValueJson {
  switch (type.kind) {
    case "string":
      return text(value, path);
    case "bool":
      return typeof value === "boolean" ? value : refuse(path, "must be true or false");
    case "long":
      return long(value, path);
    case "null":
      return value === null ? entity("AgentCore::Null", "null") : refuse(path, "must be null");
    case "unknown":
      return entity("AgentCore::Unknown", canonical(value));
    case "enum":
      return typeof value === "string" && type.members.has(value)
        ? entity(type.entityType, value)
        : refuse(path, "must be one of the values that its schema lists");
    case "set":
      if (!Array.isArray(value)) return refuse(path, "must be an array");
      return value.map((one, i) => write(one, type.element, `${path}[${i}]`, writer));
    case "tuple":
      return tuple(value, type.items, path, writer);
    case "record":
      return writeAttributes(object(value, type.attributes, path, writer), type.attributes, path, writer);
    case "tagged":
      return tagged(value, type, path, writer);
    case "union":
      return union(value, type.choices, path, writer);
    default:
      return extension(value, type.kind, path);
  }
}

function text(value: Json, path: string): string {
  if (typeof value !== "string") return refuse(path, "must be a string");
  // Half of a surrogate pair has no UTF-8, so that policy and tool would read different strings.
  return value.isWellFormed() ? value : refuse(path, "cannot be represented: it is not well-formed Unicode");
}

function long(value: Json, path: string): number {
  if (typeof value !== "number" || !Number.isInteger(value)) return refuse(path, "must be an integer");
  if (!Number.isSafeInteger(value)) return refuse(path, "cannot be represented: integers beyond 2^53-1");
  return value === 0 ? 0 : value;
}

/** The constructors of Cedar's extension types. */
const constructors = {
  decimal: {
    fn: "decimal",
    parse: decimalOfText,
    rule: "decimal numbers with more than 4 places or beyond ±922337203685477.5807",
  },
  datetime: { fn: "datetime", parse: datetime, rule: "times that are not RFC 3339, or finer than a millisecond" },
  duration: { fn: "duration", parse: duration, rule: "durations that are not ISO 8601, or in months or years" },
  ipaddr: { fn: "ip", parse: ipAddress, rule: "addresses other than plain IPv4 and IPv6" },
} as const;

function extension(value: Json, kind: keyof typeof constructors, path: string): CedarValueJson {
  const { fn, parse, rule } = constructors[kind];
  // Cedar has one type for numbers and for strings of the format `decimal`; which is due is for the tool's own schema.
  const fromNumber = kind === "decimal" && typeof value === "number";
  if (!fromNumber && typeof value !== "string")
    return refuse(path, kind === "decimal" ? "must be a number" : "must be a string");
  const arg = fromNumber ? decimalOfNumber(value) : parse(String(value));
  return arg === undefined ? refuse(path, `cannot be represented: ${rule}`) : { __extn: { fn, arg } };
}

function tuple(value: Json, items: readonly InputType[], path: string, writer: Writer): CedarValueJson {
  if (!Array.isArray(value) || value.length !== items.length)
    return refuse(path, `must be an array of ${items.length}`);
  return Object.fromEntries(
    items.map((item, i) => [`proj${i}`, write(value[i] ?? null, item, `${path}[${i}]`, writer)]),
  );
}

function object(value: Json, known: ReadonlyMap<string, Attribute>, path: string, writer: Writer): JsonObject {
  if (!isJsonObject(value)) return refuse(path, "must be an object");
  const stranger = writer.exact && Object.keys(value).find((key) => !known.has(key));
  return stranger ? refuse(path, `has an unknown property "${stranger}"`) : value;
}

/** An entity whose id is its content, so that equal objects are equal in Cedar. */
function tagged(value: Json, type: TaggedType, path: string, writer: Writer): CedarValueJson {
  if (!isJsonObject(value)) return refuse(path, "must be an object");
  const tags: Record<string, CedarValueJson> = Object.create(null);
  for (const [key, one] of Object.entries(value)) {
    if (!type.attributes.has(key)) tags[text(key, `${path}.${key}`)] = write(one, type.tags, `${path}.${key}`, writer);
  }
  const attrs = writeAttributes(value, type.attributes, path, writer);
  const uid = { type: type.entityType, id: canonical(value) };
  writer.entities.push({ uid, attrs, parents: [], tags });
  return { __entity: uid };
}

/** The first choice that the value fits exactly: the generator's own rule. */
function union(value: Json, choices: readonly InputType[], path: string, writer: Writer): CedarValueJson {
  for (const [i, choice] of choices.entries()) {
    const attempt: Writer = { entities: [], exact: true };
    try {
      const written = write(value, choice, path, attempt);
      writer.entities.push(...attempt.entities);
      return { [`typeChoice${i}`]: written };
    } catch (error) {
      if (!(error instanceof NotRepresentable)) throw error;
    }
  }
  return refuse(path, "cannot be represented: it fits none of the types that its schema lists");
}

function entity(type: string, id: string): CedarValueJson {
  return { __entity: { type, id } };
}

/** JSON text that is the same for equal values: keys in order. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join(",")}}`;
}

function refuse(path: string, reason: string): never {
  throw new NotRepresentable(`The argument "${path}" ${reason}.`);
}
