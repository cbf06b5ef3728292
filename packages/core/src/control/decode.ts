import type { NormalizedSchema } from "@smithy/core/schema";
import type { FieldError } from "../errors.ts";
import { isJsonObject, type Json } from "../json.ts";
import { type Constraint, violationOf } from "./constraints/constraint.ts";
import { constraintOf } from "./constraints/constraints.ts";

/** Where a problem goes; what is decoded then is of no use. */
type Problems = FieldError[];

/** More problems than anybody reads: a body of 1.5 MB can hold a million, and the answer would be a hundred times as large. */
const mostProblems = 200;
/** A map's key in the path of a problem: a longer one is cut. */
const longestKey = 128;

/**
 * Turns JSON into what the SDK's types promise, by the SDK's schema (restJson1): timestamps into Date, blobs into bytes.
 * Unknown members are left out, as AWS does. Everything that is wrong is told by its path, not only the first thing, up to
 * two hundred problems.
 * @param constraint what is allowed beyond the type; what holds for members of structures is found by their names.
 */
export function decode(
  schema: NormalizedSchema,
  value: Json,
  path: string,
  problems: Problems,
  constraint: Constraint = {},
): unknown {
  const decoded = decodeType(schema, value, path, problems, constraint);
  const violation = violationOf(constraint, decoded);
  if (violation !== undefined) tell(path, violation, problems);
  return decoded;
}

function decodeType(
  schema: NormalizedSchema,
  value: Json,
  path: string,
  problems: Problems,
  constraint: Constraint,
): unknown {
  if (schema.isDocumentSchema()) return value;
  if (schema.isStructSchema()) return decodeStructure(schema, value, path, problems);
  if (schema.isMapSchema()) return decodeMap(schema, value, path, problems, constraint);
  if (schema.isListSchema()) return decodeList(schema, value, path, problems, constraint.each);
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

function tell(name: string, message: string, problems: Problems): void {
  if (problems.length < mostProblems) problems.push({ name, message });
}

function wrong(path: string, expected: string, problems: Problems): undefined {
  tell(path, `must be ${expected}`, problems);
}

function decodeStructure(schema: NormalizedSchema, value: Json, path: string, problems: Problems): unknown {
  if (!isJsonObject(value)) return wrong(path, "an object", problems);
  const result: Record<string, unknown> = {};
  const required = requiredMembersOf(schema);
  const name = schema.getName() ?? "";
  for (const [member, memberSchema] of schema.structIterator()) {
    const memberPath = path === "" ? member : `${path}.${member}`;
    const given = Object.hasOwn(value, member) ? value[member] : null;
    if (given === null || given === undefined) {
      // In restJson1 null means the same as absent.
      if (required.has(member)) tell(memberPath, "is required", problems);
      continue;
    }
    result[member] = decode(memberSchema, given, memberPath, problems, constraintOf(name, member));
  }
  if (schema.isUnionSchema() && Object.keys(result).length !== 1) {
    const members = Object.keys(schema.getMemberSchemas()).join(", ");
    tell(path, `must have exactly one of the members ${members}`, problems);
  }
  return result;
}

function decodeMap(
  schema: NormalizedSchema,
  value: Json,
  path: string,
  problems: Problems,
  { keys = {}, values }: Constraint,
): unknown {
  if (!isJsonObject(value)) return wrong(path, "an object", problems);
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === null) continue;
    if (!key.isWellFormed()) wrong(path, "an object whose keys are well-formed Unicode text", problems);
    const memberPath = `${path}.${key.slice(0, longestKey)}`;
    const violation = violationOf(keys, key);
    if (violation !== undefined) tell(memberPath, `as a key ${violation}`, problems);
    result[key] = decode(schema.getValueSchema(), member, memberPath, problems, values);
  }
  return result;
}

function decodeList(
  schema: NormalizedSchema,
  value: Json,
  path: string,
  problems: Problems,
  each: Constraint | undefined,
): unknown {
  if (!Array.isArray(value)) return wrong(path, "a list", problems);
  const member = schema.getValueSchema();
  return value.map((given, index) => decode(member, given, `${path}[${index}]`, problems, each));
}

/** RFC 3339, section 5.6. What else JavaScript takes for a time it reads by the machine's own zone, or guesses. */
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** Accepts both forms that AWS's clients send: seconds since 1970, and RFC 3339 text, which ends with the year 9999. */
function decodeTimestamp(value: Json, path: string, problems: Problems): Date | undefined {
  const text = typeof value === "string" && dateTime.test(value) ? value : "";
  const date = typeof value === "number" ? new Date(value * 1000) : new Date(text);
  const year = date.getUTCFullYear();
  return year >= 0 && year <= 9_999 ? date : wrong(path, "a time, such as 2028-01-01T00:00:00Z", problems);
}

/** A structure's schema lists its required members first and ends with their number. */
export function requiredMembersOf(schema: NormalizedSchema): ReadonlySet<string> {
  const raw: unknown = schema.getSchema();
  if (!Array.isArray(raw) || raw[0] === 4) return new Set();
  const [, , , , members, , count] = raw as [number, string, string, unknown, string[], unknown, number | undefined];
  return new Set(members.slice(0, count ?? 0));
}
