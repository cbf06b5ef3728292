import type { JudgedDefinition } from "./builtinEvaluator.ts";

export const helpfulness: JudgedDefinition = {
  name: "Helpfulness",
  level: "TRACE",
  description: "How far the answer brings the user towards what they want.",
  task: {
    instructions: `Say how far the answer in "assistant_turn" brings the user towards what they want, as the user would see it.

First find out what the user is after: what they asked last, and what their earlier turns show of their aim. Then compare where the user stands after the answer with where they stood before it.

- Count what moves them on: the thing itself, a step done, information they lacked, a question back that was needed to go on.
- Count what holds them up: what they must ask again, work put back on them, what is beside the point, a claim that the record shows to be untrue.
- An answer that rightly says what can't be done, and what could be done instead, helps. A refusal of what could be done doesn't.
- Don't check facts beyond the record: this is about use, not about truth that only an expert could know.`,
    sections: ["context", "assistant_turn"],
    needs: ["request", "response"],
    scale: [
      {
        label: "Not Helpful At All",
        value: 0,
        definition: "It is of no use, or sets the user back: wrong by the record, or refused without need.",
      },
      {
        label: "Very Unhelpful",
        value: 0.167,
        definition: "It misses almost all of what the user wants; hardly anything can be used.",
      },
      {
        label: "Somewhat Unhelpful",
        value: 0.333,
        definition: "It touches on the aim, but what holds the user up outweighs what moves them on.",
      },
      {
        label: "Neutral/Mixed",
        value: 0.5,
        definition: "The user stands about where they stood, or gains and losses are even.",
      },
      {
        label: "Somewhat Helpful",
        value: 0.667,
        definition: "The user is further on, but something that they need is missing or hard to use.",
      },
      {
        label: "Very Helpful",
        value: 0.833,
        definition: "The user has what they asked for, at most with small flaws. A good answer is this.",
      },
      {
        label: "Above And Beyond",
        value: 1,
        definition: "All of that without a flaw, and beyond it something that they will need next and didn't ask for.",
      },
    ],
  },
};
