import type { Difference } from "./difference.ts";

/** By kind and name. A kind that isn't there says nothing: nothing of it is looked at, nor pruned. */
export type ByKind<Kind extends string, T> = Partial<Record<Kind, ReadonlyMap<string, T>>>;

/** What is to be done with one of a kind. */
export interface KindChange<Kind extends string> {
  readonly kind: Kind;
  readonly name: string;
  readonly action: "create" | "change" | "delete";
  readonly differences: readonly Difference[];
}

/** What isn't as a document says, and what isn't in it, of the kinds that it speaks of. */
export interface KindPlan<Kind extends string> {
  readonly changes: readonly KindChange<Kind>[];
  readonly extras: readonly Omit<KindChange<Kind>, "action">[];
}

/** Compares what a document says with what is there, kind by kind in their order. */
export function planKinds<Kind extends string, Entry, Present>(
  kinds: readonly Kind[],
  entries: ByKind<Kind, Entry>,
  present: ByKind<Kind, Present>,
  differencesOf: (kind: Kind, name: string, before: Present, entry: Entry) => readonly Difference[],
): KindPlan<Kind> {
  const changes: KindChange<Kind>[] = [];
  const extras: Omit<KindChange<Kind>, "action">[] = [];
  for (const kind of kinds) {
    const wanted: ReadonlyMap<string, Entry> | undefined = entries[kind];
    if (wanted === undefined) continue;
    const there: ReadonlyMap<string, Present> | undefined = present[kind];
    for (const [name, entry] of wanted) {
      const before = there?.get(name);
      if (before === undefined) {
        changes.push({ kind, name, action: "create", differences: [] });
        continue;
      }
      const differences = differencesOf(kind, name, before, entry);
      if (differences.length > 0) changes.push({ kind, name, action: "change", differences });
    }
    for (const name of there?.keys() ?? []) if (!wanted.has(name)) extras.push({ kind, name, differences: [] });
  }
  return { changes, extras };
}
