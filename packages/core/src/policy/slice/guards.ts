import type { Expr, PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { Principal } from "../../identity/principal.ts";
import { uidOf } from "../cedar.ts";
import { childrenOf, operationOf } from "../expressions.ts";
import { isPrincipal, literalString } from "./needs.ts";

/** What a principal must be for a policy to hold: its id, or one of its tags, is one of these strings. */
export interface Guard {
  readonly on: "id" | { readonly tag: string };
  readonly values: readonly string[];
}

/**
 * Finds a guard in a strictly valid policy: `principal == X` in the scope, or `principal.getTag("t") == "v"` or
 * `["v", "w"].contains(principal.getTag("t"))` among the conditions that are joined by `&&`.
 *
 * A policy whose guard doesn't hold is false, whatever else it says, so leaving it out changes no decision. It must also
 * be impossible that it errs instead, for an erring policy denies: `&&` stops at the first condition that is false, so
 * that the conditions before the guard must not err. In a strictly valid policy on a well-typed request only arithmetic
 * and extension functions can. A tag that is missing makes the policy false too: strict validation lets a policy get a tag
 * only behind `hasTag`.
 */
export function guardOf({ principal, conditions: [first] }: PolicyJson): Guard | undefined {
  if (principal.op === "==" && "entity" in principal) return { on: "id", values: [uidOf(principal.entity).id] };
  if (first?.kind !== "when") return undefined;
  for (const condition of conjuncts(first.body)) {
    const guard = guardIn(condition);
    if (guard) return guard;
    if (!neverErrs(condition)) return undefined;
  }
  return undefined;
}

/**
 * The policy as it reads to a principal for whom its guard holds: without the guard, and without the `hasTag` before it,
 * which are true then. What else it says is evaluated as before, in the same order.
 */
export function withoutGuard(policy: PolicyJson, { on }: Guard): PolicyJson {
  if (on === "id") return { ...policy, principal: { op: "All" } };
  const [first, ...others] = policy.conditions;
  if (first === undefined) return policy;
  const all = conjuncts(first.body);
  const at = all.findIndex((condition) => guardIn(condition) !== undefined);
  const left = all.filter((condition, index) => index !== at && !testsTag(condition, on.tag));
  if (left.length === 0) return { ...policy, conditions: others };
  const body = left.reduce((sum, condition) => ({ "&&": { left: sum, right: condition } }));
  return { ...policy, conditions: [{ kind: "when", body }, ...others] };
}

function testsTag(condition: Expr, tag: string): boolean {
  const [receiver, key] = operationOf(condition).operator === "hasTag" ? childrenOf(condition) : [];
  return receiver !== undefined && key !== undefined && isPrincipal(receiver) && literalString(key) === tag;
}

function conjuncts(expression: Expr): Expr[] {
  return operationOf(expression).operator === "&&" ? childrenOf(expression).flatMap(conjuncts) : [expression];
}

function guardIn(condition: Expr): Guard | undefined {
  const { operator } = operationOf(condition);
  const [left, right] = childrenOf(condition);
  if (!left || !right) return undefined;
  if (operator === "contains") return guard(right, operationOf(left).operator === "Set" ? childrenOf(left) : []);
  return operator === "==" ? (guard(left, [right]) ?? guard(right, [left])) : undefined;
}

function guard(tag: Expr, candidates: readonly Expr[]): Guard | undefined {
  const [receiver, key] = operationOf(tag).operator === "getTag" ? childrenOf(tag) : [];
  const name = key && literalString(key);
  const values = candidates.map(literalString).filter((value) => value !== undefined);
  if (!receiver || !isPrincipal(receiver) || name === undefined) return undefined;
  return values.length > 0 && values.length === candidates.length ? { on: { tag: name }, values } : undefined;
}

/** Operators that can't err on operands of the right types. */
const total = new Set(
  "Value Var ! == != in < <= > >= && || contains containsAll containsAny isEmpty hasTag has like is if-then-else Set Record".split(
    " ",
  ),
);

function neverErrs(expression: Expr): boolean {
  const { operator } = operationOf(expression);
  const safe = operator === "." || operator === "getTag" ? isPassed(childrenOf(expression)[0]) : total.has(operator);
  return safe && childrenOf(expression).every(neverErrs);
}

/** Whether what is read from is surely there. An entity that a policy names, or chooses, may be one that nobody passes. */
function isPassed(receiver: Expr | undefined): boolean {
  if (receiver === undefined) return false;
  const { operator } = operationOf(receiver);
  if (operator === "Var" || operator === "Record") return true;
  return operator === "." && isPassed(childrenOf(receiver)[0]);
}

/** The policies of a slice by the principals that they can hold for. */
export interface GuardIndex {
  /** The ids of the policies that can hold for a principal. */
  idsFor(principal: Principal): Set<string>;
  /** The same for principals with the same policies; cheap to compute. */
  keyFor(principal: Principal): string;
  /** What is looked at to find out, and the values that make a difference. */
  readonly reads: readonly { readonly on: Guard["on"]; readonly values: Iterable<string> }[];
}

/** The policies that are guarded by the principal's id, or by one of its tags. */
interface Source {
  readonly on: Guard["on"];
  readonly buckets: Map<string, Bucket>;
}

/** The policies that one value opens. */
interface Bucket {
  readonly key: string;
  readonly ids: string[];
}

export function indexGuards(guards: ReadonlyMap<string, Guard | undefined>): GuardIndex {
  const unguarded = [...guards].filter(([, guard]) => guard === undefined).map(([id]) => id);
  const sources = new Map<string, Source>();
  for (const [id, guard] of guards) if (guard) addGuard(sources, id, guard);
  const all = [...sources.values()];
  return {
    idsFor: (principal) => new Set([...unguarded, ...all.flatMap((source) => open(source, principal)?.ids ?? [])]),
    keyFor: (principal) => all.map((source) => open(source, principal)?.key ?? "").join(),
    reads: all.map(({ on, buckets }) => ({ on, values: [...buckets.keys()] })),
  };
}

function addGuard(sources: Map<string, Source>, id: string, { on, values }: Guard): void {
  const name = on === "id" ? "id" : `tag ${on.tag}`;
  const source = sources.get(name) ?? { on, buckets: new Map<string, Bucket>() };
  sources.set(name, source);
  for (const value of new Set(values)) {
    const bucket = source.buckets.get(value) ?? { key: String(source.buckets.size), ids: [] };
    source.buckets.set(value, bucket);
    bucket.ids.push(id);
  }
}

function open({ on, buckets }: Source, { id, tags }: Principal): Bucket | undefined {
  const value = on === "id" ? id : Object.hasOwn(tags, on.tag) ? tags[on.tag] : undefined;
  return value === undefined ? undefined : buckets.get(value);
}
