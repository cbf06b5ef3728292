import type { PolicySet } from "@cedar-policy/cedar-wasm/nodejs";
import type { PolicySchema, ToolAction } from "../schema/policySchema.ts";
import { type Flattening, flatName, flatten } from "./flatten.ts";
import { type Guard, type GuardIndex, guardOf, indexGuards, withoutGuard } from "./guards.ts";
import { addNeeds, type Needs, noNeeds } from "./needs.ts";
import type { IndexedPolicy, PolicyProblem } from "./policyIndex.ts";
import { type RelaxedPolicy, relax, validateRelaxedForAll } from "./relaxed.ts";

/** The policies that have a say in calls of one tool, ready to be evaluated. */
export interface Slice {
  readonly action: ToolAction;
  /** The valid policies in the engine's order, by the id that Cedar knows them by, as they read to those for whom their guards hold. */
  readonly policies: ReadonlyMap<string, RelaxedPolicy>;
  /** Each policy's place among them. */
  readonly places: ReadonlyMap<string, number>;
  /** Forbids that are not valid for the tool as it is now: what they would have forbidden is unknown. */
  readonly blockers: readonly PolicyProblem[];
  readonly problems: readonly PolicyProblem[];
  /** Which of the policies can hold for whom. */
  readonly guards: GuardIndex;
  /** What the policies can see of a request. */
  readonly needs: Needs;
  readonly flattening: Flattening;
  /** The arguments and tags that are read by name, each with its name in a flat context. */
  readonly flatArguments: ReadonlyMap<string, string>;
  readonly flatTags: ReadonlyMap<string, string>;
}

/** How many tools are validated at once: beyond that it saves little, and one at fault makes all of them go alone. */
const toolsAtOnce = 32;

/**
 * Cuts the policies of tools out of an engine's: of tools that the same policies are about.
 *
 * Every policy is validated again, strictly, against the tool's schema as it is now: tools may have changed since the
 * policy became ACTIVE, and Cedar skips a policy that errs, a forbid as well (T15). A permit that isn't valid is left out,
 * which allows less; a forbid that isn't valid blocks the tool.
 */
export function cutSlices(
  schema: PolicySchema,
  actions: readonly ToolAction[],
  policies: readonly IndexedPolicy[],
): Slice[] {
  const all = policies.map(relax);
  // As a rule nothing is wrong for any of them, and then they differ in nothing else.
  let sound: Omit<Slice, "action"> | undefined;
  return chunksOf(actions, toolsAtOnce).flatMap((some) =>
    [...validateRelaxedForAll(schema, some, all)].map(([action, errors]) => {
      if (errors.size > 0) return { action, ...cut(all, errors) };
      sound ??= cut(all, errors);
      return { action, ...sound };
    }),
  );
}

function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

function cut(all: readonly RelaxedPolicy[], errors: ReadonlyMap<string, string>): Omit<Slice, "action"> {
  const sound = all.filter(({ id }) => !errors.has(id));
  const guards = new Map(sound.map(({ id, json }) => [id, guardOf(json)]));
  const valid = sound.map((policy) => guarded(policy, guards.get(policy.id)));
  const invalid = all.filter(({ id }) => errors.has(id));
  const problem = ({ id, policyId }: RelaxedPolicy) => ({ policyId, message: errors.get(id) ?? "" });
  const needs = needsOf(valid);
  return {
    policies: new Map(valid.map((policy) => [policy.id, policy])),
    places: new Map(valid.map(({ id }, place) => [id, place])),
    blockers: invalid.filter(({ effect }) => effect === "forbid").map(problem),
    problems: invalid.map(problem),
    guards: indexGuards(guards),
    needs,
    flattening: flatteningOf(valid, needs),
    flatArguments: new Map([...needs.attributes].map((name) => [name, flatName.argument(name)])),
    flatTags: new Map([...needs.tags].map((name) => [name, flatName.tag(name)])),
  };
}

function guarded(policy: RelaxedPolicy, guard: Guard | undefined): RelaxedPolicy {
  if (guard === undefined || !policy.exact) return policy;
  const json = withoutGuard(policy.json, guard);
  return { ...policy, policy: json, json };
}

function needsOf(policies: readonly RelaxedPolicy[]): Needs {
  const needs = policies.reduce((sum, { json }) => addNeeds(sum, json), noNeeds());
  if (policies.some(({ scopeActions }) => scopeActions.length > 0)) needs.action = true;
  return needs;
}

function flatteningOf(policies: readonly RelaxedPolicy[], needs: Needs): Flattening {
  const possible = policies.every(({ exact }) => exact) && !needs.context;
  return { input: possible && !needs.input, principal: possible && !needs.principalEntity && !needs.allTags };
}

/** Some of a slice's policies, as they read a flat request. */
export function flatSet({ policies, flattening }: Slice, ids: Iterable<string>): PolicySet {
  const chosen = [...ids].flatMap((id) => policies.get(id) ?? []);
  const form = ({ exact, json, policy }: RelaxedPolicy) => (exact ? flatten(json, flattening) : policy);
  return { staticPolicies: Object.fromEntries(chosen.map((policy) => [policy.id, form(policy)])) };
}
