import { isJsonObject, type Json, type JsonObject, refusedKeys } from "../../../json.ts";
import { reservedHeaders } from "../http/send.ts";
import type { ParameterBinding } from "./binding.ts";
import { NotMappable, resolved } from "./references.ts";
import type { PartCheck } from "./validation.ts";

/** A parameter of an operation, as an argument of its tool. */
export interface Parameter {
  readonly binding: ParameterBinding;
  readonly schema: Json;
  readonly description?: string;
  readonly required: boolean;
}

type Location = ParameterBinding["in"];

/** "Parameter definitions shall be ignored" of these (OpenAPI, "Parameter Object"): they are not for callers to choose. */
const ignoredHeaders: ReadonlySet<string> = new Set(["accept", "content-type", "authorization"]);
/** What frames and routes a request, and who sends it, is the gateway's to say. */
const gatewaysHeaders: ReadonlySet<string> = new Set([
  ...reservedHeaders,
  "cookie",
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-security-token",
]);
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const styles = {
  path: { standard: "simple", explode: false },
  query: { standard: "form", explode: true },
  header: { standard: "simple", explode: false },
  cookie: { standard: "form", explode: true },
} as const satisfies Record<Location, { standard: ParameterBinding["style"]; explode: boolean }>;

/**
 * The parameters of an operation and of its path; where both have one of the same name and place, the operation's counts.
 * @throws NotMappable for one that is required and can't be an argument.
 */
export function parametersOf(
  operation: JsonObject,
  pathItem: JsonObject,
  document: JsonObject,
  check: PartCheck,
): Parameter[] {
  const found = new Map<string, JsonObject>();
  for (const list of [pathItem.parameters, operation.parameters]) {
    for (const [index, given] of (Array.isArray(list) ? list : []).entries()) {
      const parameter = resolved(given, document);
      check("parameter", parameter ?? null, `parameter ${index + 1}${nameIn(parameter)}`);
      // Checked.
      const { name, in: location } = parameter as { name: string; in: Location };
      // Names of headers are without case (RFC 9110, section 5.1): two that differ in it alone are one.
      const key = location === "header" ? name.toLowerCase() : name;
      found.set(JSON.stringify([location, key]), parameter as JsonObject);
    }
  }
  const names = argumentNames();
  return [...found.values()].flatMap((parameter) => parameterOf(parameter, names));
}

function parameterOf(parameter: JsonObject, nameOf: (name: string, location: Location) => string): Parameter[] {
  // Held against the specification's schema before.
  const { name, in: location } = parameter as { name: string; in: Location };
  const required = parameter.required === true;
  if (location === "header") {
    const lower = name.toLowerCase();
    if (ignoredHeaders.has(lower)) return [];
    if (gatewaysHeaders.has(lower) || !headerName.test(name)) {
      if (required) throw new NotMappable(`the header ${JSON.stringify(name)} can't be set by a tool`);
      return [];
    }
  }
  const { standard, explode } = styles[location];
  const [media] = isJsonObject(parameter.content) ? Object.values(parameter.content) : [];
  const content = isJsonObject(media) ? media : undefined;
  const style = typeof parameter.style === "string" ? (parameter.style as ParameterBinding["style"]) : standard;
  const binding: ParameterBinding = {
    argument: nameOf(name, location),
    name,
    in: location,
    style,
    explode: typeof parameter.explode === "boolean" ? parameter.explode : style === "form" ? true : explode,
    ...(parameter.allowReserved === true ? { allowReserved: true } : {}),
    ...(content === undefined ? {} : { json: true }),
  };
  const schema = (content === undefined ? parameter.schema : content.schema) ?? {};
  const { description } = parameter;
  return [{ binding, schema, required, ...(typeof description === "string" ? { description } : {}) }];
}

/**
 * Names for arguments: those of the parameters, with underscores for what models' tool formats don't take, and with the
 * place where two have the same.
 */
function argumentNames(): (name: string, location: Location) => string {
  const taken = new Set<string>();
  return (name, location) => {
    const plain =
      name
        .replaceAll(/[^A-Za-z0-9_.-]+/g, "_")
        .replace(/(?<=.)_$/, "")
        .slice(0, 64) || "_";
    const argument = [plain, `${location}_${plain}`.slice(0, 64)].find((name) => !taken.has(name));
    if (argument === undefined || refusedKeys.has(argument)) {
      throw new NotMappable(`the parameter ${JSON.stringify(name)} can't be an argument beside the others`);
    }
    taken.add(argument);
    return argument;
  };
}

function nameIn(parameter: Json | undefined): string {
  return isJsonObject(parameter) && typeof parameter.name === "string" ? ` (${parameter.name})` : "";
}
