import type { Principal } from "../../identity/principal.ts";
import type { Slice } from "../slice/slice.ts";

/** All that some policies can see of a caller: for callers with the same key they can't decide otherwise (T04). */
export interface Sight {
  keyFor(principal: Principal): string;
}

/** The values of one piece of the caller's data that make a difference: all, or those that some guard asks for. */
type Values = "all" | Set<string>;

/**
 * What the policies of some slices can see of a caller. A guard tells the values it asks for from all others, and from
 * nothing else; whatever policies read besides counts with its very value.
 */
export function sightOf(slices: Iterable<Slice>): Sight {
  let id: Values = new Set();
  let allTags = false;
  const tags = new Map<string, Values>();
  for (const { needs, guards, policies } of slices) {
    if (needs.principalUid || needs.principalId || needs.principalEntity) id = "all";
    // A scope of `==` is a guard; one of `in` is not.
    for (const { json } of policies.values()) if (json.principal.op === "in" || "in" in json.principal) id = "all";
    allTags ||= needs.allTags;
    for (const tag of needs.tags) tags.set(tag, "all");
    for (const { on, values } of guards.reads) {
      if (on === "id") id = add(id, values);
      else tags.set(on.tag, add(tags.get(on.tag) ?? new Set(), values));
    }
  }
  const names = [...tags.keys()].sort();
  const seen = (value: string | undefined, values: Values | undefined) =>
    value !== undefined && (values === "all" || values?.has(value)) ? value : null;
  return {
    keyFor(principal) {
      const own = (name: string) => (Object.hasOwn(principal.tags, name) ? principal.tags[name] : undefined);
      const shown = allTags
        ? Object.entries(principal.tags).sort(([a], [b]) => (a < b ? -1 : 1))
        : names.map((name) => seen(own(name), tags.get(name)));
      return JSON.stringify([principal.type, seen(principal.id, id), shown]);
    },
  };
}

function add(known: Values, values: Iterable<string>): Values {
  if (known === "all") return known;
  for (const value of values) known.add(value);
  return known;
}

/** Whether what a slice's policies say depends on the time. */
export function seesTime({ needs }: Slice): boolean {
  return needs.now || needs.context;
}
