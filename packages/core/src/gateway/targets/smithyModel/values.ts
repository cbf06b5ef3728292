import type { NormalizedSchema } from "@smithy/core/schema";
import { NumericValue } from "@smithy/core/serde";
import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";

/** Arguments that fit a tool's schema and still can't be sent. The agent that gave them can mend them. */
export class ArgumentError extends Error {
  override readonly name = "ArgumentError";
}

/**
 * A tool's argument as the AWS SDK's protocols take it: timestamps as Date, blobs as bytes, large numbers as their own
 * types. It has been checked against the tool's schema.
 * @throws ArgumentError for a time that no calendar has, and an empty label of a path.
 */
export function toNative(schema: NormalizedSchema, value: Json): unknown {
  if (value === null || schema.isDocumentSchema()) return value;
  if (schema.isStructSchema() && isJsonObject(value)) return nativeMembers(schema, value);
  if (schema.isMapSchema() && isJsonObject(value)) {
    const inner = schema.getValueSchema();
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, toNative(inner, one)]));
  }
  if (schema.isListSchema() && Array.isArray(value)) {
    const inner = schema.getValueSchema();
    return value.map((one) => toNative(inner, one));
  }
  if (schema.isTimestampSchema()) return timeOf(String(value));
  if (schema.isBlobSchema()) return new Uint8Array(Buffer.from(String(value), "base64"));
  if (schema.isBigIntegerSchema()) return BigInt(String(value));
  if (schema.isBigDecimalSchema()) return new NumericValue(String(value), "bigDecimal");
  return value;
}

/** What the SDK's protocols give as JSON: times as RFC 3339, bytes as base64, and as text what JSON has no number for. */
export function fromNative(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof NumericValue) return value.string;
  // JSON in a string, which the SDK reads only when asked to.
  if (value instanceof String) return value.toString();
  if (Array.isArray(value)) return value.map(fromNative);
  return objectOf(Object.entries(value));
}

/** An operation's output as JSON, without what the SDK adds to it; what is not there has no member. */
export function outputOf(native: object): JsonObject {
  return objectOf(Object.entries(native).filter(([name, value]) => name !== "$metadata" && value !== null));
}

function objectOf(entries: readonly (readonly [string, unknown])[]): JsonObject {
  return Object.fromEntries(
    entries.flatMap(([name, value]): [string, Json][] => {
      if (value === undefined) return [];
      // A member of a union that the model doesn't know.
      if (name === "$unknown" && Array.isArray(value)) return [[String(value[0]), fromNative(value[1])]];
      return [[name, fromNative(value)]];
    }),
  );
}

function nativeMembers(schema: NormalizedSchema, value: JsonObject): Record<string, unknown> {
  const native: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    if (!Object.hasOwn(value, name)) continue;
    native[name] = toNative(member, value[name] ?? null);
    if (native[name] === "" && member.getMergedTraits().httpLabel) throw new ArgumentError(`${name} must not be empty`);
  }
  return native;
}

function timeOf(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new ArgumentError(`there is no time ${JSON.stringify(text)}`);
  return time;
}
