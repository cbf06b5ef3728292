import type { JudgedDefinition } from "./builtinEvaluator.ts";

const scale = [
  { label: "Incorrect", value: 0, definition: "What matters in it is wrong." },
  {
    label: "Partially Correct",
    value: 0.5,
    definition: "Part of what matters is right, and part is wrong or missing.",
  },
  {
    label: "Perfectly Correct",
    value: 1,
    definition: "All that matters is there and right. Other words, another order and more details are no fault.",
  },
] as const;

export const correctness: JudgedDefinition = {
  name: "Correctness",
  level: "TRACE",
  description: "Whether what the answer says is true; by the expected response, where one is given.",
  task: {
    instructions: `Say whether the answer in "assistant_turn" is correct: whether what it states is true, and answers what was asked.

Work out the right answer for yourself first, from the context and from what is generally known. Then compare.

- What a tool has returned counts as true about the user's matter, unless the context shows that it is wrong.
- Only what matters for the request decides. A slip at the side of it doesn't make an answer incorrect, but one that the user would act upon does.
- Where the right answer is that it can't be known or can't be done, saying so is correct.
- Where neither the context nor general knowledge can tell, don't take confidence for truth: a statement that would need a source and has none isn't correct.
- Style, length and tone are for other judges.`,
    sections: ["context", "assistant_turn"],
    needs: ["request", "response"],
    scale,
  },
  withReference: {
    field: "expectedResponse",
    task: {
      instructions: `Say whether the answer in "assistant_turn" is correct, by the line in "expected_response", which is known to be right.

Take the expected response apart into what it states. For each statement, see whether the answer says the same, says something else, or doesn't say it.

- It is the meaning that is compared. Other words, another order, another format and rounding that loses nothing are no difference.
- Further statements in the answer are no fault where they go with the expected response. Those that contradict it are.
- Don't correct the expected response from what you know. Where it and the context disagree, it is right.`,
      sections: ["context", "assistant_turn", "expected_response"],
      needs: ["response"],
      scale,
    },
  },
};
