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
 * The properties that a policy reads of a tool's input and that are not in its Cedar type, with the reasons. For Cedar they
 * are never there: a forbid that asks for one with `has` would be valid, and never hold (T15).
 */
export function leftOutReads({ conditions }: PolicyJson, { name, input }: ToolAction, schema: PolicySchema): string[] {
  if (!hides(input)) return [];
  const gapAt = (property: string) =>
    schema.unrepresentable.find((one) => one.tool === name && one.property === property);
  const isOpen = (property: string) => gapAt(property)?.policiesSee === "presence";
  const found = conditions.flatMap(({ body }) => reads(body)).flatMap((read) => hiddenFrom(read, input, isOpen) ?? []);
  return [...new Map(found.map((one) => [one.property, one])).values()].map(({ property, into }) => {
    const gap = gapAt(property);
    const why = into ?? gap?.reason;
    return `no policy can see ${into ? "into " : ""}${property} of ${name}${why ? `, because ${why}` : ", or not all of it"}`;
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

/** Something that is read, and that no policy can see; `into` says why nothing in it can be seen that way. */
interface Hidden {
  readonly property: string;
  readonly into?: string;
}

/**
 * The property that is left out of what is read, or that it is in.
 * @param isOpen whether an object without declared properties may have some.
 */
function hiddenFrom(
  { path: [first, ...names], value }: Read,
  input: RecordType,
  isOpen: (property: string) => boolean,
): Hidden | undefined {
  if (first !== undefined && first !== "input") return undefined;
  let type: InputType | undefined = input;
  let property = "input";
  for (const name of names) {
    if (type === undefined) return undefined;
    const into = isEmpty(type) && isOpen(property) ? "its properties are not declared" : whyNotInto(type, name);
    if (into !== undefined) return { property, into };
    property = `${property}.${name}`;
    if ("leftOut" in type && type.leftOut.has(name)) return { property };
    type = below(type, name);
  }
  return value && type && leavesOut(type) ? { property } : undefined;
}

/** Why a type has no property of a name for Cedar although the value may have one; undefined where it may not, or has it. */
function whyNotInto(type: InputType, name: string): string | undefined {
  if (type.kind === "unknown") return "its Cedar type says nothing of what is in it";
  if (type.kind === "union" && below(type, name) === undefined)
    return "it may have several types, of which a policy must choose one, as in typeChoice0";
  if (type.kind === "tagged" && !type.attributes.has(name) && !type.leftOut.has(name))
    return `it declares no ${name}: what else it has are tags, which policies ask for with hasTag`;
  return undefined;
}

function below(type: InputType, name: string): InputType | undefined {
  if (type.kind === "record" || type.kind === "tagged") return type.attributes.get(name)?.type;
  if (type.kind === "union") return type.choices[Number(name.replace("typeChoice", ""))];
  return type.kind === "tuple" ? type.items[Number(name.replace("proj", ""))] : undefined;
}

/** Whether anything is left out of a type, or of the types in it. */
const leavesOut = anywhere((type) => "leftOut" in type && type.leftOut.size > 0);

/** Whether a type, or one of those in it, has anything that some way of reading it doesn't see. */
const hides = anywhere(
  (type) =>
    ("leftOut" in type && type.leftOut.size > 0) || isEmpty(type) || ["unknown", "union", "tagged"].includes(type.kind),
);

function isEmpty(type: InputType): boolean {
  return type.kind === "record" && type.attributes.size === 0;
}

function anywhere(holds: (type: InputType) => boolean): (type: InputType) => boolean {
  const known = new WeakMap<InputType, boolean>();
  const answerFor = (type: InputType): boolean => {
    let answer = known.get(type);
    if (answer === undefined) {
      answer = holds(type) || partsOf(type).some(answerFor);
      known.set(type, answer);
    }
    return answer;
  };
  return answerFor;
}

function partsOf(type: InputType): readonly InputType[] {
  if (type.kind === "record") return [...type.attributes.values()].map((attribute) => attribute.type);
  if (type.kind === "tagged") return [...[...type.attributes.values()].map((attribute) => attribute.type), type.tags];
  if (type.kind === "set") return [type.element];
  if (type.kind === "union") return type.choices;
  return type.kind === "tuple" ? type.items : [];
}
