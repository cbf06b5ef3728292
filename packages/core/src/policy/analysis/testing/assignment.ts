import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import { encodeInput } from "../../request/encode.ts";
import { datetime, decimalOfNumber, duration } from "../../request/scalars.ts";
import type { Attribute, InputType } from "../../schema/inputType.ts";
import type { ToolAction } from "../../schema/policySchema.ts";
import type { ExampleRequest } from "../example.ts";
import type { Environment } from "../smt/environment.ts";
import type { Assignment, Constant } from "../smt/evaluate.ts";
import { datetimeLiteral, decimalLiteral, durationLiteral } from "../smt/literals.ts";
import { variableNames } from "../smt/requestValues.ts";
import type { Term } from "../smt/terms.ts";

/** A request as the solver would have it: the way back from `decodeRequest`. */
export function assignmentOf(action: ToolAction, request: ExampleRequest, environment: Environment): Assignment {
  const values = new Map<string, Constant>();
  const { principal, now = "1970-01-01T00:00:00.000Z" } = request;
  values.set(variableNames.principal, code(principal.id, environment));
  values.set(variableNames.now, BigInt(Date.parse(now)));
  for (const [key, text] of Object.entries(principal.tags)) {
    const path = variableNames.tag(variableNames.principal, key);
    values.set(variableNames.presence(path), true);
    values.set(path, code(text, environment));
  }
  assignAttributes(request.arguments, action.input.attributes, variableNames.input, { values, environment });
  return values;
}

interface Writer {
  readonly values: Map<string, Constant>;
  readonly environment: Environment;
}

function code(text: string, environment: Environment): bigint {
  const term: Term = environment.string(text);
  return term.op === "int" ? term.value : 0n;
}

function assignAttributes(
  value: JsonObject,
  types: ReadonlyMap<string, Attribute>,
  path: string,
  writer: Writer,
): void {
  for (const [name, { type }] of types) {
    const one = Object.hasOwn(value, name) ? value[name] : undefined;
    const at = variableNames.attribute(path, name);
    fill(type, at, writer);
    if (one === undefined) continue;
    writer.values.set(variableNames.presence(at), true);
    assign(one, type, at, writer);
  }
}

/** What is absent has some value of its type all the same, which nothing may depend on. Zero is none of an enumeration. */
function fill(type: InputType, path: string, writer: Writer): void {
  const below = (name: string, one: InputType) => fill(one, variableNames.attribute(path, name), writer);
  if (type.kind === "enum") writer.values.set(path, code([...type.members][0] ?? "", writer.environment));
  else if (type.kind === "union") for (const [i, choice] of type.choices.entries()) below(`typeChoice${i}`, choice);
  else if (type.kind === "tuple") for (const [i, item] of type.items.entries()) below(`proj${i}`, item);
  else if (type.kind === "record" || type.kind === "tagged")
    for (const [name, one] of type.attributes) below(name, one.type);
}

function assign(value: Json, type: InputType, path: string, writer: Writer): void {
  if (type.kind === "record" && isJsonObject(value)) assignAttributes(value, type.attributes, path, writer);
  else if (type.kind === "tagged" && isJsonObject(value)) {
    writer.values.set(path, code(JSON.stringify(value), writer.environment));
    assignAttributes(value, type.attributes, path, writer);
    for (const [key, one] of Object.entries(value)) {
      const at = variableNames.tag(path, key);
      writer.values.set(variableNames.presence(at), true);
      assign(one, type.tags, at, writer);
    }
  } else if (type.kind === "tuple" && Array.isArray(value)) {
    for (const [i, item] of type.items.entries()) {
      assign(value[i] ?? null, item, variableNames.attribute(path, `proj${i}`), writer);
    }
  } else if (type.kind === "union") {
    const i = type.choices.findIndex((choice) => fits(choice, value));
    writer.values.set(variableNames.choice(path), BigInt(i));
    const chosen = type.choices[i];
    if (chosen) assign(value, chosen, variableNames.attribute(path, `typeChoice${i}`), writer);
  } else if (type.kind === "set" && Array.isArray(value)) {
    writer.values.set(path, new Set(value.flatMap((one) => scalar(one, type.element, writer) ?? [])));
  } else if (type.kind === "bool") writer.values.set(path, value === true);
  else writer.values.set(path, scalar(value, type, writer) ?? 0n);
}

function fits(type: InputType, value: Json): boolean {
  return encodeInput(
    { kind: "record", leftOut: new Set(), attributes: new Map([["it", { type, required: true }]]) },
    { it: value },
  ).ok;
}

function scalar(value: Json, type: InputType, { environment }: Writer): bigint | undefined {
  if (type.kind === "bool") return value === true ? 1n : 0n;
  if (type.kind === "string" || type.kind === "enum") return code(String(value), environment);
  if (type.kind === "long") return BigInt(Number(value));
  if (type.kind === "decimal")
    return decimalLiteral(typeof value === "number" ? (decimalOfNumber(value) ?? "") : String(value));
  if (type.kind === "datetime") return datetimeLiteral(datetime(String(value)) ?? "");
  return type.kind === "duration" ? durationLiteral(duration(String(value)) ?? "") : undefined;
}
