import type { JudgedDefinition } from "./builtinEvaluator.ts";
import { fiveSteps } from "./scales.ts";

export const faithfulness: JudgedDefinition = {
  name: "Faithfulness",
  level: "TRACE",
  description: "Whether what the answer says is borne out by the conversation and by what tools have returned.",
  task: {
    instructions: `Say whether what the answer in "assistant_turn" states is borne out by the context: by what tools have returned, by what the user and the operator have said, by what was said before.

Take the answer apart into statements of fact: about the user's matter, about what was done, about what was found. For each, look for the line of the context that bears it out.

- A statement that the context contradicts weighs most. Saying that something was done when no call did it, or when the call failed or was denied, is such a statement.
- A name, number, date or source that is nowhere in the context is made up, however likely it sounds.
- What everybody knows, what follows from the context, offers, questions and politeness need no source.
- Between two lines of the context that disagree, the later result of a tool counts.

An answer without statements of fact is faithful. Whether it helps is for other judges.`,
    sections: ["context", "assistant_turn"],
    needs: ["response"],
    scale: fiveSteps([
      "What matters in it contradicts the context, or is made up.",
      "More of it is contradicted or made up than borne out.",
      "Borne out in part; a statement of some weight has no support.",
      "Borne out, but for a small detail without support.",
      "Every statement of fact is borne out by the context, or needs no support.",
    ]),
  },
};
