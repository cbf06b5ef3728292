/** Numbers from 0 up to, but without, a bound: the same ones for the same seed (mulberry32). */
export type Random = (bound: number) => number;

export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

const longest = 4_000;

/** Changes a text in one to four ways: takes away, repeats, replaces, puts in what is known to matter, or joins two. */
export function mutate(text: string, other: string, words: readonly string[], random: Random): string {
  let changed = text;
  for (let left = 1 + random(4); left > 0; left--) {
    const at = random(changed.length + 1);
    const to = Math.min(changed.length, at + 1 + random(8));
    const before = changed.slice(0, at);
    const piece = changed.slice(at, to);
    const after = changed.slice(to);
    const ways = [
      () => before + after,
      () => before + piece.repeat(2 + random(random(10) === 0 ? 100 : 4)) + after,
      () => before + String.fromCharCode(0x20 + random(0x5f)) + changed.slice(at + 1),
      () => before + String.fromCharCode(random(10) === 0 ? random(0x10000) : random(0x80)) + changed.slice(at),
      () => before + (words[random(words.length)] ?? "") + changed.slice(at),
      () => before + (words[random(words.length)] ?? "") + after,
      () => before + other.slice(random(other.length + 1)),
    ];
    changed = ways[random(ways.length)]?.() ?? changed;
  }
  return changed.slice(0, longest);
}
