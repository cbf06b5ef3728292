import { expect, test } from "vitest";
import { readCorpus } from "./corpus.ts";
import { Broken, fuzz } from "./fuzz.ts";
import { maze } from "./maze.ts";
import { randomFrom } from "./mutate.ts";
import { targets } from "./targets.ts";

// The same runs each time: what is new is for `npm run fuzz` to find.
const seed = 1;
const until = (runs: number) => runs >= 2_000;

test.each(Object.keys(targets))("%s keeps its promise, with every text that was kept and many others", async (name) => {
  const target = targets[name];
  if (target === undefined) throw new Error(`no target ${name}`);
  const corpus = readCorpus(name);
  for (const text of corpus) await target.run(text);
  const { outcomes } = await fuzz(target, { corpus, seed, until });
  expect(outcomes.size).toBeGreaterThan(1);
});

/** A target that is broken at the end of a maze; it says nothing of the way. */
const broken = {
  files: ["/fuzz/maze.ts"],
  seeds: ["xxxxxx"],
  words: [""],
  run(text: string) {
    if (maze(text) === "through") throw new Error("found");
    return "";
  },
};

test("coverage leads to what chance doesn't find", async () => {
  const search = fuzz(broken, { corpus: [], seed, until: (runs) => runs >= 1_000_000 });
  await expect(search).rejects.toThrow(Broken);
  const blind = fuzz({ ...broken, files: [] }, { corpus: [], seed, until: (runs) => runs >= 50_000 });
  expect((await blind).found).toEqual([]);
});

test("the same seed gives the same numbers", () => {
  const numbers = (from: number) => Array.from({ length: 5 }, () => randomFrom(from)(1_000_000));
  expect(numbers(1)).toEqual(numbers(1));
  expect(numbers(1)).not.toEqual(numbers(2));
});
