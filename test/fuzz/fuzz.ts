import { startCoverage } from "./coverage.ts";
import { mutate, randomFrom } from "./mutate.ts";

/** Something that takes any text. */
export interface FuzzTarget {
  /** Ends of the paths of the files whose coverage leads. */
  readonly files: readonly string[];
  /** What to begin with, and what is put into texts. */
  readonly seeds: readonly string[];
  readonly words: readonly string[];
  /** Does something with a text. @returns what came of it, in a word. @throws Error where it broke its promise. */
  run(text: string): string | Promise<string>;
}

/** A text with which a target broke its promise. */
export class Broken extends Error {
  readonly text: string;
  constructor(text: string, cause: unknown) {
    super(`${cause instanceof Error ? cause.message : cause}: ${JSON.stringify(text)}`, { cause });
    this.text = text;
  }
}

/** So many runs are looked at together: asking what was covered takes a thousand times as long as a run. */
const batch = 128;

/**
 * Fuzzes a target, led by coverage: a text that makes it do what no other did is kept, and changed further.
 * @param corpus the texts kept so far.
 * @returns the texts that were kept besides, and what came of all runs.
 * @throws Broken with the text that broke the target's promise.
 */
export async function fuzz(
  target: FuzzTarget,
  { corpus, seed, until }: { corpus: readonly string[]; seed: number; until: (runs: number) => boolean },
): Promise<{ found: string[]; outcomes: ReadonlyMap<string, number> }> {
  const random = randomFrom(seed);
  using coverage = startCoverage(target.files);
  const seen = new Set<string>();
  const kept: string[] = [];
  const found: string[] = [];
  const outcomes = new Map<string, number>();

  async function run(text: string): Promise<string> {
    try {
      return await target.run(text);
    } catch (error) {
      throw new Broken(text, error);
    }
  }

  function note(names: Iterable<string>): boolean {
    const before = seen.size;
    for (const name of names) seen.add(name);
    return seen.size > before;
  }

  /** Runs one text by itself, and keeps it if it did something new, or something more or less often. */
  async function look(text: string): Promise<boolean> {
    const outcome = await run(text);
    const names = coverage.take();
    const isNew = note([...names, ...[...names].map(blockOf), `outcome ${outcome}`]);
    if (isNew) kept.push(text);
    return isNew;
  }

  /** Finds the texts among some that enter a block which nobody has entered: half by half, because few do. */
  async function search(texts: readonly string[]): Promise<void> {
    if (texts.length === 1) {
      for (const text of texts) if (await look(text)) found.push(text);
      return;
    }
    for (const text of texts) await run(text);
    if ([...coverage.take()].every((name) => seen.has(blockOf(name)))) return;
    await search(texts.slice(0, texts.length / 2));
    await search(texts.slice(texts.length / 2));
  }

  coverage.take();
  for (const text of [...target.seeds, ...corpus]) await look(text);
  for (let runs = 0; !until(runs); runs += batch) {
    const texts = Array.from({ length: batch }, () => {
      const pick = () => kept[random(kept.length)] ?? "";
      return mutate(pick(), pick(), target.words, random);
    });
    await search(texts);
    const unusual: string[] = [texts[random(batch)] ?? ""];
    for (const text of texts) {
      const outcome = await run(text);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (!seen.has(`outcome ${outcome}`)) unusual.push(text);
    }
    coverage.take();
    for (const text of unusual) if (await look(text)) found.push(text);
  }
  return { found, outcomes };
}

/** The block of a name that says how often it ran, too. */
function blockOf(name: string): string {
  return name.slice(0, name.lastIndexOf(":"));
}
