import type { NormalizedSchema } from "@smithy/core/schema";
import type { FieldError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { violationOf } from "./constraints.ts";

/** Where a problem goes; what is decoded then is of no use. */
type Problems = FieldError[];

/**
 * Turns JSON into what the SDK's types promise, by the SDK's schema (restJson1): timestamps into Date, blobs into bytes.
 * Unknown members are left out, as AWS does. Everything that is wrong is told, not only the first thing.
 */
export function decode(schema: NormalizedSchema, value: Json, path: string, problems: Problems): unknown {
  if (schema.isDocumentSchema()) return value;
  if (schema.isStructSchema()) return decodeObject(schema, value, path, problems, decodeStructure);
  if (schema.isMapSchema()) return decodeObject(schema, value, path, problems, decodeMap);
  if (schema.isListSchema()) return decodeList(schema, value, path, problems);
  if (schema.isNumericSchema()) {
    return typeof value === "number" && Number.isFinite(value) ? value : wrong(path, "a number", problems);
  }
  if (schema.isBooleanSchema()) return typeof value === "boolean" ? value : wrong(path, "true or false", problems);
  if (schema.isTimestampSchema()) return decodeTimestamp(value, path, problems);
  if (schema.isBlobSchema()) {
    return typeof value === "string" ? Buffer.from(value, "base64") : wrong(path, "bytes as base64 text", problems);
  }
  if (typeof value !== "string") return wrong(path, "a string", problems);
  return value.isWellFormed() ? value : wrong(path, "well-formed Unicode text", problems);
}

function wrong(path: string, expected: string, problems: Problems): undefined {
  problems.push({ name: path, message: `must be ${expected}` });
  return undefined;
}

type DecodeObject = (schema: NormalizedSchema, value: JsonObject, path: string, problems: Problems) => unknown;

function decodeObject(schema: NormalizedSchema, value: Json, path: string, problems: Problems, then: DecodeObject) {
  return isJsonObject(value) ? then(schema, value, path, problems) : wrong(path, "an object", problems);
}

function decodeStructure(schema: NormalizedSchema, value: JsonObject, path: string, problems: Problems): unknown {
  const result: Record<string, unknown> = {};
  const required = requiredMembersOf(schema);
  const name = schema.getName() ?? "";
  for (const [member, memberSchema] of schema.structIterator()) {
    const memberPath = path === "" ? member : `${path}.${member}`;
    const given = Object.hasOwn(value, member) ? value[member] : null;
    if (given === null || given === undefined) {
      // In restJson1 null means the same as absent.
      if (required.has(member)) problems.push({ name: memberPath, message: "is required" });
      continue;
    }
    const decoded = decode(memberSchema, given, memberPath, problems);
    const violation = decoded === undefined ? undefined : violationOf(name, member, decoded);
    if (violation !== undefined) problems.push({ name: memberPath, message: violation });
    result[member] = decoded;
  }
  if (schema.isUnionSchema() && Object.keys(result).length !== 1) {
    const members = Object.keys(schema.getMemberSchemas()).join(", ");
    problems.push({ name: path, message: `must have exactly one of the members ${members}` });
  }
  return result;
}

function decodeMap(schema: NormalizedSchema, value: JsonObject, path: string, problems: Problems): unknown {
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === null) continue;
    if (!key.isWellFormed()) wrong(path, "an object whose keys are well-formed Unicode text", problems);
    result[key] = decode(schema.getValueSchema(), member, `${path}.${key}`, problems);
  }
  return result;
}

function decodeList(schema: NormalizedSchema, value: Json, path: string, problems: Problems): unknown {
  if (!Array.isArray(value)) return wrong(path, "a list", problems);
  return value.map((member, index) => decode(schema.getValueSchema(), member, `${path}[${index}]`, problems));
}

/** Accepts both forms that AWS's clients send: seconds since 1970, and RFC 3339 text. */
function decodeTimestamp(value: Json, path: string, problems: Problems): Date | undefined {
  const date = typeof value === "number" ? new Date(value * 1000) : new Date(typeof value === "string" ? value : "");
  return Number.isNaN(date.getTime()) ? wrong(path, "a time", problems) : date;
}

/** A structure's schema lists its required members first and ends with their number. */
function requiredMembersOf(schema: NormalizedSchema): ReadonlySet<string> {
  const raw: unknown = schema.getSchema();
  if (!Array.isArray(raw) || raw[0] === 4) return new Set();
  const [, , , , members, , count] = raw as [number, string, string, unknown, string[], unknown, number | undefined];
  return new Set(members.slice(0, count ?? 0));
}
