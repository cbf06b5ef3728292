import { type Json, type JsonObject, refusedKeys } from "../../json.ts";
import type { AnyValue, KeyValue } from "./generated/opentelemetry/proto/common/v1/common_pb.ts";

/** Attributes as an object. Of a name that comes twice, which must not be, the last counts; names of prototypes go (T23). */
export function attributesOf(pairs: readonly KeyValue[]): JsonObject {
  const attributes: JsonObject = {};
  for (const { key, value } of pairs) if (!refusedKeys.has(key)) attributes[key] = jsonOf(value);
  return attributes;
}

function jsonOf(any: AnyValue | undefined): Json {
  const value = any?.value;
  switch (value?.case) {
    case "stringValue":
    case "boolValue":
      return value.value;
    case "intValue":
      return numberOf(value.value);
    case "doubleValue":
      return Number.isFinite(value.value) ? value.value : String(value.value);
    case "bytesValue":
      return Buffer.from(value.value).toString("base64");
    case "arrayValue":
      return value.value.values.map(jsonOf);
    case "kvlistValue":
      return attributesOf(value.value.values);
    default:
      return null;
  }
}

/** A 64-bit integer, as text where a number doesn't hold it exactly. */
function numberOf(integer: bigint): number | string {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : String(integer);
}
