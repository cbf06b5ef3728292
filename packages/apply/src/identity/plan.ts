import type { JsonObject } from "@gatehouse/core/json.ts";
import { differences } from "../difference.ts";
import { type KindChange, type KindPlan, planKinds } from "../planKinds.ts";
import { type ByKind, type IdentityEntry, type IdentityKind, identityKinds, type PresentIdentity } from "./kinds.ts";
import { identityMeaning } from "./meaning.ts";

/** What is to be done with one of identity. */
export type IdentityChange = KindChange<IdentityKind>;

/** What of identity isn't as a document says, and what isn't in it: of the kinds that it speaks of. */
export function planIdentity(
  entries: ByKind<IdentityEntry>,
  present: ByKind<PresentIdentity>,
  { known, secrets }: { readonly known: (value: JsonObject) => JsonObject; readonly secrets: boolean },
): KindPlan<IdentityKind> {
  return planKinds(identityKinds, entries, present, (kind, name, before: PresentIdentity, entry: IdentityEntry) => {
    const settings = known(entry.settings);
    const after = identityMeaning(kind, name, { ...entry, settings, tags: known(entry.tags) });
    const found = differences({ ...before.meaning, tags: before.tags }, after);
    // Nobody is told what the secret is that is there: whether it differs can't be known.
    if (secrets && entry.secret !== undefined) found.push({ path: "secret", after: "(sent again)" });
    return found;
  });
}
