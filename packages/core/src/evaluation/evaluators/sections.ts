import type { EvaluatorLevel } from "../evaluator.ts";

/** A section of the material that a judge is shown. Placeholders of custom evaluators have the same names. */
export type Section =
  | "context"
  | "available_tools"
  | "assistant_turn"
  | "tool_turn"
  | "actual_tool_trajectory"
  | "expected_tool_trajectory"
  | "assertions"
  | "expected_response";

/** What there is to show at each level. */
export const sectionsAt: Readonly<Record<EvaluatorLevel, readonly Section[]>> = {
  SESSION: ["context", "available_tools", "actual_tool_trajectory", "expected_tool_trajectory", "assertions"],
  TRACE: ["context", "assistant_turn", "expected_response"],
  TOOL_CALL: ["available_tools", "context", "tool_turn"],
};

/** The sections that come from reference inputs, which nobody has while a session goes on, and the input each needs. */
export const referenceOf = {
  expected_tool_trajectory: "expectedTrajectory",
  assertions: "assertions",
  expected_response: "expectedResponse",
} as const satisfies Partial<Record<Section, string>>;

/** Whether a section needs a reference input. */
export function needsReference(section: Section): section is keyof typeof referenceOf {
  return section in referenceOf;
}
