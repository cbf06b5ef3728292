import type { Expr, PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { childrenOf, operationOf } from "./expressions.ts";
import type { InputType, RecordType } from "./schema/inputType.ts";
import type { PolicySchema, ToolAction } from "./schema/policySchema.ts";
import { ancestorsOf } from "./schema/schemaParts.ts";
import { contextPath } from "./slice/needs.ts";
import type { Statement } from "./statement.ts";

/** A policy for all tools may meet the same gap in hundreds of them. */
const mostMessages = 5;

/** Why a policy can't be valid: the tools it names, and the properties it reads, that Cedar can't represent. */
export function unrepresentable(statement: Statement, schema: PolicySchema): string[] {
  const tools = statement.namedActions.flatMap((name) => {
    const reason = schema.unrepresentableTools.get(name);
    return reason === undefined ? [] : [`no policy can decide about the tool ${name}: ${reason}`];
  });
  const properties = [...schema.actions.values()].flatMap((action) =>
    isAbout(statement, action, schema) ? leftOutReads(statement.json, action, schema) : [],
  );
  return [...tools, ...properties.slice(0, mostMessages)];
}

/** What may be behind Cedar's complaint: properties that the policy reads, and of which policies see only that they are there. */
export function opaqueReads(statement: Statement, schema: PolicySchema): string[] {
  const read = statement.json.conditions.flatMap(({ body }) => reads(body)).map(({ path }) => path.join("."));
  const found = schema.unrepresentable.flatMap(({ tool, property, reason, policiesSee }) => {
    const action = schema.actions.get(tool);
    if (property === undefined || policiesSee !== "presence" || !action || !isAbout(statement, action, schema))
      return [];
    // Items and properties that aren't declared have no path of their own: what is read is what holds them.
    const path = property.replace(/(\[\]|\.\*).*$/, "");
    if (!read.some((one) => one === path || one.startsWith(`${path}.`))) return [];
    return [`policies see whether ${property} of ${tool} is there, but not into it, because ${reason}`];
  });
  return found.slice(0, mostMessages);
}

/**
 * The properties that a policy reads of a tool's input and that are left out of its Cedar type, with the reasons. For
 * Cedar they are never there: a forbid that asks for one with `has` would be valid, and never hold (T15).
 */
export function leftOutReads({ conditions }: PolicyJson, { name, input }: ToolAction, schema: PolicySchema): string[] {
  if (!leavesOut(input)) return [];
  const properties = conditions.flatMap(({ body }) => reads(body)).flatMap((read) => leftOutBy(read, input) ?? []);
  return [...new Set(properties)].map((property) => {
    const gap = schema.unrepresentable.find((one) => one.tool === name && one.property === property);
    return `no policy can see ${property} of ${name}${gap ? `, because ${gap.reason}` : ", or not all of it"}`;
  });
}

function isAbout({ actions, namedActions }: Statement, { name, group }: ToolAction, { groups }: PolicySchema): boolean {
  if (actions.kind === "all" || namedActions.includes(name)) return true;
  return actions.kind === "in" && ancestorsOf(group, groups).some((one) => namedActions.includes(one));
}

/** A path into the context, as far as it goes. */
interface Read {
  readonly path: readonly string[];
  /** Whether what is there is looked at, and not only whether it is there. */
  readonly value: boolean;
}

function reads(expression: Expr): Read[] {
  const path = contextPath(expression);
  return path ? [{ path, value: operationOf(expression).operator !== "has" }] : childrenOf(expression).flatMap(reads);
}

/** The property that is left out of what is read, or that it is in. */
function leftOutBy({ path: [first, ...names], value }: Read, input: RecordType): string | undefined {
  if (first !== undefined && first !== "input") return undefined;
  let type: InputType | undefined = input;
  let at = "input";
  for (const name of names) {
    at = `${at}.${name}`;
    if ((type?.kind === "record" || type?.kind === "tagged") && type.leftOut.has(name)) return at;
    type = type && below(type, name);
  }
  return value && type && leavesOut(type) ? at : undefined;
}

function below(type: InputType, name: string): InputType | undefined {
  if (type.kind === "record" || type.kind === "tagged") return type.attributes.get(name)?.type;
  if (type.kind === "union") return type.choices[Number(name.replace("typeChoice", ""))];
  return type.kind === "tuple" ? type.items[Number(name.replace("proj", ""))] : undefined;
}

/** Whether anything is left out of a type, or of the types in it. */
function leavesOut(type: InputType): boolean {
  let answer = known.get(type);
  if (answer === undefined) {
    answer = ("leftOut" in type && type.leftOut.size > 0) || partsOf(type).some(leavesOut);
    known.set(type, answer);
  }
  return answer;
}

const known = new WeakMap<InputType, boolean>();

function partsOf(type: InputType): readonly InputType[] {
  if (type.kind === "record") return [...type.attributes.values()].map((attribute) => attribute.type);
  if (type.kind === "tagged") return [...[...type.attributes.values()].map((attribute) => attribute.type), type.tags];
  if (type.kind === "set") return [type.element];
  if (type.kind === "union") return type.choices;
  return type.kind === "tuple" ? type.items : [];
}
