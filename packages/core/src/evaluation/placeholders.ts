import type { EvaluatorLevel } from "./evaluator.ts";

/** What the instructions of a custom evaluator can have in braces, by the evaluator's level (AgentCore, "Create evaluator"). */
export const placeholders: Readonly<Record<EvaluatorLevel, readonly string[]>> = {
  SESSION: ["context", "available_tools", "actual_tool_trajectory", "expected_tool_trajectory", "assertions"],
  TRACE: ["context", "assistant_turn", "expected_response"],
  TOOL_CALL: ["available_tools", "context", "tool_turn"],
};

/** What only somebody who knows what is right can say, and so nothing says of what happens just now. */
const groundTruth: ReadonlySet<string> = new Set(["expected_tool_trajectory", "assertions", "expected_response"]);

/** A name in braces without anything else: the braces of JSON in an example aren't placeholders. */
const placeholder = /\{([A-Za-z][A-Za-z0-9_]*)\}/g;

/** The names of a text's placeholders, each once, in the order in which they first come. */
export function placeholdersOf(text: string): readonly string[] {
  return [...new Set(Array.from(text.matchAll(placeholder), ([, name = ""]) => name))];
}

/** Whether a text has a placeholder that is filled from reference inputs, which nobody gives online. */
export function needsGroundTruth(text: string): boolean {
  return placeholdersOf(text).some((name) => groundTruth.has(name));
}
