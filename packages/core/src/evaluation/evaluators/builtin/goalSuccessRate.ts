import type { JudgedDefinition } from "./builtinEvaluator.ts";
import { yesOrNo } from "./scales.ts";

export const goalSuccessRate: JudgedDefinition = {
  name: "GoalSuccessRate",
  level: "SESSION",
  description: "Whether the user's goals were reached by the end of the session; by assertions, where they are given.",
  task: {
    instructions: `Say whether, by the end of the session, the user has got what they came for.

List the user's goals first, from what they asked in all turns: a goal that was taken back or replaced doesn't count any more, and one that was only hinted at is none. For each, look for the evidence that it was reached: the result of a tool for what was to be done, the answer for what was to be known.

- That the agent says something is done is no evidence where no tool call did it, or where the call failed or was denied.
- A goal that nobody could have reached with these tools, or that the rules of the operator forbid, counts as reached if the agent said so plainly and did what was possible.
- If the session ends with a question of the agent that it needed to ask and the user didn't answer, the goal behind it was not reached.
- It is the end that counts. Detours and mistakes that were put right are no failure.`,
    sections: ["context", "available_tools"],
    needs: ["conversation"],
    scale: yesOrNo("Every goal was reached.", "At least one goal was not reached."),
  },
  withReference: {
    field: "assertions",
    task: {
      instructions: `Say whether everything that the lines in "assertions" state of this session is true of it.

Take them one by one. Each is a statement about how the agent behaved or how the session ended. Look for the evidence in the context, and say for each whether it holds.

- What is asserted of actions is shown by tool calls and their results, not by what the agent says it did.
- It is the meaning of an assertion that counts, not its wording.
- An assertion for which there is no evidence doesn't hold.
- Nothing but the assertions counts: neither other merits nor other faults.`,
      sections: ["context", "available_tools", "actual_tool_trajectory", "assertions"],
      needs: ["conversation"],
      scale: [
        { label: "FAILURE", value: 0, definition: "At least one assertion doesn't hold." },
        { label: "SUCCESS", value: 1, definition: "Every assertion holds." },
      ],
    },
  },
};
