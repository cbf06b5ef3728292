import type { StoredVector } from "../../storage/vectorRepository.ts";

/** What a vector's direction is, in a byte a number. */
export function quantized(vector: readonly number[]): StoredVector {
  const length = Math.hypot(...vector);
  return Int8Array.from(vector, (value) => (length === 0 ? 0 : Math.round((value / length) * 127)));
}

/**
 * The places of the vectors that point where a query's does, best first. Vectors of another length are of another model,
 * and left out.
 */
export function nearest(query: StoredVector, vectors: readonly (StoredVector | undefined)[]): number[] {
  return vectors
    .flatMap((vector, place) => (vector?.length === query.length ? [{ place, score: product(query, vector) }] : []))
    .sort((a, b) => b.score - a.score)
    .map(({ place }) => place);
}

function product(a: StoredVector, b: StoredVector): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}
