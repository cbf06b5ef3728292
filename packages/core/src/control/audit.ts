import { createHash } from "node:crypto";
import type { NormalizedSchema } from "@smithy/core/schema";
import { isJsonObject, type Json } from "../json.ts";
import { encode } from "./encode.ts";

/**
 * What AWS's model marks as sensitive though it is no secret here: names, descriptions and what evaluators say are what
 * an audit is about. Everything else that is marked is left out, also what a later version of the model adds.
 */
const shown = new Set([
  "Description",
  "EvaluationConfigDescription",
  "EvaluatorDescription",
  "EvaluatorInstructions",
  "GatewayDescription",
  "GatewayName",
  "InlinePayload",
  "McpInstructions",
  "RatingScale",
  "TargetDescription",
  "TargetName",
  "ToolDefinition",
]);
const redacted = "[redacted]";

/** Bytes of JSON: an event with two views must fit into the 256 KB that EventBridge takes. */
const maximumMember = 16_000;
const maximumView = 100_000;

/**
 * A resource as an audit event shows it: as the API answers it, without secrets (T18), and with a digest in the place of
 * whatever is too large for an event.
 * @param schema of what the API answers; without one the value is JSON that holds no secret.
 */
export function auditView(value: object, schema?: NormalizedSchema): Json {
  const json = schema === undefined ? (JSON.parse(JSON.stringify(value)) as Json) : redact(schema, value);
  const fitting = fit(json);
  return sizeOf(fitting) > maximumView ? digestOf(fitting) : fitting;
}

function redact(schema: NormalizedSchema, value: unknown): Json {
  if (value === undefined || value === null) return null;
  if (schema.getMergedTraits().sensitive === 1 && !shown.has(schema.getName() ?? "")) return redacted;
  if (schema.isListSchema()) return (value as unknown[]).map((member) => redact(schema.getValueSchema(), member));
  if (!schema.isStructSchema() && !schema.isMapSchema()) return encode(schema, value);
  const members = Object.entries(value as object).flatMap(([name, member]): [string, Json][] => {
    const of = schema.isMapSchema() ? schema.getValueSchema() : schema.getMemberSchemas()[name];
    return of === undefined || member === undefined ? [] : [[name, redact(of, member)]];
  });
  return Object.fromEntries(members);
}

function fit(value: Json): Json {
  if (sizeOf(value) <= maximumMember) return value;
  if (!isJsonObject(value)) return digestOf(value);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fit(member)]));
}

function sizeOf(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Enough to see that something changed, and to check what somebody says it was. */
function digestOf(value: Json): Json {
  const text = JSON.stringify(value);
  return { sha256: createHash("sha256").update(text).digest("hex"), bytes: Buffer.byteLength(text) };
}
