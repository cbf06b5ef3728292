import type { Attribute, InputType } from "../../schema/inputType.ts";
import type { PolicySchema, ToolAction } from "../../schema/policySchema.ts";
import type { Environment } from "./environment.ts";
import { and, between, equal, int, lessOrEqual, not, or, type Term, yes } from "./terms.ts";
import { absent, type EntityValue, type Member, type RecordValue, recordOf, type Value } from "./values.ts";

/** The range of Cedar's Long. */
export const leastLong = -(2n ** 63n);
export const greatestLong = 2n ** 63n - 1n;
/** The arguments that are integers to the solver, and between which bounds the encoder takes them. */
export const ranges = {
  // What is beyond, the two sides of JSON may read differently.
  long: { least: -BigInt(Number.MAX_SAFE_INTEGER), greatest: BigInt(Number.MAX_SAFE_INTEGER) },
  decimal: { least: leastLong, greatest: greatestLong },
  // The times that can be written with four digits of a year.
  datetime: {
    least: BigInt(Date.parse("0000-01-01T00:00:00.000Z")),
    greatest: BigInt(Date.parse("9999-12-31T23:59:59.999Z")),
  },
  duration: { least: 0n, greatest: greatestLong },
} as const;

export function isRanged(kind: string): kind is keyof typeof ranges {
  return Object.hasOwn(ranges, kind);
}

/** The names of what a request is made of, among the solver's variables. */
export const variableNames = {
  principal: "principal",
  now: "now",
  input: "input",
  interceptor: "interceptor",
  attribute: (of: string, name: string) => `${of}/.${escaped(name)}`,
  tag: (of: string, key: string) => `${of}/#${escaped(key)}`,
  presence: (of: string) => `has ${of}`,
  choice: (of: string) => `choice ${of}`,
} as const;

function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The variables of a request for a tool, as Cedar names them. */
export interface RequestValues {
  readonly principal: EntityValue;
  readonly action: string;
  readonly resource: EntityValue;
  readonly context: RecordValue;
  /** What an entity of the principal's type holds, if it is the principal: no other exists. */
  readonly principalData: { readonly attributes: RecordValue; tag(key: string): Member };
}

/** Any request for a tool of a gateway that its input type lets in. */
export function requestValues(
  action: ToolAction,
  { principalType, gatewayArn }: PolicySchema,
  environment: Environment,
): RequestValues {
  const id = environment.variable(variableNames.principal, "Int");
  const present = (value: () => Value) => () => ({ present: yes, value: value() });
  const now = (): Value => ({
    kind: "datetime",
    term: environment.variable(variableNames.now, "Int", within("datetime")),
  });
  const system = recordOf(new Map([["now", present(now)]]));
  const input = argument(action.input, variableNames.input, environment);
  const { interceptor } = action;
  const told = (type: InputType) => present(() => argument(type, variableNames.interceptor, environment));
  return {
    principal: { kind: "entity", type: principalType, id },
    action: action.name,
    resource: { kind: "entity", type: "AgentCore::Gateway", id: environment.string(gatewayArn) },
    context: recordOf(
      new Map([
        ["input", present(() => input)],
        ["system", present(() => system)],
        ...(interceptor === undefined ? [] : [["interceptor", told(interceptor)] as const]),
      ]),
    ),
    principalData: {
      attributes: recordOf(new Map([["id", present(() => ({ kind: "string", term: id }))]])),
      tag: (key) =>
        principalType === "AgentCore::OAuthUser"
          ? optional({ kind: "string" }, variableNames.tag(variableNames.principal, key), environment)
          : absent,
    },
  };
}

/** Any value of a type. Its variables are named by the path to it. */
export function argument(type: InputType, path: string, environment: Environment): Value {
  const integer = (assumption?: (term: Term) => Term) => environment.variable(path, "Int", assumption);
  switch (type.kind) {
    case "string":
      return { kind: "string", term: integer() };
    case "bool":
      return { kind: "bool", term: environment.variable(path, "Bool") };
    case "long":
    case "decimal":
    case "datetime":
    case "duration":
      return { kind: type.kind, term: integer(within(type.kind)) };
    case "null":
      return { kind: "entity", type: "AgentCore::Null", id: environment.string("null") };
    case "enum":
      return { kind: "entity", type: type.entityType, id: integer(membership(type, environment)) };
    case "set":
      return argumentSet(type.element, path, environment);
    case "tuple":
      return recordOf(
        new Map(
          type.items.map((item, i) => [
            `proj${i}`,
            () => required(item, variableNames.attribute(path, `proj${i}`), environment),
          ]),
        ),
      );
    case "union":
      return union(type.choices, path, environment);
    case "record":
      return record(type.attributes, path, environment);
    case "tagged":
      return {
        kind: "entity",
        type: type.entityType,
        id: integer(),
        data: {
          attributes: record(type.attributes, path, environment),
          tag: (key) =>
            type.attributes.has(key) ? absent : optional(type.tags, variableNames.tag(path, key), environment),
        },
      };
    case "unknown":
      environment.inexact("reads an argument that its schema says nothing about");
      return { kind: "opaque", key: path };
    case "ipaddr":
      return { kind: "opaque", key: path };
  }
}

function within(kind: keyof typeof ranges): (term: Term) => Term {
  return (term) => between(term, ranges[kind].least, ranges[kind].greatest);
}

function membership({ members }: Extract<InputType, { kind: "enum" }>, environment: Environment) {
  return (term: Term) => or(...[...members].map((member) => equal(term, environment.string(member))));
}

function argumentSet(element: InputType, path: string, environment: Environment): Value {
  const within = rangeOfElements(element, environment);
  if (!within) return { kind: "set", key: path };
  return { kind: "set", term: environment.variable(path, "Set"), within, key: path };
}

/** What holds of every element as an integer; undefined for elements that are none. */
function rangeOfElements(type: InputType, environment: Environment): ((term: Term) => Term) | undefined {
  switch (type.kind) {
    case "string":
      return () => yes;
    case "bool":
      return (term) => between(term, 0n, 1n);
    case "enum":
      return membership(type, environment);
    case "long":
    case "decimal":
    case "datetime":
    case "duration":
      return within(type.kind);
    default:
      return undefined;
  }
}

function record(attributes: ReadonlyMap<string, Attribute>, path: string, environment: Environment): RecordValue {
  const member =
    (name: string, { type, required: always }: Attribute) =>
    () =>
      (always ? required : optional)(type, variableNames.attribute(path, name), environment);
  return recordOf(new Map([...attributes].map(([name, attribute]) => [name, member(name, attribute)])));
}

function required(type: InputType, path: string, environment: Environment): Member {
  return { present: yes, value: argument(type, path, environment) };
}

function optional(type: InputType, path: string, environment: Environment): Member {
  return {
    present: environment.variable(variableNames.presence(path), "Bool"),
    value: argument(type, path, environment),
  };
}

/** Exactly one of the choices is present. */
function union(choices: readonly InputType[], path: string, environment: Environment): RecordValue {
  const chosen = environment.variable(variableNames.choice(path), "Int", (choice) =>
    and(lessOrEqual(int(0), choice), not(lessOrEqual(int(choices.length), choice))),
  );
  const choice = (type: InputType, i: number) => () => ({
    present: equal(chosen, int(i)),
    value: argument(type, variableNames.attribute(path, `typeChoice${i}`), environment),
  });
  return recordOf(new Map(choices.map((type, i) => [`typeChoice${i}`, choice(type, i)])));
}
