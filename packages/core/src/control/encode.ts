import type { NormalizedSchema } from "@smithy/core/schema";
import type { Json, JsonObject } from "../json.ts";

/**
 * Turns what a handler answers into JSON, by the SDK's schema (restJson1): members that are undefined or unknown to the
 * schema stay out, times are written in the format that the schema names (4 is restJson1's own: seconds).
 */
export function encode(schema: NormalizedSchema, value: unknown): Json {
  if (value === undefined || value === null) return null;
  if (schema.isStructSchema()) return encodeMembers(value, (member) => memberSchema(schema, member));
  if (schema.isMapSchema()) return encodeMembers(value, () => schema.getValueSchema());
  if (schema.isListSchema()) return (value as unknown[]).map((member) => encode(schema.getValueSchema(), member));
  if (schema.isTimestampSchema()) return encodeTimestamp(schema, value as Date);
  if (schema.isBlobSchema()) return Buffer.from(value as Uint8Array).toString("base64");
  return value as Json; // Handlers are typed by the SDK: what is left is a string, number, boolean or document.
}

function encodeMembers(value: unknown, schemaOf: (member: string) => NormalizedSchema | undefined): JsonObject {
  const result: JsonObject = {};
  for (const [member, content] of Object.entries(value as object)) {
    const schema = schemaOf(member);
    if (schema !== undefined && content !== undefined && content !== null) result[member] = encode(schema, content);
  }
  return result;
}

function memberSchema(schema: NormalizedSchema, member: string): NormalizedSchema | undefined {
  return schema.getMemberSchemas()[member];
}

/** The schema's number names the format: 5 is date-time, 6 an HTTP date, 4 and 7 are seconds since 1970. */
function encodeTimestamp(schema: NormalizedSchema, date: Date): Json {
  switch (schema.getSchema()) {
    case 5:
      return date.toISOString();
    case 6:
      return date.toUTCString();
    default:
      return date.getTime() / 1000;
  }
}
