import type { Json, JsonObject } from "../../../json.ts";
import { decimalOfNumber } from "../../request/scalars.ts";
import type { Attribute, InputType } from "../../schema/inputType.ts";
import type { ToolAction } from "../../schema/policySchema.ts";
import type { ExampleRequest } from "../example.ts";
import type { Environment } from "./environment.ts";
import type { Assignment } from "./evaluate.ts";
import { textLike } from "./like.ts";
import { isRanged, ranges, variableNames } from "./requestValues.ts";

/**
 * Makes a request of what the solver has found. What it has no value for gets one that its type allows, or is left out. The
 * request may still not be what the formulas said where these are inexact: it has to be tried.
 */
export function decodeRequest(
  action: ToolAction,
  principalType: ExampleRequest["principal"]["type"],
  environment: Pick<Environment, "strings" | "patterns">,
  assignment: Assignment,
): ExampleRequest {
  const decoder: Decoder = { assignment, text: stringsOf(environment, assignment) };
  const id = decoder.text(integerAt(assignment, variableNames.principal) ?? anyone, names);
  const time = integerAt(assignment, variableNames.now);
  return {
    principal: { type: principalType, id, tags: tagsOf(decoder) },
    tool: action.name,
    arguments: attributes(action.input.attributes, variableNames.input, decoder),
    ...(time === undefined ? {} : { now: new Date(Number(time)).toISOString() }),
    ...(action.interceptor === undefined
      ? {}
      : { interceptor: attributes(action.interceptor.attributes, variableNames.interceptor, decoder) }),
  };
}

interface Decoder {
  readonly assignment: Assignment;
  /** The string that a number stands for. */
  readonly text: (code: bigint, invented?: readonly string[]) => string;
}

/** Numbers that no literal has, for what nothing is known of. */
const anyone = -1n;
const anything = -2n;

const names = ["alice", "bob", "carol"];
const words = ["something", "else", "other"];

/** Strings that policies name are themselves; others get a text that no policy mentions, and that matches what it should. */
function stringsOf(
  { strings, patterns }: Pick<Environment, "strings" | "patterns">,
  assignment: Assignment,
): Decoder["text"] {
  const taken = new Set(strings.values());
  const made = new Map<bigint, string>();
  const matched = (name: string, code: bigint) => {
    const set = assignment.get(name);
    return set instanceof Set && set.has(code);
  };
  const invent = (code: bigint, invented: readonly string[]): string => {
    const [wanted = [], unwanted = []] = [true, false].map((is) =>
      [...patterns].filter(([name]) => matched(name, code) === is).map(([, pattern]) => pattern),
    );
    const isTaken = (text: string) => taken.has(text);
    const text = textLike(wanted, unwanted, invented, isTaken);
    if (text !== undefined) return text;
    let n = 1;
    while (taken.has(`${invented[0]}-${n}`)) n += 1;
    return `${invented[0]}-${n}`;
  };
  return (code, invented = words) => {
    const known = strings.get(code) ?? made.get(code);
    if (known !== undefined) return known;
    const text = invent(code, invented);
    taken.add(text);
    made.set(code, text);
    return text;
  };
}

function tagsOf({ assignment, text }: Decoder): Record<string, string> {
  const prefix = variableNames.tag(variableNames.principal, "");
  return Object.fromEntries(
    present(assignment, prefix).map(([key, path]) => [key, text(integerAt(assignment, path) ?? anything)]),
  );
}

/** What is said to be present below a path: the last part of its name, and its whole path. */
function present(assignment: Assignment, prefix: string): [string, string][] {
  const start = variableNames.presence(prefix);
  return [...assignment].flatMap(([name, value]): [string, string][] => {
    if (value !== true || !name.startsWith(start) || name.slice(start.length).includes("/")) return [];
    const key = name.slice(start.length).replaceAll("~1", "/").replaceAll("~0", "~");
    return [[key, variableNames.tag(prefix.slice(0, -2), key)]];
  });
}

function attributes(types: ReadonlyMap<string, Attribute>, path: string, decoder: Decoder): JsonObject {
  const entries = [...types].flatMap(([name, { type, required }]): [string, Json][] => {
    const at = variableNames.attribute(path, name);
    const included = required || decoder.assignment.get(variableNames.presence(at)) === true;
    return included ? [[name, decode(type, at, decoder)]] : [];
  });
  return Object.fromEntries(entries);
}

function decode(type: InputType, path: string, decoder: Decoder): Json {
  const { assignment, text } = decoder;
  const found = assignment.get(path);
  switch (type.kind) {
    case "bool":
      return found === true;
    case "null":
      return null;
    case "set":
      return found instanceof Set ? elements(found, type.element, decoder) : [];
    case "tuple":
      return type.items.map((item, i) => decode(item, variableNames.attribute(path, `proj${i}`), decoder));
    case "union": {
      const choice = Number(integerAt(assignment, variableNames.choice(path)) ?? 0n);
      const chosen = type.choices[choice];
      return chosen ? decode(chosen, variableNames.attribute(path, `typeChoice${choice}`), decoder) : null;
    }
    case "record":
      return attributes(type.attributes, path, decoder);
    case "tagged": {
      const tags = present(assignment, variableNames.tag(path, ""));
      const extra = tags.map(([key, at]): [string, Json] => [key, decode(type.tags, at, decoder)]);
      return { ...Object.fromEntries(extra), ...attributes(type.attributes, path, decoder) };
    }
    case "unknown":
      return text(anything);
    case "ipaddr":
      return "192.0.2.1";
    default:
      return scalar(type, typeof found === "bigint" ? found : undefined, decoder);
  }
}

/** The solver's sets may hold integers that no element can be. */
function elements(found: ReadonlySet<bigint>, type: InputType, decoder: Decoder): Json[] {
  const isElement = (value: bigint) => {
    if (type.kind === "enum") return type.members.has(decoder.text(value));
    if (type.kind === "bool") return value === 0n || value === 1n;
    if (!isRanged(type.kind)) return true;
    const { least, greatest } = ranges[type.kind];
    return value >= least && value <= greatest;
  };
  return [...found].filter(isElement).map((element) => scalar(type, element, decoder));
}

/** A value that is one integer to the solver. */
function scalar(type: InputType, value: bigint | undefined, { text }: Decoder): Json {
  switch (type.kind) {
    case "string":
      return text(value ?? anything);
    case "bool":
      return value === 1n;
    case "long":
      return Number(value ?? 0n);
    case "enum": {
      const name = value === undefined ? undefined : text(value);
      return name !== undefined && type.members.has(name) ? name : ([...type.members][0] ?? "");
    }
    case "decimal":
      return decimal(value ?? 0n);
    case "datetime":
      return new Date(Number(value ?? 0n)).toISOString();
    case "duration":
      return duration(value ?? 0n);
    default:
      return null;
  }
}

/** A number, or a string of the format `decimal` where a JavaScript number isn't exact enough. */
function decimal(tenThousandths: bigint): Json {
  const sign = tenThousandths < 0n ? "-" : "";
  const digits = String(tenThousandths < 0n ? -tenThousandths : tenThousandths).padStart(5, "0");
  const text = `${sign}${digits.slice(0, -4)}.${digits.slice(-4)}`;
  const number = Number(text);
  const trimmed = text.replace(/0{1,3}$/, "");
  return decimalOfNumber(number) === trimmed ? number : text;
}

/** ISO 8601, in days and seconds. */
function duration(milliseconds: bigint): string {
  const days = milliseconds / 86_400_000n;
  const rest = milliseconds % 86_400_000n;
  const fraction = rest % 1000n === 0n ? "" : `.${String(rest % 1000n).padStart(3, "0")}`;
  return `P${days > 0n ? `${days}D` : ""}T${rest / 1000n}${fraction}S`;
}

function integerAt(assignment: Assignment, name: string): bigint | undefined {
  const value = assignment.get(name);
  return typeof value === "bigint" ? value : undefined;
}
