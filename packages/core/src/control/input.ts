import type { NormalizedSchema } from "@smithy/core/schema";
import { type FieldError, GatehouseError } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import { parseBody } from "./body.ts";
import { decode } from "./decode.ts";
import type { Match } from "./operations.ts";
import type { ControlRequest } from "./request.ts";

/**
 * The input of an operation as its SDK type promises it, from the request's path, query and body.
 * @param maximumBytes of the body, where it may have more than is usual.
 * @throws GatehouseError `validation` that names every member that is missing, of a wrong type or out of bounds.
 */
export function readInput(
  { operation, labels }: Match,
  request: ControlRequest,
  maximumBytes?: number,
): Record<string, unknown> {
  requireJson(request);
  const body = parseBody(request.body, maximumBytes);
  const problems: FieldError[] = [];
  const members: JsonObject = { ...body };
  for (const [member, schema] of operation.input.structIterator()) {
    const bound = boundValue(member, schema, labels, request.query);
    if (bound === "body") continue;
    // What is bound to the path or the query can't be given in the body as well.
    if (bound === undefined) delete members[member];
    else members[member] = bound;
  }
  const input = decode(operation.input, members, "", problems);
  if (problems.length > 0) throw invalid(problems);
  return input as Record<string, unknown>; // Inputs are structures.
}

/** The error for members that aren't as they should be. */
export function invalid(fields: readonly FieldError[]): GatehouseError {
  return new GatehouseError("validation", `${fields.map(({ name, message }) => `${name} ${message}`).join("; ")}.`, {
    fields,
  });
}

function boundValue(
  member: string,
  schema: NormalizedSchema,
  labels: Readonly<Record<string, string>>,
  query: Readonly<Record<string, readonly string[]>>,
): Json | "body" | undefined {
  const { httpLabel, httpQuery } = schema.getMergedTraits();
  if (httpLabel) return labels[member];
  if (httpQuery === undefined) return "body";
  const values = Object.hasOwn(query, httpQuery) ? (query[httpQuery] ?? []) : [];
  if (schema.isListSchema()) return values.map((value) => ofQuery(schema.getValueSchema(), value));
  const [value] = values;
  return value === undefined ? undefined : ofQuery(schema, value);
}

/** Queries hold text; what doesn't read as the schema's type stays text, which decoding then refuses by name. */
function ofQuery(schema: NormalizedSchema, text: string): Json {
  if (schema.isNumericSchema() && /^-?\d{1,15}(\.\d+)?$/.test(text)) return Number(text);
  if (schema.isBooleanSchema() && (text === "true" || text === "false")) return text === "true";
  return text;
}

/**
 * A page in somebody's browser may post text to a loopback address without asking, but not JSON: the media type is what
 * makes the browser ask first.
 */
function requireJson({ body, headers }: ControlRequest): void {
  if (body.trim() === "") return;
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type")?.[1];
  if (!type?.toLowerCase().startsWith("application/json")) {
    throw new GatehouseError(
      "validation",
      "A request with a body must have the header content-type: application/json.",
    );
  }
}
