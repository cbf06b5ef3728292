import type { Expr, PolicyJson, ResidualResponse } from "@cedar-policy/cedar-wasm/nodejs";
import { isJsonObject } from "../../json.ts";
import { childrenOf, operationOf } from "../expressions.ts";
import type { Attribute, InputType } from "../schema/inputType.ts";
import { accessOf, contextPath } from "../slice/needs.ts";

/** What evaluating an expression may come to, as a set of bits. */
const True = 1;
const False = 2;
const Failure = 4;
const anything = True | False | Failure;

/** What partial evaluation leaves of policies, by their ids; of those that aren't here, it would leave what they are. */
export type Residuals = Pick<ResidualResponse, "errored" | "residuals">;

/**
 * Whether some input would be allowed by some policies, from what is left of them once everything but the input is known.
 * Says no only if there is none: each condition on the input is taken to hold or not, as the tool's type lets it. Cedar's
 * partial evaluation keeps `<unknown> && false` as it is, so with its answer alone a tool would be shown to callers whom no
 * input helps.
 */
export function someInputIsAllowed(
  { errored, residuals }: Residuals,
  policies: readonly { readonly id: string; readonly json: PolicyJson }[],
  input: InputType,
): boolean {
  // A policy that errs whatever the input denies whatever the input.
  if (errored.length > 0 && policies.some(({ id }) => errored.includes(id))) return false;
  const left = policies.map(({ id, json }) => {
    const residual = Object.hasOwn(residuals, id) ? (residuals[id] ?? json) : json;
    return { effect: json.effect, may: outcomesOf(residual, input) };
  });
  return (
    left.every(({ effect, may }) => effect === "permit" || (may & False) !== 0) &&
    left.some(({ effect, may }) => effect === "permit" && (may & True) !== 0) &&
    left.every(({ may }) => may !== Failure)
  );
}

function outcomesOf({ conditions }: PolicyJson, input: InputType): number {
  return conditions
    .map(({ kind, body }) => (kind === "when" ? outcomes(body, input) : negate(outcomes(body, input))))
    .reduce((left, right) => conjunction(left, () => right), True);
}

/** Whether some input of a tool can make a condition come out as wanted. */
export function canBe(condition: Expr, wanted: boolean, input: InputType): boolean {
  return (outcomes(condition, input) & (wanted ? True : False)) !== 0;
}

function outcomes(expression: Expr, input: InputType): number {
  const { operator, operands } = operationOf(expression);
  if (operator === "Value") return operands === true ? True : operands === false ? False : anything;
  if (operator === "has") return presence(operands, input);
  const of = (name: string) => outcomes((operands as Record<string, Expr>)[name] as Expr, input);
  if (operator === "&&") return conjunction(of("left"), () => of("right"));
  if (operator === "||") return negate(conjunction(negate(of("left")), () => negate(of("right"))));
  if (operator === "!") return negate(of("arg"));
  if (operator === "if-then-else") {
    const condition = of("if");
    return (condition & Failure) | (condition & True ? of("then") : 0) | (condition & False ? of("else") : 0);
  }
  return anything;
}

/** `&&` looks to its right only where its left is true. */
function conjunction(left: number, right: () => number): number {
  return (left & (False | Failure)) | (left & True ? right() : 0);
}

function negate(outcome: number): number {
  return (outcome & Failure) | (outcome & True ? False : 0) | (outcome & False ? True : 0);
}

/** What `has` comes to: a tool that has no such argument never gets one, and one that requires it always does. */
function presence(operands: unknown, input: InputType): number {
  const { left, attr } = accessOf(operands);
  const holdsInput = (operationOf(left).operator === "Record" || isContext(left)) && attr[0] === "input";
  const receiver = holdsInput ? input : typeBelow(left, input);
  if (!receiver) return anything;
  let type = receiver;
  let outcome = True;
  for (const name of holdsInput ? attr.slice(1) : attr) {
    const attribute = attributeOf(type, name);
    if (attribute === "unknown") return anything;
    if (!attribute) return False;
    if (!attribute.required) outcome |= False;
    type = attribute.type;
  }
  return outcome;
}

/** The type of a path into the unknown input; undefined for any other expression. */
function typeBelow(expression: Expr, input: InputType): InputType | undefined {
  const { operator, operands } = operationOf(expression);
  if (operator === "unknown") return nameOf(operands) === "input" ? input : undefined;
  if (operator !== ".") return undefined;
  const { left, attr } = accessOf(operands);
  if (isContext(left)) return attr[0] === "input" ? input : undefined;
  const type = typeBelow(left, input);
  const attribute = type && attributeOf(type, attr[0] ?? "");
  // Getting an attribute that may be missing may fail; only what is surely there is followed.
  return attribute && attribute !== "unknown" && attribute.required ? attribute.type : undefined;
}

/** What an unknown stands for. */
function nameOf(operands: unknown): unknown {
  const [name] = Array.isArray(operands) ? operands : [];
  return isJsonObject(name) ? name.Value : undefined;
}

function attributeOf(type: InputType, name: string): Attribute | "unknown" | undefined {
  return type.kind === "record" || type.kind === "tagged" ? type.attributes.get(name) : "unknown";
}

function isContext(expression: Expr): boolean {
  const { operator, operands } = operationOf(expression);
  return operator === "Var" && operands === "context";
}

/**
 * Whether partial evaluation would leave a policy as it is: it sees nothing but the input and what an interceptor will say of it, and nothing in it can be
 * computed without. Then Cedar needs not be asked, which takes a third of a millisecond.
 */
export function isResidual({ principal, conditions }: PolicyJson): boolean {
  const scopeHolds = principal.op === "All" || (principal.op === "is" && !("in" in principal));
  return scopeHolds && conditions.every(({ body }) => isConstant(body) || isAboutInput(body));
}

function isAboutInput(expression: Expr): boolean {
  if (isConstant(expression)) return true;
  const path = contextPath(expression);
  if (path) return path[0] === "input" || path[0] === "interceptor";
  const children = childrenOf(expression);
  return children.length > 0 && children.some((child) => !isConstant(child)) && children.every(isAboutInput);
}

/** A value that is written down: there is nothing to compute in it that could err. */
function isConstant(expression: Expr): boolean {
  return constants.has(operationOf(expression).operator) && childrenOf(expression).every(isConstant);
}

const constants = new Set(["Value", "Set", "Record", "decimal", "datetime", "duration", "ip"]);
