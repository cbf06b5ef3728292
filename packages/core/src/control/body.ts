import { GatehouseError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject, refusedKeys } from "../json.ts";

/** The largest body, unless an operation says otherwise: an inline schema of 1 MB, and what belongs around it. */
const usualBytes = 1_500_000;
const maximumDepth = 64;

/**
 * Parses a request's body: a JSON object, or nothing, which means an empty one.
 * @throws GatehouseError `validation` for what isn't JSON, isn't an object, is too large or too deep, or has a refused key.
 */
export function parseBody(text: string, maximumBytes = usualBytes): JsonObject {
  if (Buffer.byteLength(text) > maximumBytes) {
    throw new GatehouseError("validation", `The request's body is larger than ${maximumBytes} bytes.`);
  }
  if (text.trim() === "") return {};
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new GatehouseError("validation", "The request's body must be a JSON object.");
  checkStructure(value, [], 1);
  return value;
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GatehouseError("validation", "The request's body is not JSON.", { cause });
  }
}

function checkStructure(value: Json, path: readonly string[], depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth > maximumDepth) {
    throw new GatehouseError("validation", `The request's body is nested deeper than ${maximumDepth} levels.`);
  }
  for (const [key, member] of Object.entries(value)) {
    if (refusedKeys.has(key)) {
      const name = [...path, key].join(".");
      const message = `The key ${key} is refused.`;
      throw new GatehouseError("validation", message, { fields: [{ name, message }] });
    }
    checkStructure(member, [...path, key], depth + 1);
  }
}
