/** Any value that JSON text can hold. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** An object as JSON text holds it. */
export interface JsonObject {
  [key: string]: Json;
}

/** Keys that reach an object's prototype in careless readers, ours or a target's (T23). */
export const refusedKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** True for a JSON object: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A key as readers without case see it. Upper before lower case also folds what only one direction maps: the Kelvin sign,
 * the long s.
 */
export function foldKey(key: string): string {
  return key.normalize("NFC").toUpperCase().toLowerCase();
}
