/**
 * Fuses rankings by reciprocal rank (Cormack, Clarke and Büttcher, 2009): what several rankings have near their top comes
 * first, whatever their scores mean.
 * @param rankings each best first; what a ranking doesn't have gets nothing from it.
 * @returns all that is in any of them, best first; ties in the order in which they first appear.
 */
export function fuse(rankings: readonly (readonly number[])[]): number[] {
  const scores = new Map<number, number>();
  for (const ranking of rankings) {
    for (const [rank, item] of ranking.entries()) {
      scores.set(item, (scores.get(item) ?? 0) + 1 / (smoothing + rank + 1));
    }
  }
  return [...scores].sort(([, a], [, b]) => b - a).map(([item]) => item);
}

/** The 60 of the paper is for lists of a thousand; ten are looked at here. */
const smoothing = 10;
