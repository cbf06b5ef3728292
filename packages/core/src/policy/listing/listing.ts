import {
  type EntityJson,
  type Expr,
  isAuthorizedPartial,
  type Policy,
  type PolicyJson,
} from "@cedar-policy/cedar-wasm/nodejs";
import { LRUCache } from "lru-cache";
import type { Principal } from "../../identity/principal.ts";
import { actionType, gatewayType } from "../cedar.ts";
import { mapChildren, operationOf } from "../expressions.ts";
import { entitiesOf, systemContext } from "../request/request.ts";
import type { PolicySchema } from "../schema/policySchema.ts";
import { contextPath } from "../slice/needs.ts";
import type { RelaxedPolicy } from "../slice/relaxed.ts";
import type { SharedSlice } from "../slice/sharedSlice.ts";
import type { Slice } from "../slice/slice.ts";
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
        shown = listableTools(parts.timeless, { schema, principal, now });
        lists.set(key, shown);
      }
      return parts.timed.length === 0 ? shown : shown.union(listableTools(parts.timed, { schema, principal, now }));
    },
  };
}

/** The input of a call that nobody has made yet. */
const unknownInput = { __extn: { fn: "unknown", arg: "input" } };
/** Nor has an interceptor been asked about it: what it says of a list says nothing of calls. */
const unknownInterceptor = { interceptor: { __extn: { fn: "unknown", arg: "interceptor" } } };

/** Who asks, and when, at which gateway. */
interface Asked {
  readonly schema: PolicySchema;
  readonly principal: Principal;
  readonly now: Date;
}

/** A slice with the policies in it that can hold for whoever asks. */
interface Question {
  readonly shared: SharedSlice;
  readonly slice: Slice;
  readonly policies: readonly RelaxedPolicy[];
}

/**
 * The tools that some call of this principal would be permitted for, by partial evaluation with `context.input` unknown
 * (contract, "Policy (Cedar)"). Errs on the side of showing: what is hidden can't be called, but not all that is shown can.
 * Anything that goes wrong hides the tool.
 *
 * What is left of a policy is the same for every tool, unless one of a tool's policies looks at the action itself; what it
 * means for the tool is then read with the tool's own type.
 */
function listableTools(slices: readonly SharedSlice[], asked: Asked): Set<string> {
  const shown = new Set<string>();
  const questions: Question[] = [];
  for (const shared of slices) {
    const { slice } = shared;
    const known = shared.isListed(asked.principal);
    if (known) shown.add(slice.action.name);
    if (known !== undefined) continue;
    const policies = [...slice.guards.idsFor(asked.principal)].flatMap((id) => slice.policies.get(id) ?? []);
    const isOpen = slice.blockers.length === 0 && policies.some(({ effect }) => effect === "permit");
    if (isOpen) questions.push({ shared, slice, policies });
  }
  const together = residualsOf(
    questions.filter(({ slice }) => !slice.needs.action),
    asked,
  );
  for (const question of questions) {
    const { shared, slice, policies } = question;
    const residuals = (slice.needs.action ? undefined : together) ?? residualsOf([question], asked);
    const isShown = residuals !== undefined && someInputIsAllowed(residuals, policies, slice.action.input);
    if (!seesTime(slice)) shared.keepListed(asked.principal, isShown);
    if (isShown) shown.add(slice.action.name);
  }
  return shown;
}

/** What is left of the policies of some slices; undefined where Cedar can't say. Asks Cedar once, which takes 0.1 ms a policy. */
function residualsOf(questions: readonly Question[], { schema, principal, now }: Asked): Residuals | undefined {
  const all = new Map(questions.flatMap(({ policies }) => policies).map((policy) => [policy.id, policy]));
  const open = [...all.values()].filter(({ json }) => !isResidual(json));
  const [first] = questions;
  if (first === undefined || open.length === 0) return { errored: [], residuals: {} };
  const timed = questions.find(({ slice }) => seesTime(slice));
  try {
    const answer = isAuthorizedPartial({
      principal: { type: principal.type, id: principal.id },
      action: { type: actionType, id: first.slice.action.name },
      resource: { type: gatewayType, id: schema.gatewayArn },
      context: { ...(timed ? systemContext(timed.slice, now) : {}), ...interceptorOf(first), input: unknownInput },
      policies: { staticPolicies: Object.fromEntries(open.map((policy) => [policy.id, formOf(policy, timed && now)])) },
      entities: merged(questions.flatMap(({ slice }) => entitiesOf(slice, schema, principal, true))),
    });
    return answer.type === "residuals" ? answer.response : undefined;
  } catch {
    return undefined;
  }
}

function interceptorOf({ slice }: Question) {
  return slice.action.interceptor === undefined ? {} : unknownInterceptor;
}

function formOf({ exact, json, policy }: RelaxedPolicy, now: Date | undefined): Policy {
  return exact && now ? atTime(json, now) : policy;
}

/** Each entity once, with all that some slice needs of it. */
function merged(entities: readonly EntityJson[]): EntityJson[] {
  const byUid = new Map<string, EntityJson>();
  for (const entity of entities) {
    const key = JSON.stringify(entity.uid);
    const known = byUid.get(key);
    const both = known && { attrs: { ...known.attrs, ...entity.attrs }, tags: { ...known.tags, ...entity.tags } };
    byUid.set(key, { ...entity, ...both });
  }
  return [...byUid.values()];
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
