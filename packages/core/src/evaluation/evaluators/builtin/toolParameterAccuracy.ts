import type { JudgedDefinition } from "./builtinEvaluator.ts";
import { yesOrNo } from "./scales.ts";

export const toolParameterAccuracy: JudgedDefinition = {
  name: "ToolParameterAccuracy",
  level: "TOOL_CALL",
  description: "Whether the arguments of a tool call are right: complete, well-formed and taken from the conversation.",
  task: {
    instructions: `Say whether the arguments of the call in "tool_turn" are right, given the tool's description in "available_tools" and what the agent knew then, which is all that the context shows.

Go through them one by one. For each, ask where its value comes from: from the user, from the operator, from what a tool has returned, or from a default that the tool's description gives.

- A value from nowhere is wrong, even where it looks likely; so is one that says something else than its source, or stands under the wrong name, or in the wrong unit or format.
- A required argument that is missing is wrong. So is one that was left out although the request turns on it.
- Wording is free where the tool takes free text, as long as it says what is meant. An optional argument that changes nothing can be there or not.
- Whether the tool was the right one is for another judge. If it takes no arguments and was given none, they are right.`,
    sections: ["available_tools", "context", "tool_turn"],
    needs: ["request", "arguments"],
    scale: yesOrNo(
      "Every argument that matters is there, well-formed, and borne out by the context or the tool's description.",
      "At least one argument is missing, malformed, made up or not what its source says.",
    ),
  },
};
