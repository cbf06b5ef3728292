import type { Json } from "../../json.ts";
import type { InterceptorAttribute } from "../../storage/records.ts";

/** Whether a value is one that policies can read as an attribute of a type. */
export function isAttributeValue(value: Json, type: InterceptorAttribute["type"]): boolean {
  switch (type) {
    case "STRING":
      return typeof value === "string" && value.isWellFormed();
    case "LONG":
      return Number.isSafeInteger(value);
    case "BOOL":
      return typeof value === "boolean";
  }
}
