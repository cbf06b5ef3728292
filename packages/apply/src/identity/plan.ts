import type { JsonObject } from "@gatehouse/core/json.ts";
import { type Difference, differences } from "../difference.ts";
import { type ByKind, type IdentityEntry, type IdentityKind, identityKinds, type PresentIdentity } from "./kinds.ts";
import { identityMeaning } from "./meaning.ts";

/** What is to be done with one of identity. */
export interface IdentityChange {
  readonly kind: IdentityKind;
  readonly name: string;
  readonly action: "create" | "change" | "delete";
  readonly differences: readonly Difference[];
}

/** What of identity isn't as a document says, and what isn't in it: of the kinds that it speaks of. */
export function planIdentity(
  entries: ByKind<IdentityEntry>,
  present: ByKind<PresentIdentity>,
  { known, secrets }: { readonly known: (value: JsonObject) => JsonObject; readonly secrets: boolean },
): { readonly changes: readonly IdentityChange[]; readonly extras: readonly Omit<IdentityChange, "action">[] } {
  const changes: IdentityChange[] = [];
  const extras: Omit<IdentityChange, "action">[] = [];
  for (const kind of identityKinds) {
    const wanted = entries[kind];
    if (wanted === undefined) continue;
    for (const [name, entry] of wanted) {
      const before = present[kind]?.get(name);
      if (before === undefined) {
        changes.push({ kind, name, action: "create", differences: [] });
        continue;
      }
      const settings = known(entry.settings);
      const after = identityMeaning(kind, name, { ...entry, settings, tags: known(entry.tags) });
      const found = differences({ ...before.meaning, tags: before.tags }, after);
      // Nobody is told what the secret is that is there: whether it differs can't be known.
      if (secrets && entry.secret !== undefined) found.push({ path: "secret", after: "(sent again)" });
      if (found.length > 0) changes.push({ kind, name, action: "change", differences: found });
    }
    for (const name of present[kind]?.keys() ?? []) {
      if (!wanted.has(name)) extras.push({ kind, name, differences: [] });
    }
  }
  return { changes, extras };
}
