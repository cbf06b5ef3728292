import type { LabelledCase } from "./labelled.ts";

/**
 * At most so many cases of each evaluator, as evenly over its labels as can be: always the same ones. Those with an injection
 * come last of their label, so that a small choice is about judging.
 */
export function chooseEach(cases: readonly LabelledCase[], most: number): LabelledCase[] {
  const groups = groupsBy(cases, ({ evaluator }) => evaluator);
  return groups.flatMap((group) => {
    const byLabel = groupsBy(group, ({ label }) => label).map((alike) =>
      alike.toSorted((a, b) => Number(a.injection !== undefined) - Number(b.injection !== undefined)),
    );
    const longest = Math.max(...byLabel.map(({ length }) => length));
    const inTurn = Array.from({ length: longest }, (_, index) => byLabel.flatMap((alike) => alike[index] ?? []));
    return inTurn.flat().slice(0, most);
  });
}

/** In the order in which the groups begin. */
function groupsBy<Item>(items: readonly Item[], key: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
