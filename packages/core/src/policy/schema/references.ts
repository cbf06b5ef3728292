import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { identifiersFor } from "./names.ts";

/** A part of a schema that others refer to, and what it is called in the normalized one. */
export interface Definition {
  readonly alias: string;
  readonly schema: Json;
}

/** All definitions of a schema, by JSON pointer. */
export function schemasByPointer(schema: JsonObject): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const keyword of ["definitions", "$defs"]) {
    const group = schema[keyword];
    if (!isJsonObject(group)) continue;
    for (const [name, definition] of Object.entries(group)) found.set(`#/${keyword}/${name}`, definition);
  }
  return found;
}

/** The definitions that can be referred to, by JSON pointer, without those that contain themselves. */
export function definitionsOf(schema: JsonObject): Map<string, Definition> {
  const found = schemasByPointer(schema);
  const nameOf = (pointer: string) => {
    const [, keyword, name] = /^#\/(\$defs|definitions)\/(.*)$/s.exec(pointer) ?? [];
    return keyword === "definitions" && found.has(`#/$defs/${name}`) ? `definitions_${name}` : String(name);
  };
  const aliases = identifiersFor([...found.keys()].map(nameOf));
  const references = new Map([...found].map(([pointer, definition]) => [pointer, referencesIn(definition)]));
  return new Map(
    [...found]
      .filter(([pointer]) => !reaches(pointer, pointer, references))
      .map(([pointer, definition]) => [pointer, { alias: aliases.get(nameOf(pointer)) ?? "", schema: definition }]),
  );
}

/** Whether following the references of one definition leads to another. */
function reaches(from: string, to: string, references: ReadonlyMap<string, readonly string[]>): boolean {
  // A set visits what is added to it while it is being walked.
  const seen = new Set(references.get(from));
  for (const next of seen) for (const further of references.get(next) ?? []) seen.add(further);
  return seen.has(to);
}

function referencesIn(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isJsonObject(value)) return [];
  return [...(typeof value.$ref === "string" ? [value.$ref] : []), ...Object.values(value).flatMap(referencesIn)];
}
