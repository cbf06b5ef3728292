import { isJsonObject, type Json } from "../../json.ts";

/** Longer ones are no names of anything, and more are no list to choose from. */
const longest = 100;
const most = 1_000;
const deepest = 32;

/** The strings that a JSON Schema lists as the ones to choose from (`enum`, `const`): whoever knows the tool knows them. */
export function enumeratedIn(schema: Json | undefined): ReadonlySet<string> {
  const found = new Set<string>();
  collect(schema, found, 0);
  return found;
}

function collect(schema: Json | undefined, found: Set<string>, depth: number): void {
  if (depth > deepest || found.size >= most) return;
  if (Array.isArray(schema)) for (const item of schema) collect(item, found, depth + 1);
  if (!isJsonObject(schema)) return;
  const listed = Array.isArray(schema.enum) ? schema.enum : [];
  for (const value of [...listed, schema.const]) {
    if (typeof value === "string" && value.length <= longest && found.size < most) found.add(value);
  }
  // Examples and defaults are somebody's values, whatever they look like.
  for (const [keyword, value] of Object.entries(schema)) {
    if (!["enum", "const", "examples", "example", "default"].includes(keyword)) collect(value, found, depth + 1);
  }
}
