import type { JudgedDefinition } from "./builtinEvaluator.ts";
import { fiveSteps } from "./scales.ts";

export const responseRelevance: JudgedDefinition = {
  name: "ResponseRelevance",
  level: "TRACE",
  description: "Whether the answer is about what the user asked.",
  task: {
    instructions: `Say whether the answer in "assistant_turn" is about what the user asked in the last turn.

Break the request into what it asks for. For each, see whether the answer takes it up. Then see how much of the answer belongs to none of it.

- An answer can be relevant and wrong. Whether it is true is for other judges.
- A question back, or word of why something can't be done, is relevant where it is about the request.
- Earlier turns say what "it", "that one" or "the same again" means.
- An answer to another question, to an earlier one that was settled, or about the agent itself when nobody asked is not.`,
    sections: ["context", "assistant_turn"],
    needs: ["request", "response"],
    scale: fiveSteps([
      "It is about something else.",
      "It touches the request at the edge; most of it is about something else, or most of the request is passed over.",
      "About half of the request is taken up, or about half of the answer belongs to it.",
      "All that matters in the request is taken up; a small part of the answer or of the request is left over.",
      "All of the request is taken up, and all of the answer belongs to it.",
    ]),
  },
};
