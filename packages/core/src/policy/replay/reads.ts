import type { Expr } from "@cedar-policy/cedar-wasm/nodejs";
import { childrenOf, operationOf } from "../expressions.ts";
import { contextPath, isPrincipal, literalString } from "../slice/needs.ts";

/**
 * How policies read arguments and tags by name. One that they do nothing with but compare it with literals, or ask whether
 * it is there, matters only for how it compares: that a coverage is below 5 million, and not which one it is.
 */
export interface Reads {
  readonly arguments: Map<string, Reading>;
  readonly tags: Map<string, Reading>;
}

/** What a value is compared with; `whole` where it is used in any other way too. */
interface Reading {
  whole: boolean;
  readonly texts: Set<string>;
  readonly integers: Set<number>;
}

export function noReads(): Reads {
  return { arguments: new Map(), tags: new Map() };
}

/** Adds how an expression reads what it reads by name. */
export function addReads(reads: Reads, expression: Expr): void {
  const compared = comparisonIn(expression);
  const reading = compared && readingOf(compared.read, reads);
  if (compared && reading) {
    for (const literal of compared.literals) {
      if (typeof literal === "string") reading.texts.add(literal);
      else reading.integers.add(literal);
    }
    return;
  }
  const path = contextPath(expression);
  const [root, name] = path ?? [];
  const asksPresence = operationOf(expression).operator === "has" && path?.length === 2;
  const read = readingOf(expression, reads);
  if (read) read.whole = true;
  else if (path === undefined) for (const child of childrenOf(expression)) addReads(reads, child);
  else if (root === "input" && name !== undefined && !asksPresence) entryOf(reads.arguments, name).whole = true;
}

/** The integers in order, and the texts, that a value is compared with; undefined where the value itself matters. */
export interface Literals {
  readonly texts: ReadonlySet<string>;
  readonly integers: readonly number[];
}

export function literalsOf(reading: Reading | undefined): Literals | undefined {
  if (reading?.whole) return undefined;
  return { texts: reading?.texts ?? new Set(), integers: [...(reading?.integers ?? [])].sort((a, b) => a - b) };
}

/**
 * A value as comparisons with literals see it: values with the same answer compare the same with each of them. What isn't a
 * proper text or integer is kept as it is, because then it may be refused for that.
 */
export function comparable(value: unknown, { texts, integers }: Literals): unknown {
  if (typeof value === "string" && value.isWellFormed()) return texts.has(value) ? { is: value } : "another text";
  if (typeof value !== "number" || !Number.isSafeInteger(value)) return [value];
  const below = integers.findLastIndex((integer) => integer <= value);
  return { above: below, is: integers[below] === value };
}

const comparisons = new Set(["==", "!=", "<", "<=", ">", ">="]);

function comparisonIn(
  expression: Expr,
): { readonly read: Expr; readonly literals: readonly (string | number)[] } | undefined {
  const { operator } = operationOf(expression);
  const [left, right] = childrenOf(expression);
  if (left === undefined || right === undefined) return undefined;
  if (operator === "contains") {
    const members = operationOf(left).operator === "Set" ? childrenOf(left).map(literalOf) : [undefined];
    const literals = members.filter((member) => member !== undefined);
    return literals.length === members.length ? { read: right, literals } : undefined;
  }
  if (!comparisons.has(operator)) return undefined;
  const [first, second] = [literalOf(left), literalOf(right)];
  if (second !== undefined) return { read: left, literals: [second] };
  return first === undefined ? undefined : { read: right, literals: [first] };
}

function literalOf(expression: Expr): string | number | undefined {
  const { operator, operands } = operationOf(expression);
  if (operator !== "Value") return undefined;
  return typeof operands === "string" || (typeof operands === "number" && Number.isSafeInteger(operands))
    ? operands
    : undefined;
}

/** The entry of what an expression reads, if it is an argument or a tag of the principal and nothing else. */
function readingOf(expression: Expr, reads: Reads): Reading | undefined {
  const { operator } = operationOf(expression);
  if (operator === "getTag") {
    const [receiver, key] = childrenOf(expression);
    const name = key && literalString(key);
    return receiver && name !== undefined && isPrincipal(receiver) ? entryOf(reads.tags, name) : undefined;
  }
  const path = operator === "." ? contextPath(expression) : undefined;
  return path?.length === 2 && path[0] === "input" && path[1] !== undefined
    ? entryOf(reads.arguments, path[1])
    : undefined;
}

function entryOf(readings: Map<string, Reading>, name: string): Reading {
  let reading = readings.get(name);
  if (reading === undefined) {
    reading = { whole: false, texts: new Set(), integers: new Set() };
    readings.set(name, reading);
  }
  return reading;
}
