import type { JudgedDefinition } from "./builtinEvaluator.ts";
import { yesOrNo } from "./scales.ts";

export const toolSelectionAccuracy: JudgedDefinition = {
  name: "ToolSelectionAccuracy",
  level: "TOOL_CALL",
  description: "Whether this tool was the right one to call at this point.",
  task: {
    instructions: `Say whether it was right to call this tool at this point: the one in "tool_turn", judged by what the agent knew then, which is all that the context shows.

Ask what the user wants and how far the agent has come. Then ask whether a sensible person with the same tools could have called this one next.

- More than one tool can be right, and so can another order. It is wrong where a tool that was there fits plainly better, where no tool was needed, or where the same call has been answered already and nothing has changed since.
- It is wrong to do what the user has not asked for and would not expect, above all what can't be undone.
- It is wrong to call a tool that isn't among those available, where these are listed.
- The arguments are for another judge, and so is how the call came out. That a policy denied it doesn't make it wrong by itself.`,
    sections: ["available_tools", "context", "tool_turn"],
    needs: ["request"],
    scale: yesOrNo(
      "A sensible person could have called this tool at this point.",
      "It was the wrong tool, the wrong moment, or no tool was needed.",
    ),
  },
};
