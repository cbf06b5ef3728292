import { isJsonObject, type Json } from "@gatehouse/core/json.ts";
import type { Problem } from "./problems.ts";
import { escapeReferences, mapTexts, type Replacement, replaceReferences } from "./references.ts";

/** What a document's variables and `${env:NAME}` are replaced by. */
export interface VariableSource {
  /** By name; they win over the values in the document. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * Replaces variables (declared under `variables`, with a default or without) and `${env:NAME}`. Other references stay:
 * a variable's value may hold them, but not other variables.
 */
export function replaceVariables(
  value: Json,
  { variables: given = {}, environment = {} }: VariableSource,
  problems: Problem[],
): Json {
  if (!isJsonObject(value)) return value;
  const { variables: declared = null, ...document } = value;
  const values = readDeclarations(declared, given, problems);
  const replace = (reference: string): Replacement => {
    if (reference.startsWith("env:")) return ofEnvironment(reference.slice("env:".length), environment);
    const text = values.get(reference);
    if (text !== undefined) return { text };
    if (values.has(reference)) return { problem: `needs the variable ${reference}: say --set ${reference}=VALUE` };
    return "keep";
  };
  return mapTexts(document, "", (text, path) =>
    replaceReferences(text, false, replace, (message) => problems.push({ path, message })),
  );
}

/** An environment's value is data: what looks like a reference in it is none. */
function ofEnvironment(name: string, environment: Readonly<Record<string, string | undefined>>): Replacement {
  const text = Object.hasOwn(environment, name) ? environment[name] : undefined;
  return text === undefined
    ? { problem: `needs the environment variable ${name}, which isn't set` }
    : { text: escapeReferences(text) };
}

/** The variables' values; undefined for one that has no default and wasn't given. */
function readDeclarations(
  declared: Json,
  given: Readonly<Record<string, string>>,
  problems: Problem[],
): ReadonlyMap<string, string | undefined> {
  if (declared !== null && !isJsonObject(declared)) {
    problems.push({ path: "variables", message: "must be an object of names and default values" });
    return new Map();
  }
  const values = new Map<string, string | undefined>();
  for (const [name, value] of Object.entries(declared ?? {})) {
    const path = `variables.${name}`;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name === "region" || name === "account") {
      problems.push({ path, message: "must be a name of letters, digits and _ other than region and account" });
    }
    if (typeof value === "object" && value !== null) problems.push({ path, message: "must be a single value" });
    values.set(name, value === null || typeof value === "object" ? undefined : String(value));
  }
  for (const [name, value] of Object.entries(given)) {
    if (!values.has(name)) {
      const names = values.size === 0 ? "none" : [...values.keys()].join(", ");
      problems.push({ path: "variables", message: `has no ${name}, which --set is to set; there is ${names}` });
    }
    values.set(name, value);
  }
  return values;
}
