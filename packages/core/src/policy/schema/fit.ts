import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import type { Definitions } from "./generate.ts";
import { type NormalizedInput, type SchemaGap, standInType } from "./normalize.ts";

/** What was generated for a tool, and what had to be left out for it. */
export interface Made {
  readonly definitions: Definitions;
  readonly gaps: readonly SchemaGap[];
  /** The properties that are left out, by what stands for them in the definitions. */
  readonly leftOut: ReadonlyMap<string, string>;
}

/** How often the generator is asked about one tool. What is left by then is left out without asking. */
const mostAttempts = 300;

/** Generates a tool's definitions, or says why that can't be done. */
type Generate = (inputSchema: JsonObject, leftOut: ReadonlyMap<string, string>) => Definitions | Error;

/** A schema whose properties are being chosen. */
interface Fitting {
  readonly generate: Generate;
  readonly trueNames: ReadonlyMap<string, string>;
  readonly leftOut: Map<string, string>;
  readonly gaps: SchemaGap[];
  attempts: number;
}

/**
 * Generates the definitions of a tool without the properties that the generator can't take, at any depth: by halves, each
 * with what was found to do before. Nothing of a tool gets lost because of one property.
 */
export function fitProperties({ inputSchema, trueNames, leftOut }: NormalizedInput, generate: Generate): Made | Error {
  const whole = generate(inputSchema, leftOut);
  if (!(whole instanceof Error)) return { definitions: whole, gaps: [], leftOut };
  const fitting: Fitting = { generate, trueNames, leftOut: new Map(leftOut), gaps: [], attempts: 1 };
  const fitted = fitObject(inputSchema, "input", (schema) => schema, fitting);
  const definitions = fitted ? generate(withDefinitionsReferred(fitted), fitting.leftOut) : whole;
  return definitions instanceof Error ? definitions : { definitions, gaps: fitting.gaps, leftOut: fitting.leftOut };
}

/** An object's schema with as many of its properties as do; undefined if it doesn't even without any. */
function fitObject(
  schema: JsonObject,
  path: string,
  put: (schema: JsonObject) => JsonObject,
  fitting: Fitting,
): JsonObject | undefined {
  let kept: [string, Json][] = [];
  const attempt = (entries: [string, Json][]) => {
    fitting.attempts += 1;
    if (fitting.attempts > mostAttempts) return new Error("too much of the tool's input schema can't be represented");
    return fitting.generate(withDefinitionsReferred(put(withProperties(schema, entries))), fitting.leftOut);
  };
  const add = (entries: [string, Json][]): void => {
    const made = attempt([...kept, ...entries]);
    if (!(made instanceof Error)) kept = [...kept, ...entries];
    else if (entries.length > 1) {
      const half = Math.ceil(entries.length / 2);
      add(entries.slice(0, half));
      add(entries.slice(half));
    } else for (const [name, one] of entries) addParts(name, one, made);
  };
  const addParts = (name: string, one: Json, { message }: Error) => {
    const property = `${path}.${fitting.trueNames.get(name) ?? name}`;
    const inside = (inner: JsonObject) => put(withProperties(schema, [...kept, [name, inner]]));
    const fitted =
      isJsonObject(one) && isJsonObject(one.properties) ? fitObject(one, property, inside, fitting) : undefined;
    if (fitted) kept = [...kept, [name, fitted]];
    else {
      fitting.gaps.push({ property, reason: message, policiesSee: "nothing" });
      const standIn = `left_out_here_${fitting.leftOut.size}`;
      fitting.leftOut.set(standIn, fitting.trueNames.get(name) ?? name);
      kept = [...kept, [standIn, standInType]];
    }
  };
  if (attempt([]) instanceof Error) return undefined;
  if (isJsonObject(schema.properties)) add(Object.entries(schema.properties));
  return withProperties(schema, kept);
}

function withProperties(schema: JsonObject, entries: [string, Json][]): JsonObject {
  const properties = Object.fromEntries(entries);
  const required = Array.isArray(schema.required) ? schema.required : [];
  return { ...schema, properties, required: required.filter((name) => Object.hasOwn(properties, String(name))) };
}

/** A definition that can't be generated must not stay when what refers to it goes. */
function withDefinitionsReferred({ $defs, ...schema }: JsonObject): JsonObject {
  const definitions = isJsonObject($defs) ? $defs : {};
  const referred = new Set<string>();
  const visit = (value: Json | undefined): void => {
    if (Array.isArray(value)) for (const one of value) visit(one);
    if (!isJsonObject(value)) return;
    const name = typeof value.$ref === "string" ? value.$ref.slice("#/$defs/".length) : undefined;
    if (name !== undefined && !referred.has(name)) {
      referred.add(name);
      visit(definitions[name]);
    }
    for (const one of Object.values(value)) visit(one);
  };
  visit(schema);
  return { ...schema, $defs: Object.fromEntries(Object.entries(definitions).filter(([name]) => referred.has(name))) };
}
