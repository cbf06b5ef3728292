import { readCorpus, writeCorpus } from "./corpus.ts";
import { Broken, fuzz } from "./fuzz.ts";
import { targets } from "./targets.ts";

/** `npm run fuzz [-- <target> <seconds>]`: fuzzes one target, or each, and keeps the texts that did something new. */
const [chosen, seconds = "30"] = process.argv.slice(2);
if (chosen !== undefined && !(chosen in targets)) {
  console.error(`There is no target ${chosen}; there are ${Object.keys(targets).join(", ")}.`);
  process.exit(1);
}
for (const [name, target] of Object.entries(targets)) {
  if (chosen !== undefined && chosen !== name) continue;
  const corpus = readCorpus(name);
  const end = Date.now() + Number(seconds) * 1_000;
  const seed = Date.now() % 2 ** 31;
  let total = 0;
  const until = (runs: number) => {
    total = runs;
    return Date.now() > end;
  };
  try {
    const { found, outcomes } = await fuzz(target, { corpus, seed, until });
    if (found.length > 0) writeCorpus(name, [...corpus, ...found]);
    console.log(`${name}: ${total} runs from the seed ${seed}, ${corpus.length} texts known, ${found.length} found`);
    console.table(Object.fromEntries(outcomes));
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    console.error(`${name} broke its promise with the seed ${seed}: ${error.message}`);
    process.exitCode = 1;
  }
}
