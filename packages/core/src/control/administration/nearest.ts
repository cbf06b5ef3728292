/**
 * The name that somebody most likely meant: the one that the fewest insertions, deletions and replacements lead to
 * (Levenshtein's distance), or undefined where even that is more than a third of what was written.
 */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    // No name that is nearer can differ more in length.
    const limit = best?.distance ?? Math.floor(written.length / 3) + 1;
    if (Math.abs(name.length - written.length) >= limit) continue;
    const distance = distanceBetween(written, name);
    if (distance < limit) best = { name, distance };
  }
  return best?.name;
}

function distanceBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, character] of [...from].entries()) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replaced = (row[j] ?? 0) + (character === to[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
