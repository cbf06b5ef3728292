import { GatehouseError } from "@gatehouse/core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "@gatehouse/core/json.ts";

/** Whether an event matches. */
export type Matcher = (event: JsonObject) => boolean;

const fields = new Set(["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"]);

/**
 * Compiles an EventBridge event pattern, as far as the topology uses them: a list of exact values for a field, and
 * objects that lead to such lists within `detail`. A list matches when the event's value, or one element of it where it
 * is an array, is in the list.
 * @throws GatehouseError `validation` for every other kind of pattern: one that this bus would understand
 * differently from EventBridge must not start.
 */
export function compilePattern(pattern: unknown, name: string): Matcher {
  if (!isJsonObject(pattern)) throw refused(name, "", "must be an object");
  const unknown = Object.keys(pattern).find((field) => !fields.has(field));
  if (unknown !== undefined) throw refused(name, unknown, "is no field of an event");
  return compileObject(pattern, name, "");
}

function compileObject(pattern: Readonly<Record<string, unknown>>, name: string, path: string): Matcher {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw refused(name, path, "must not be empty");
  const members = entries.map(([field, value]) => ({ field, matches: compileMember(value, name, join(path, field)) }));
  return (event) => members.every(({ field, matches }) => Object.hasOwn(event, field) && matches(event[field] ?? null));
}

function compileMember(pattern: unknown, name: string, path: string): (value: Json) => boolean {
  if (Array.isArray(pattern)) return compileList(pattern, name, path);
  if (isJsonObject(pattern) && (path === "detail" || path.startsWith("detail."))) {
    const matches = compileObject(pattern, name, path);
    // EventBridge looks into arrays of objects: one element has to match as a whole.
    return (value) => [value].flat().some((element) => isJsonObject(element) && matches(element));
  }
  throw refused(name, path, "must be a list of exact values");
}

function compileList(list: readonly unknown[], name: string, path: string): (value: Json) => boolean {
  if (list.length === 0) throw refused(name, path, "must not be an empty list");
  if (!list.every(isScalar)) throw refused(name, path, "may hold only strings, numbers, true, false and null");
  const allowed = new Set<unknown>(list);
  return (value) => (Array.isArray(value) ? value.some((element) => allowed.has(element)) : allowed.has(value));
}

function isScalar(value: unknown): boolean {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

function join(path: string, field: string): string {
  return path === "" ? field : `${path}.${field}`;
}

function refused(name: string, path: string, reason: string): GatehouseError {
  const where = path === "" ? "it" : `"${path}"`;
  return new GatehouseError("validation", `The pattern of the rule "${name}" isn't supported: ${where} ${reason}.`);
}
