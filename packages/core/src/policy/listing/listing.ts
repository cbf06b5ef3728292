import { type Expr, isAuthorizedPartial, type PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { LRUCache } from "lru-cache";
import type { Principal } from "../../identity/principal.ts";
import { actionType, gatewayType } from "../cedar.ts";
import { mapChildren, operationOf } from "../expressions.ts";
import { entitiesOf, systemContext } from "../request/request.ts";
import type { PolicySchema } from "../schema/policySchema.ts";
import { contextPath } from "../slice/needs.ts";
import type { SharedSlice } from "../slice/sharedSlice.ts";
import { type Slice, writtenSet } from "../slice/slice.ts";
import { isResidual, type Residuals, someInputIsAllowed } from "./residual.ts";
import { type Sight, seesTime, sightOf } from "./sight.ts";

/** Lists for callers: the tools that some call of theirs would be permitted for. */
export interface Listing {
  /** The names of the tools; not to be changed. */
  shownTo(principal: Principal, now: Date): ReadonlySet<string>;
}

/** How many lists an engine keeps: one for each group of callers who look the same to its policies. */
const greatestNumberOfLists = 1_000;

/**
 * Lists tools, and keeps the lists by all that policies can see of the caller (sight.ts). Tools whose policies look at the
 * time are looked at each time. Each tool's answers are kept with its slice as well, so that they outlive changes of
 * policies that are not about it.
 */
export function listingOf(slices: () => readonly SharedSlice[], schema: PolicySchema): Listing {
  const lists = new LRUCache<string, ReadonlySet<string>>({ max: greatestNumberOfLists });
  let parts: {
    readonly timed: readonly SharedSlice[];
    readonly timeless: readonly SharedSlice[];
    readonly sight: Sight;
  };
  const prepare = () => {
    const all = slices();
    const timeless = all.filter(({ slice }) => !seesTime(slice));
    const timed = all.filter(({ slice }) => seesTime(slice));
    return { timed, timeless, sight: sightOf(timeless.map(({ slice }) => slice)) };
  };
  return {
    shownTo(principal, now) {
      parts ??= prepare();
      const key = parts.sight.keyFor(principal);
      let shown = lists.get(key);
      if (shown === undefined) {
        shown = listableTools(parts.timeless, schema, principal, now);
        lists.set(key, shown);
      }
      return parts.timed.length === 0 ? shown : shown.union(listableTools(parts.timed, schema, principal, now));
    },
  };
}

/** The input of a call that nobody has made yet. */
const unknownInput = { __extn: { fn: "unknown", arg: "input" } };

/**
 * The tools that some call of this principal would be permitted for, by partial evaluation with `context.input` unknown
 * (contract, "Policy (Cedar)"). Errs on the side of showing: what is hidden can't be called, but not all that is shown can.
 * Anything that goes wrong hides the tool.
 *
 * Tools that the same policies govern are evaluated once, unless a policy looks at the action itself; what the answer means
 * for each is then read with the tool's own type.
 */
function listableTools(
  slices: Iterable<SharedSlice>,
  schema: PolicySchema,
  principal: Principal,
  now: Date,
): Set<string> {
  const answers = new Map<string, Residuals | undefined>();
  const ask = (slice: Slice): boolean => {
    const ids = [...slice.guards.idsFor(principal)];
    if (slice.blockers.length > 0 || !ids.some((id) => slice.policies.get(id)?.effect === "permit")) return false;
    const question = slice.needs.action ? `${ids.join("\n")}\n${slice.action.name}` : ids.join("\n");
    if (!answers.has(question)) answers.set(question, residualsOf(slice, ids, schema, principal, now));
    const answer = answers.get(question);
    return answer !== undefined && someInputIsAllowed(answer, slice.action.input);
  };
  const shown = new Set<string>();
  for (const shared of slices) {
    const { slice } = shared;
    const isShown = seesTime(slice) ? ask(slice) : shared.listedFor(principal, () => ask(slice));
    if (isShown) shown.add(slice.action.name);
  }
  return shown;
}

function residualsOf(
  slice: Slice,
  ids: readonly string[],
  schema: PolicySchema,
  principal: Principal,
  now: Date,
): Residuals | undefined {
  const chosen = ids.flatMap((id) => slice.policies.get(id) ?? []);
  if (chosen.every(({ json }) => isResidual(json)))
    return { decision: null, errored: [], residuals: Object.fromEntries(chosen.map(({ id, json }) => [id, json])) };
  return evaluatePartially(slice, ids, schema, principal, now);
}

function evaluatePartially(
  slice: Slice,
  ids: readonly string[],
  schema: PolicySchema,
  principal: Principal,
  now: Date,
): Residuals | undefined {
  try {
    const answer = isAuthorizedPartial({
      principal: { type: principal.type, id: principal.id },
      action: { type: actionType, id: slice.action.name },
      resource: { type: gatewayType, id: schema.gatewayArn },
      context: { ...systemContext(slice, now), input: unknownInput },
      policies: writtenSet(slice, ids, seesTime(slice) ? (json) => atTime(json, now) : undefined),
      entities: entitiesOf(slice, schema, principal, true),
    });
    return answer.type === "residuals" ? answer.response : undefined;
  } catch {
    return undefined;
  }
}

/** A policy at one moment. Beside an unknown input, Cedar's partial evaluation leaves whatever else is in the context alone. */
function atTime(policy: PolicyJson, now: Date): PolicyJson {
  const moment: Expr = { datetime: [{ Value: now.toISOString() }] };
  const replace = (expression: Expr): Expr =>
    contextPath(expression)?.join(".") === "system.now" && operationOf(expression).operator === "."
      ? moment
      : mapChildren(expression, replace);
  return { ...policy, conditions: policy.conditions.map(({ kind, body }) => ({ kind, body: replace(body) })) };
}
