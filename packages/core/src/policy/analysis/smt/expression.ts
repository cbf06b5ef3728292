import type { Expr } from "@cedar-policy/cedar-wasm/nodejs";
import { actionType, type EntityUid, uidOf } from "../../cedar.ts";
import { childrenOf, operationOf } from "../../expressions.ts";
import { accessOf } from "../../slice/needs.ts";
import { attributeOf, isIn, tagOf } from "./entities.ts";
import { extensionFunctions } from "./extensions.ts";
import type { LargeInteger } from "./integers.ts";
import { matches, type Pattern, patternOf } from "./like.ts";
import { greatestLong, leastLong } from "./requestValues.ts";
import type { Outcome, Scope } from "./scope.ts";
import { setOperations } from "./setOperations.ts";
import { and, arithmetic, between, bool, int, less, lessOrEqual, member, no, not, or, type Term } from "./terms.ts";
import { chooseValue, recordOf, sameValue, type Value } from "./values.ts";

/** Evaluates an expression symbolically, with Cedar's rules for errors: what isn't evaluated can't err. */
export function evaluate(expression: Expr, scope: Scope): Outcome {
  const key = JSON.stringify(expression);
  const known = scope.known.get(key);
  if (known) return known;
  const outcome = evaluateNew(expression, key, scope);
  scope.known.set(key, outcome);
  return outcome;
}

function evaluateNew(expression: Expr, key: string, scope: Scope): Outcome {
  const { operator, operands } = operationOf(expression);
  const rule = Object.hasOwn(rules, operator) ? rules[operator] : undefined;
  if (rule) return rule({ operands, scope, key, of: (name) => evaluate(operand(operands, name), scope) });
  const args = childrenOf(expression).map((child) => evaluate(child, scope));
  const error = or(...args.map((arg) => arg.error));
  const values = args.map(({ value }) => value);
  const plain = Object.hasOwn(functions, operator) ? functions[operator] : undefined;
  const outcome = plain?.(values, scope, key) ?? unfollowed(operator, scope, key);
  return { value: outcome.value, error: or(error, outcome.error) };
}

/** A condition as a formula. */
export function condition(expression: Expr, scope: Scope): { readonly holds: Term; readonly error: Term } {
  const { value, error } = evaluate(expression, scope);
  return { holds: truth(value, scope), error };
}

function operand(operands: unknown, name: string): Expr {
  // Each rule asks for the operands that Cedar's JSON gives its operator.
  return (operands as Record<string, Expr>)[name] as Expr;
}

interface Application {
  readonly operands: unknown;
  readonly scope: Scope;
  /** The expression as text: the same text is the same value. */
  readonly key: string;
  of(name: string): Outcome;
}

const truthOutcome = (holds: Term, error: Term): Outcome => ({ value: { kind: "bool", term: holds }, error });

/** Operators that don't evaluate all of their operands, or whose operands aren't all expressions. */
const rules: Readonly<Record<string, (application: Application) => Outcome>> = {
  Value: ({ operands, scope }) => ({ value: literal(operands, scope), error: no }),
  Var: ({ operands, scope }) => ({ value: variable(operands, scope), error: no }),
  "&&": ({ scope, of }) => {
    const [left, right] = [of("left"), of("right")];
    const goesOn = truth(left.value, scope);
    return truthOutcome(and(goesOn, truth(right.value, scope)), or(left.error, and(goesOn, right.error)));
  },
  "||": ({ scope, of }) => {
    const [left, right] = [of("left"), of("right")];
    const stops = truth(left.value, scope);
    return truthOutcome(or(stops, truth(right.value, scope)), or(left.error, and(not(stops), right.error)));
  },
  "if-then-else": ({ scope, of, key }) => {
    const [test, then, otherwise] = [of("if"), of("then"), of("else")];
    const holds = truth(test.value, scope);
    return {
      value: chooseValue(holds, then.value, otherwise.value, key, scope.environment),
      error: or(test.error, and(holds, then.error), and(not(holds), otherwise.error)),
    };
  },
  ".": ({ operands, scope }) => {
    const { left, attr } = accessOf(operands);
    const receiver = evaluate(left, scope);
    const { present, value } = attributeOf(receiver.value, attr[0] ?? "", scope);
    return { value, error: or(receiver.error, not(present)) };
  },
  has: ({ operands, scope }) => {
    const { left, attr } = accessOf(operands);
    const receiver = evaluate(left, scope);
    let present: Term = bool(true);
    let value = receiver.value;
    for (const name of attr) {
      const member = attributeOf(value, name, scope);
      present = and(present, member.present);
      // What isn't there has nothing below it.
      if (present === no) break;
      value = member.value;
    }
    return truthOutcome(present, receiver.error);
  },
  is: ({ operands, scope, of }) => {
    const receiver = of("left");
    const { entity_type: type } = operands as { entity_type: string };
    const isType = bool(receiver.value.kind === "entity" && receiver.value.type === type);
    if (receiver.value.kind === "opaque")
      return { ...unfollowed("is", scope, JSON.stringify(operands)), error: receiver.error };
    if (!Object.hasOwn(operands as object, "in") || isType === no) return truthOutcome(isType, receiver.error);
    const group = of("in");
    return truthOutcome(isIn(receiver.value, group.value, scope), or(receiver.error, group.error));
  },
  like: ({ operands, scope, of }) => {
    const receiver = of("left");
    const { pattern } = operands as { pattern: Parameters<typeof patternOf>[0] };
    const holds = like(integer(receiver.value, scope), patternOf(pattern), scope);
    return truthOutcome(holds, receiver.error);
  },
  Record: ({ operands, scope }) => {
    const members = Object.entries(operands as Record<string, Expr>).map(
      ([name, one]) => [name, evaluate(one, scope)] as const,
    );
    const value = recordOf(
      new Map(members.map(([name, one]) => [name, () => ({ present: bool(true), value: one.value })])),
    );
    return { value, error: or(...members.map(([, one]) => one.error)) };
  },
};

type Function = (values: readonly Value[], scope: Scope, key: string) => Outcome | undefined;

const comparison =
  (compare: (a: Term, b: Term) => Term): Function =>
  ([a, b], scope) =>
    a && b && truthOutcome(compare(integer(a, scope), integer(b, scope)), no);

/** Operations on values, without the errors of their operands. */
const functions: Readonly<Record<string, Function>> = {
  "!": ([a], scope) => a && truthOutcome(not(truth(a, scope)), no),
  "==": ([a, b], { environment }) => a && b && truthOutcome(sameValue(a, b, environment), no),
  "!=": ([a, b], { environment }) => a && b && truthOutcome(not(sameValue(a, b, environment)), no),
  "<": comparison(less),
  "<=": comparison(lessOrEqual),
  ">": comparison((a, b) => less(b, a)),
  ">=": comparison((a, b) => lessOrEqual(b, a)),
  "+": ([a, b], scope) => a && b && long(arithmetic("+", integer(a, scope), integer(b, scope))),
  "-": ([a, b], scope) => a && b && long(arithmetic("-", integer(a, scope), integer(b, scope))),
  "*": ([a, b], scope) => a && b && long(arithmetic("*", integer(a, scope), integer(b, scope))),
  neg: ([a], scope) => a && long(arithmetic("-", int(0), integer(a, scope))),
  in: ([a, b], scope) => a && b && truthOutcome(isIn(a, b, scope), no),
  hasTag: ([entity, key], scope) => entity && key && truthOutcome(tagOf(entity, key, scope).present, no),
  getTag: ([entity, key], scope) => {
    if (!entity || !key) return undefined;
    const { present, value } = tagOf(entity, key, scope);
    return { value, error: not(present) };
  },
  Set: (elements, _, key) => ({ value: { kind: "set", elements, key }, error: no }),
  ...setOperations,
  ...extensionFunctions,
};

/** Anything, an error as well. */
function unfollowed(operator: string, { environment }: Scope, key: string): Outcome {
  environment.inexact(`uses \`${operator}\``);
  return { value: { kind: "opaque", key }, error: environment.variable(`error ${key}`, "Bool") };
}

/** An operation on 64-bit integers. */
function long(term: Term): Outcome {
  return { value: { kind: "long", term }, error: not(between(term, leastLong, greatestLong)) };
}

function truth(value: Value, { environment }: Scope): Term {
  if (value.kind === "bool") return value.term;
  // Any other type is refused by validation, or stands where evaluation never comes by.
  return value.kind === "opaque" ? environment.variable(`truth ${value.key}`, "Bool") : environment.fresh("Bool");
}

function integer(value: Value, { environment }: Scope): Term {
  if ("term" in value && value.term && value.kind !== "set" && value.kind !== "bool") return value.term;
  return value.kind === "opaque" ? environment.variable(`integer ${value.key}`, "Int") : environment.fresh("Int");
}

function literal(operands: unknown, { environment }: Scope): Value {
  if (typeof operands === "boolean") return { kind: "bool", term: bool(operands) };
  if (typeof operands === "number") return { kind: "long", term: int(operands) };
  if (typeof operands === "string") return { kind: "string", term: environment.string(operands) };
  if (typeof operands === "object" && operands !== null && "__long" in operands) {
    return { kind: "long", term: int(BigInt((operands as LargeInteger).__long)) };
  }
  if (typeof operands === "object" && operands !== null && "__entity" in operands) {
    const { type, id } = uidOf(operands as { __entity: EntityUid });
    return { kind: "entity", type, id: environment.string(id) };
  }
  return { kind: "opaque", key: JSON.stringify(operands) };
}

function variable(name: unknown, { request, environment }: Scope): Value {
  if (name === "principal") return request.principal;
  if (name === "resource") return request.resource;
  if (name === "context") return request.context;
  return { kind: "entity", type: actionType, id: environment.string(request.action) };
}

/**
 * `like`, as the set of the strings that match. What it says of strings that policies name is exact; of others it says
 * nothing but that the same string always matches or never, so that a request has to be found for them (`textLike`).
 */
function like(string: Term, pattern: Pattern, { environment }: Scope): Term {
  if (string.op === "int") {
    const text = environment.strings.get(string.value);
    if (text !== undefined) return bool(matches(text, pattern));
  }
  environment.inexact("uses `like`");
  return member(string, environment.pattern(pattern));
}
