import type { Expr, PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { actionType } from "../cedar.ts";
import { childrenOf, type Operation, operationOf } from "../expressions.ts";

/**
 * What policies can see of a request.
 *
 * Most of the cost of a decision is Cedar's reading of the request (an empty one takes 25 us; a principal with tags adds
 * 20, `context.system.now` 30), so a request carries only what some policy of the slice can look at. That is sound because
 * an expression of Cedar reaches data in few ways, and each is accounted for:
 *
 * - The context is reached by the variable `context` alone. Where it stands under `.` or `has`, the attribute's name is a
 *   literal of the syntax, so what is read below `context.input` is known; where it stands by itself, everything may be read.
 * - Attributes and tags of entities are reached by `.`, `has`, `hasTag` and `getTag`. Only the principal has any, besides
 *   the entities inside of `context.input`, which are always passed whole with the argument that holds them. A receiver
 *   that is neither the variable `principal` nor a path in the context may still be the principal (a literal that names it,
 *   an if-then-else), so the principal is passed as an entity then.
 * - A tag's key may be computed. If it isn't a literal, all tags are passed.
 * - `action in` reads the action hierarchy, as does any literal of type Action.
 * - Names without data (`principal ==`, `resource ==`, `is`, `in` for anything but actions) read nothing: the uids are always
 *   passed, and neither principals nor gateways have parents.
 */
export interface Needs {
  /** `context` as a value: the whole context. */
  context: boolean;
  /** `context.input` as a value: all arguments. */
  input: boolean;
  /** Some use of `context.input`. */
  inputPresent: boolean;
  /** The arguments that are read by name. */
  readonly attributes: Set<string>;
  now: boolean;
  /** What is read of `context.interceptor`, by name. */
  readonly interceptor: Set<string>;
  /** The principal's uid is looked at, and not only its data. */
  principalUid: boolean;
  /** `principal.id`. */
  principalId: boolean;
  /** The principal's tags that are read by name. */
  readonly tags: Set<string>;
  allTags: boolean;
  /** The principal's data is read in a way that needs it as an entity. */
  principalEntity: boolean;
  /** Whether the action's place in the hierarchy is read. */
  action: boolean;
  /** The actions, and the types of other entities, that are named outside of the scope. */
  readonly namedActions: Set<string>;
  readonly namedTypes: Set<string>;
}

export function noNeeds(): Needs {
  return {
    context: false,
    input: false,
    inputPresent: false,
    attributes: new Set(),
    now: false,
    interceptor: new Set(),
    principalUid: false,
    principalId: false,
    tags: new Set(),
    allTags: false,
    principalEntity: false,
    action: false,
    namedActions: new Set(),
    namedTypes: new Set(),
  };
}

/** Adds what a policy's conditions can see. Scopes read names only. */
export function addNeeds(needs: Needs, { conditions }: PolicyJson): Needs {
  for (const { body } of conditions) visit(body, needs);
  return needs;
}

function visit(expression: Expr, needs: Needs): void {
  const path = contextPath(expression);
  const operation = operationOf(expression);
  if (path) readContext(path, needs);
  else if (Object.hasOwn(readers, operation.operator)) readers[operation.operator]?.(operation, needs, expression);
  else for (const child of childrenOf(expression)) visit(child, needs);
}

/** The attribute names from `context` down, for an expression that is nothing but `context`, `.` and a final `has`. */
export function contextPath(expression: Expr): string[] | undefined {
  const { operator, operands } = operationOf(expression);
  if (operator === "Var") return operands === "context" ? [] : undefined;
  if (operator !== "." && operator !== "has") return undefined;
  const { left, attr } = accessOf(operands);
  const path = operationOf(left).operator === "has" ? undefined : contextPath(left);
  return path && [...path, ...attr];
}

/** The receiver and the names of `.` or `has`, which can test a path of several names. */
export function accessOf(operands: unknown): { left: Expr; attr: string[] } {
  const { left, attr } = operands as { left: Expr; attr: string | string[] };
  return { left, attr: typeof attr === "string" ? [attr] : attr };
}

type Reader = (operation: Operation, needs: Needs, expression: Expr) => void;

const readers: Readonly<Record<string, Reader>> = {
  Var: ({ operands }, needs) => {
    if (operands === "action") needs.action = true;
    if (operands === "principal") needs.principalUid = true;
  },
  Value: ({ operands }, needs) => readValue(operands, needs),
  is: ({ operands }, needs, expression) => {
    needs.namedTypes.add((operands as { entity_type: string }).entity_type);
    for (const child of childrenOf(expression)) visit(child, needs);
  },
  ".": readAttribute,
  has: readAttribute,
  hasTag: readTag,
  getTag: readTag,
};

function readContext([first, second]: readonly string[], needs: Needs): void {
  if (first === "system") needs.now = true;
  else if (first === "interceptor" && second !== undefined) needs.interceptor.add(second);
  else if (first !== "input") needs.context = true;
  else if (second === undefined) needs.input = true;
  else {
    needs.inputPresent = true;
    needs.attributes.add(second);
  }
}

function readAttribute({ operands }: Operation, needs: Needs): void {
  const { left, attr } = accessOf(operands);
  if (isPrincipal(left) && attr.length === 1 && attr[0] === "id") needs.principalId = true;
  else {
    needs.principalEntity = true;
    visit(left, needs);
  }
}

function readTag({ operands }: Operation, needs: Needs): void {
  const { left, right } = operands as { left: Expr; right: Expr };
  const key = literalString(right);
  if (contextPath(left) === undefined) {
    if (key === undefined) needs.allTags = true;
    else needs.tags.add(key);
    if (key === undefined || !isPrincipal(left)) needs.principalEntity = true;
  }
  if (!isPrincipal(left)) visit(left, needs);
  visit(right, needs);
}

function readValue(value: unknown, needs: Needs): void {
  if (typeof value !== "object" || value === null || !("__entity" in value)) return;
  const { type, id } = value.__entity as { type: string; id: string };
  if (type !== actionType) needs.namedTypes.add(type);
  else {
    needs.action = true;
    needs.namedActions.add(id);
  }
}

export function isPrincipal(expression: Expr): boolean {
  const { operator, operands } = operationOf(expression);
  return operator === "Var" && operands === "principal";
}

export function literalString(expression: Expr): string | undefined {
  const { operator, operands } = operationOf(expression);
  return operator === "Value" && typeof operands === "string" ? operands : undefined;
}
