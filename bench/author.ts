import { authorPolicies } from "@gatehouse/core/policy/authoring/author.ts";
import { corpus } from "@gatehouse/core/policy/authoring/corpus/corpus.ts";
import type { CorpusEntry } from "@gatehouse/core/policy/authoring/corpus/entry.ts";
import { gateways } from "@gatehouse/core/policy/authoring/corpus/gateways.ts";
import { heldOut } from "@gatehouse/core/policy/authoring/corpus/heldOut.ts";
import { countVerdicts, judge } from "@gatehouse/core/policy/authoring/corpus/score.ts";
import { round, summary, timeCalls } from "./statistics.ts";

/** How well the author without a model does on sentences whose meaning is known, and how long it takes for one. */
export function benchAuthor() {
  const verdicts = corpus.map((entry) => ({ entry, ...judge(entry) }));
  const scoreOf = (belongs: (entry: CorpusEntry) => boolean) =>
    countVerdicts(verdicts.filter(({ entry }) => belongs(entry)));
  const held = new Set(heldOut);
  const all = scoreOf(() => true);
  return {
    unit: "sentences; milliseconds for a sentence",
    scores: {
      all,
      "made with": scoreOf((entry) => !held.has(entry)),
      "held back at first": scoreOf((entry) => held.has(entry)),
    },
    refusedThoughTranslatable: verdicts.flatMap(({ entry, verdict }) =>
      "calls" in entry && verdict === "refusedWrong" ? [{ gateway: entry.gateway, text: entry.text }] : [],
    ),
    aSentence: timeASentence(),
    ratios: {
      "translated right / translatable (goal: at least 0.9)": round(all.translatedRight / all.translatable, 3),
      "translated wrong (goal: 0)": all.translatedWrong,
    },
  };
}

/** By one sentence after the other; what is known of a gateway's schema is known then, as in a process that has warmed up. */
function timeASentence() {
  const author = (index: number) => {
    const entry = corpus[index % corpus.length];
    if (entry !== undefined) authorPolicies(entry.text, gateways[entry.gateway]);
  };
  const { p50, p99 } = summary(timeCalls(author, { calls: corpus.length, warmUp: corpus.length }));
  return { p50: round(p50 / 1_000, 2), p99: round(p99 / 1_000, 2) };
}
