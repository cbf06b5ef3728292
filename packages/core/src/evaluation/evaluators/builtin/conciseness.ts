import type { JudgedDefinition } from "./builtinEvaluator.ts";

export const conciseness: JudgedDefinition = {
  name: "Conciseness",
  level: "TRACE",
  description: "Whether the answer is as short as what was asked allows.",
  task: {
    instructions: `Say whether the answer in "assistant_turn" says what was asked without more words than that takes.

Strike from it in your mind: repetitions of the question or of itself, preambles and closing phrases, hedges, explanations nobody asked for, offers of further help. What remains is what was needed. Compare.

- Long is not the opposite of concise: a request that takes a long answer has a right to one.
- Details, sources and warnings that the user needs to act safely are needed.
- An answer that is too short to answer isn't made better by being short, but this is about surplus alone.`,
    sections: ["context", "assistant_turn"],
    needs: ["request", "response"],
    scale: [
      {
        label: "Not Concise",
        value: 0,
        definition: "Half of it or more could go, and nothing that was asked for would.",
      },
      {
        label: "Partially Concise",
        value: 0.5,
        definition: "What was asked for makes up most of it, but whole sentences could go.",
      },
      {
        label: "Perfectly Concise",
        value: 1,
        definition: "Nothing could go, but for a word here and there, without losing something that was asked for.",
      },
    ],
  },
};
