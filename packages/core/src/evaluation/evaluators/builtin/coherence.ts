import type { JudgedDefinition } from "./builtinEvaluator.ts";
import { fiveSteps } from "./scales.ts";

export const coherence: JudgedDefinition = {
  name: "Coherence",
  level: "TRACE",
  description: "Whether the answer follows from its own reasons, without contradictions.",
  task: {
    instructions: `Say whether the answer in "assistant_turn" hangs together: whether each statement goes with the others and the conclusions follow from the reasons that are given.

Look for these, in the answer alone:
- two statements that can't both hold;
- a conclusion that doesn't follow, a step that is missing, a sum that doesn't come out;
- reasons for one thing and then a recommendation of another;
- a thread that breaks off or changes its subject without a word.

The context shows what is being talked about. That the answer disagrees with the context, is wrong about the world, or helps nobody is for other judges. An answer that reasons little, such as a greeting or a single fact, is coherent.`,
    sections: ["context", "assistant_turn"],
    needs: ["response"],
    scale: fiveSteps([
      "It contradicts itself throughout, or its parts have nothing to do with each other.",
      "It has several breaks, or one that takes away its main point.",
      "Its main line can be followed, but a step of weight is missing or in doubt.",
      "It holds together, but for a small gap that changes nothing.",
      "Nothing in it contradicts anything else in it, and whatever it concludes follows.",
    ]),
  },
};
