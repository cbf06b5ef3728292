import type { Expr } from "@cedar-policy/cedar-wasm/nodejs";
import type { Fact, Reference, Test, Value } from "./facts.ts";

/**
 * The Cedar expression of a fact.
 *
 * What a call leaves out satisfies nothing that is said of it. Of what is said to be *not* so ("the region is not US"), a
 * call without it is denied: a permit asks for it to be there, a forbid applies where it isn't. "Without" and "except" mean
 * just what isn't so, there or not.
 *
 * @param grants Whether calls for which the expression holds get permission by it.
 */
export function expressionOf(fact: Fact, grants: boolean): Expr {
  return conjunction(conjunctsOf(fact, grants));
}

/** Several facts that must all hold. */
export function allOf(facts: readonly Fact[], grants: boolean): Expr {
  return conjunction(facts.flatMap((fact) => conjunctsOf(fact, grants)));
}

/** What is said twice is written once, so that readings that differ in nothing else are the same. */
function conjunction(expressions: readonly Expr[]): Expr {
  const distinct = new Map(expressions.map((one) => [JSON.stringify(one), one]));
  return joined("&&", [...distinct.values()]);
}

function conjunctsOf(fact: Fact, grants: boolean): Expr[] {
  switch (fact.kind) {
    case "test":
      return [...guardsOf(fact.of), ...(fact.test.kind === "present" ? [] : [core(fact.of, fact.test)])];
    case "all":
      return fact.facts.flatMap((one) => conjunctsOf(one, grants));
    case "any":
      return [
        joined(
          "||",
          fact.facts.map((one) => expressionOf(one, grants)),
        ),
      ];
    case "except":
      return [not(expressionOf(fact.fact, !grants))];
    case "not":
      return [negation(fact.fact, grants)];
  }
}

function negation(fact: Fact, grants: boolean): Expr {
  if (fact.kind === "all" || fact.kind === "any") {
    return joined(
      fact.kind === "all" ? "||" : "&&",
      fact.facts.map((one) => negation(one, grants)),
    );
  }
  if (fact.kind !== "test") return not(expressionOf(fact, !grants));
  const { of, test } = fact;
  if (!grants || test.kind === "present" || (isFlag(of) && isTrue(test))) return not(expressionOf(fact, !grants));
  return joined("&&", [...guardsOf(of), not(core(of, test))]);
}

/** Of a flag it is said that it is not true, rather than that it is not false. */
function isTrue(test: Test): boolean {
  return test.kind === "oneOf" && test.values.every(({ value }) => value === true);
}

/** A flag that isn't there isn't set. */
function isFlag(of: Reference): boolean {
  return of.kind === "parameter" && of.parameter.type.kind === "bool";
}

const not = (arg: Expr): Expr => ({ "!": { arg } });

/** A chain of two operands at a time, as Cedar writes it. */
function joined(operator: "&&" | "||", expressions: readonly Expr[]): Expr {
  const [first, ...rest] = expressions;
  if (!first) return { Value: operator === "&&" };
  return rest.reduce<Expr>(
    (left, right) => (operator === "&&" ? { "&&": { left, right } } : { "||": { left, right } }),
    first,
  );
}

const principal: Expr = { Var: "principal" };
const input: Expr = { ".": { left: { Var: "context" }, attr: "input" } };

const text = (value: string): Expr => ({ Value: value });

/** What must be there before it can be looked at. */
function guardsOf(of: Reference): Expr[] {
  if (of.kind === "claim") return [{ hasTag: { left: principal, right: text(of.claim) } }];
  if (of.kind === "id") return [];
  const { path, optional } = of.parameter;
  return path.flatMap((attr, i): Expr[] => (optional[i] ? [{ has: { left: at(path.slice(0, i)), attr } }] : []));
}

function at(path: readonly string[]): Expr {
  return path.reduce<Expr>((left, attr) => ({ ".": { left, attr } }), input);
}

function subject(of: Reference): Expr {
  if (of.kind === "claim") return { getTag: { left: principal, right: text(of.claim) } };
  return of.kind === "id" ? { ".": { left: principal, attr: "id" } } : at(of.parameter.path);
}

const decimalNames = {
  "<": "lessThan",
  "<=": "lessThanOrEqual",
  ">": "greaterThan",
  ">=": "greaterThanOrEqual",
} as const;

function core(of: Reference, test: Exclude<Test, { kind: "present" }>): Expr {
  const left = subject(of);
  switch (test.kind) {
    case "compare":
      return compared(left, test.operator, test.value);
    case "oneOf":
      return equal(left, test.values);
    case "contains":
      return containing(left, test.all, test.values);
    case "pattern":
      return matching(left, test.at, test.value);
  }
}

function compared(left: Expr, operator: keyof typeof decimalNames, value: Value): Expr {
  const right = literal(value);
  if (value.kind === "decimal") return { [decimalNames[operator]]: [left, right] };
  switch (operator) {
    case "<":
      return { "<": { left, right } };
    case "<=":
      return { "<=": { left, right } };
    case ">":
      return { ">": { left, right } };
    case ">=":
      return { ">=": { left, right } };
  }
}

function equal(left: Expr, values: readonly Value[]): Expr {
  const [only, ...others] = values;
  if (only?.kind === "bool" && others.length === 0) return only.value ? left : not(left);
  if (only && others.length === 0) return { "==": { left, right: literal(only) } };
  if (values.every(({ kind }) => kind === "string" || kind === "long" || kind === "member")) {
    return { contains: { left: { Set: values.map(literal) }, right: left } };
  }
  return joined(
    "||",
    values.map((value) => ({ "==": { left, right: literal(value) } })),
  );
}

function containing(left: Expr, all: boolean, values: readonly Value[]): Expr {
  const [only, ...others] = values;
  if (only && others.length === 0) return { contains: { left, right: literal(only) } };
  const right: Expr = { Set: values.map(literal) };
  return all ? { containsAll: { left, right } } : { containsAny: { left, right } };
}

function matching(left: Expr, where: "start" | "end" | "inside" | "word", value: string): Expr {
  const like = (...pattern: ("Wildcard" | { Literal: string })[]): Expr => ({ like: { left, pattern } });
  const own = { Literal: value };
  if (where === "start") return like(own, "Wildcard");
  if (where === "end") return like("Wildcard", own);
  if (where === "inside") return like("Wildcard", own, "Wildcard");
  return joined("||", [
    { "==": { left, right: text(value) } },
    like({ Literal: `${value} ` }, "Wildcard"),
    like("Wildcard", { Literal: ` ${value}` }),
    like("Wildcard", { Literal: ` ${value} ` }, "Wildcard"),
  ]);
}

function literal(value: Value): Expr {
  switch (value.kind) {
    case "string":
    case "bool":
      return { Value: value.value };
    case "long":
      // No larger than what a JavaScript number holds exactly: values.ts sees to it.
      return { Value: Number(value.value) };
    case "decimal":
      return { decimal: [{ Value: decimalText(value.value) }] };
    case "member":
      return { Value: { __entity: { type: value.entityType, id: value.value } } };
  }
}

function decimalText(tenThousandths: bigint): string {
  const magnitude = tenThousandths < 0n ? -tenThousandths : tenThousandths;
  const fraction = (magnitude % 10_000n)
    .toString()
    .padStart(4, "0")
    .replace(/(?<=.)0+$/, "");
  return `${tenThousandths < 0n ? "-" : ""}${magnitude / 10_000n}.${fraction}`;
}
