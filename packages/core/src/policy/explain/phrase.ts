import type { Expr } from "@cedar-policy/cedar-wasm/nodejs";
import { childrenOf, operationOf } from "../expressions.ts";
import type { ToolAction } from "../schema/policySchema.ts";
import { contextPath, literalString } from "../slice/needs.ts";

/** Longer values are not repeated, and neither are longer lists. */
const longestValue = 100;
const mostValues = 20;

/** Which way a comparison goes, and the one that holds where it doesn't. */
const comparisons: Readonly<Record<string, readonly [text: string, negated: string, swapped: string]>> = {
  "<": ["less than", ">=", ">"],
  "<=": ["at most", ">", ">="],
  ">": ["greater than", "<=", "<"],
  ">=": ["at least", "<", "<="],
};
/** The same of Cedar's decimals. */
const decimals: Readonly<Record<string, string>> = {
  lessThan: "<",
  lessThanOrEqual: "<=",
  greaterThan: ">",
  greaterThanOrEqual: ">=",
};

/**
 * Says in words what must be so for a condition to come out as wanted, such as `coverage_amount must be less than 5`;
 * undefined for whatever is not a plain comparison of one argument with values that are written in the policy. In words
 * there is thus never anything but arguments and such values: nothing of who calls can get in.
 */
export function phraseOf(condition: Expr, wanted: boolean, action: ToolAction): string | undefined {
  const { operator } = operationOf(condition);
  const not = wanted ? "" : "not ";
  const [left, right] = childrenOf(condition);
  // Which of several types a value has is a matter of Cedar, not of whoever calls.
  if (operator === "has" && choice.test(contextPath(condition)?.at(-1) ?? "")) return undefined;
  if (operator === "has") return about(pathOf(condition), `must ${not}be given`);
  if (operator === ".") return about(pathOf(condition), `must be ${wanted}`);
  if (left === undefined) return undefined;
  if (operator === "isEmpty") return about(pathOf(left), `must ${not}be empty`);
  if (operator === "like") return like(condition, left, not);
  if (right === undefined) return undefined;
  if (operator === "hasTag") return about(pathBelow(left, right), `must ${not}be given`);
  if (operator === "isInRange") return about(pathOf(left), `must ${not}be in`, writtenValue(right, action));
  if (operator === "==" || operator === "!=") {
    const be = (operator === "==") === wanted ? "must be" : "must not be";
    return about(pathOf(left), be, writtenValue(right, action)) ?? about(pathOf(right), be, writtenValue(left, action));
  }
  const comparison = decimals[operator] ?? operator;
  if (comparisons[comparison]) return compare(comparison, left, right, wanted, action);
  if (operator === "contains") {
    return (
      about(pathOf(right), `must ${not}be one of`, writtenValues(left, action)) ??
      about(pathOf(left), `must ${not}contain`, writtenValue(right, action))
    );
  }
  if (operator === "containsAny")
    return about(pathOf(left), wanted ? "must contain one of" : "must contain none of", writtenValues(right, action));
  if (operator === "containsAll") return about(pathOf(left), `must ${not}contain all of`, writtenValues(right, action));
  return undefined;
}

function compare(comparison: string, left: Expr, right: Expr, wanted: boolean, action: ToolAction): string | undefined {
  const [, negated = "", swapped = ""] = comparisons[comparison] ?? [];
  const holds = wanted ? comparison : negated;
  const words = (operator: string) => `must be ${comparisons[operator]?.[0]}`;
  const other = comparisons[holds]?.[2] ?? swapped;
  return (
    about(pathOf(left), words(holds), writtenValue(right, action)) ??
    about(pathOf(right), words(other), writtenValue(left, action))
  );
}

function like(condition: Expr, left: Expr, not: string): string | undefined {
  const { pattern } = operationOf(condition).operands as { pattern: ("Wildcard" | { Literal: string })[] };
  const text = pattern.map((part) => (part === "Wildcard" ? "*" : part.Literal.replace("*", "\\*"))).join("");
  return text.length > longestValue ? undefined : about(pathOf(left), `must ${not}match`, JSON.stringify(text));
}

function about(path: string | undefined, words: string, ...values: (string | undefined)[]): string | undefined {
  if (path === undefined || values.includes(undefined)) return undefined;
  return [path, words, ...values].join(" ");
}

/** The name of the argument that an expression reads, or a place in it; undefined for any other expression. */
function pathOf(expression: Expr): string | undefined {
  const [left, right] = childrenOf(expression);
  if (operationOf(expression).operator === "getTag" && left && right) return pathBelow(left, right);
  const [first, ...names] = contextPath(expression) ?? [];
  if (first !== "input" || names.length === 0) return undefined;
  const shown = names.filter((name) => !choice.test(name)).join(".");
  return shown.length > longestValue ? undefined : shown;
}

const choice = /^typeChoice\d+$/;

function pathBelow(left: Expr, key: Expr): string | undefined {
  const path = pathOf(left);
  const name = literalString(key);
  return path === undefined || name === undefined ? undefined : `${path}.${name}`;
}

function writtenValues(set: Expr, action: ToolAction): string | undefined {
  if (operationOf(set).operator !== "Set") return undefined;
  const values = childrenOf(set).map((value) => writtenValue(value, action));
  return values.length === 0 || values.length > mostValues || values.includes(undefined)
    ? undefined
    : values.join(", ");
}

/** A value that is written in a policy, as it is written in JSON. */
function writtenValue(expression: Expr, { types }: ToolAction): string | undefined {
  const { operator, operands } = operationOf(expression);
  const [argument] = childrenOf(expression);
  if (["decimal", "datetime", "duration", "ip"].includes(operator)) return argument && literalString(argument);
  if (operator !== "Value") return undefined;
  if (typeof operands !== "object" || operands === null) {
    const text = JSON.stringify(operands);
    return text.length > longestValue ? undefined : text;
  }
  // Of entities, only the members of an enumeration in the tool's own schema are values of arguments.
  const { type = "", id = "" } = "__entity" in operands ? (operands.__entity as { type: string; id: string }) : {};
  const entity = types.entityTypes[type.replace(/^AgentCore::/, "")];
  return entity && "enum" in entity && entity.enum.includes(id) ? JSON.stringify(id) : undefined;
}
