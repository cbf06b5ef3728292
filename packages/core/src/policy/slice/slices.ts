import type { PolicySchema, ToolAction } from "../schema/policySchema.ts";
import {
  type EnginePolicy,
  type IndexedPolicy,
  indexPolicies,
  type PolicyIndex,
  type PolicyProblem,
} from "./policyIndex.ts";
import { type SharedSlice, sharedSlice } from "./sharedSlice.ts";
import { cutSlices, type Slice } from "./slice.ts";

/** Policies by the tools that they have a say in: a tool's are cut, validated and parsed when first asked for. */
export interface Slices {
  /** Policies that are ACTIVE but no policy that Cedar can read: nobody knows what they forbid. */
  readonly unreadable: readonly PolicyProblem[];
  /** Undefined for a tool that is no action of the schema. */
  sliceOf(tool: string): SharedSlice | undefined;
  /** Those of all tools, in the schema's order. */
  all(): SharedSlice[];
  /** Counts this user of the slices off. They can still be asked for. */
  release(): void;
  /** What the next version takes over. */
  readonly source: { readonly schema: PolicySchema; readonly policies: readonly EnginePolicy[] };
  readonly cut: ReadonlyMap<string, SharedSlice>;
}

/**
 * Cuts policies by tools. From the slices of a previous version it takes those that none of the policies that came, went
 * or changed can apply to: a slice depends on its own policies, their order among themselves, and the schema.
 */
export function slicesOf(schema: PolicySchema, policies: readonly EnginePolicy[], previous?: Slices): Slices {
  const index = indexPolicies(schema, policies);
  const cut = new Map<string, SharedSlice>();
  let released = false;
  for (const [tool, slice] of previous ? unchanged(schema, policies, previous) : []) {
    slice.acquire();
    cut.set(tool, slice);
  }
  const keep = (slice: Slice) => {
    const shared = sharedSlice(slice);
    if (!released) shared.acquire();
    cut.set(slice.action.name, shared);
  };
  const sliceOf = (tool: string): SharedSlice | undefined => {
    const action = schema.actions.get(tool);
    if (action && !cut.has(tool)) cutSlices(schema, [action], index.policiesFor(action)).forEach(keep);
    return cut.get(tool);
  };
  const cutAll = () => {
    const uncut = [...schema.actions.values()].filter(({ name }) => !cut.has(name));
    for (const { actions, policies } of alike(uncut, index)) cutSlices(schema, actions, policies).forEach(keep);
  };
  return {
    unreadable: index.unreadable,
    sliceOf,
    all() {
      cutAll();
      return [...schema.actions.keys()].flatMap((tool) => cut.get(tool) ?? []);
    },
    release() {
      if (released) return;
      released = true;
      for (const slice of cut.values()) slice.release();
    },
    source: { schema, policies },
    cut,
  };
}

/** Tools with the policies that are about them, those that the same are about together. */
function alike(actions: readonly ToolAction[], { policiesFor }: PolicyIndex) {
  const groups = new Map<string, { readonly actions: ToolAction[]; readonly policies: readonly IndexedPolicy[] }>();
  for (const action of actions) {
    const policies = policiesFor(action);
    const key = policies.map(({ order }) => order).join();
    const group = groups.get(key);
    if (group) group.actions.push(action);
    else groups.set(key, { actions: [action], policies });
  }
  return groups.values();
}

function* unchanged(
  schema: PolicySchema,
  policies: readonly EnginePolicy[],
  { source, cut }: Slices,
): Generator<[string, SharedSlice]> {
  if (source.schema !== schema) return;
  const changes = changesBetween(source.policies, policies);
  if (changes === undefined) return;
  const changed = indexPolicies(schema, changes);
  for (const [tool, slice] of cut) {
    if (changed.policiesFor(slice.slice.action).length === 0) yield [tool, slice];
  }
}

/** The policies that only one of two versions has, each as it is in its version; undefined if the others changed places. */
function changesBetween(before: readonly EnginePolicy[], after: readonly EnginePolicy[]): EnginePolicy[] | undefined {
  const old = new Map(before.map((policy, place) => [policy.policyId, { policy, place }]));
  // With two policies of one id, which of them is which can't be told.
  if (old.size < before.length || new Set(after.map(({ policyId }) => policyId)).size < after.length) return undefined;
  const changes: EnginePolicy[] = [];
  let last = -1;
  for (const policy of after) {
    const known = old.get(policy.policyId);
    if (known?.policy.statement !== policy.statement || known.policy.status !== policy.status) changes.push(policy);
    else if (known.place < last) return undefined;
    else {
      last = known.place;
      old.delete(policy.policyId);
    }
  }
  return [...changes, ...[...old.values()].map(({ policy }) => policy)];
}
