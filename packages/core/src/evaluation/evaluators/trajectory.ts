import { longestExplanation } from "../evaluation.ts";
import { EvaluationError, type Verdict } from "../evaluator.ts";
import { type BuiltinEvaluator, builtinArn } from "./builtin/builtinEvaluator.ts";
import { trajectoryOf } from "./parts.ts";
import { cut } from "./task.ts";

/** The same tools in the same order, and no others. */
export function matchesExactly(expected: readonly string[], actual: readonly string[]): boolean {
  return expected.length === actual.length && expected.every((tool, index) => tool === actual[index]);
}

/** The expected tools in their order; others may have been called before, between and after them. */
export function matchesInOrder(expected: readonly string[], actual: readonly string[]): boolean {
  let found = 0;
  for (const tool of actual) if (tool === expected[found]) found++;
  return found === expected.length;
}

/** The expected tools in any order, each as often as it is expected; others may have been called besides. */
export function matchesInAnyOrder(expected: readonly string[], actual: readonly string[]): boolean {
  return missingFrom(expected, actual).length === 0;
}

const id = (name: string) => `Builtin.Trajectory${name}`;

/** The evaluators that compare the tools that were called with those that should have been. No model is asked. */
export const trajectoryEvaluators: readonly BuiltinEvaluator[] = [
  trajectoryEvaluator(
    id("ExactOrderMatch"),
    "Whether the agent called the expected tools in their order, and no others.",
    matchesExactly,
  ),
  trajectoryEvaluator(
    id("InOrderMatch"),
    "Whether the agent called the expected tools in their order; others in between are allowed.",
    matchesInOrder,
  ),
  trajectoryEvaluator(
    id("AnyOrderMatch"),
    "Whether the agent called the expected tools, in any order; others are allowed.",
    matchesInAnyOrder,
  ),
];

function trajectoryEvaluator(
  id: string,
  description: string,
  matches: (expected: readonly string[], actual: readonly string[]) => boolean,
): BuiltinEvaluator {
  return {
    id,
    arn: builtinArn(id),
    name: id,
    level: "SESSION",
    description,
    needsReference: true,
    needsJudge: false,
    usesReference: ["expectedTrajectory"],
    async evaluate({ conversation }, { expectedTrajectory }) {
      if (expectedTrajectory === undefined) {
        throw new EvaluationError("MissingData", `${id} needs the reference input expectedTrajectory.`);
      }
      const actual = trajectoryOf(conversation);
      return verdictOf(matches(expectedTrajectory, actual), expectedTrajectory, actual);
    },
  };
}

function verdictOf(matches: boolean, expected: readonly string[], actual: readonly string[]): Verdict {
  const missing = missingFrom(expected, actual);
  const sentences = [
    `Expected: ${listOf(expected)}.`,
    `Called: ${listOf(actual)}.`,
    ...(matches || missing.length === 0 ? [] : [`Not called, or too seldom: ${listOf([...new Set(missing)])}.`]),
    ...(matches || missing.length > 0 ? [] : ["The order differs, or others were called besides."]),
  ];
  return {
    label: matches ? "Yes" : "No",
    value: matches ? 1 : 0,
    explanation: cut(sentences.join(" "), longestExplanation),
  };
}

function listOf(tools: readonly string[]): string {
  const shown = tools
    .slice(0, mostNamed)
    .map((tool) => cut(tool, longestName))
    .join(", ");
  if (tools.length > mostNamed) return `${shown} and ${tools.length - mostNamed} more`;
  return tools.length === 0 ? "none" : shown;
}

/** So that each of the three lists has its place in an explanation. */
const mostNamed = 10;
const longestName = 58;

/** What is expected more often than it was called, as often as it is missing. */
function missingFrom(expected: readonly string[], actual: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const tool of actual) left.set(tool, (left.get(tool) ?? 0) + 1);
  return expected.filter((tool) => {
    const count = left.get(tool) ?? 0;
    left.set(tool, count - 1);
    return count <= 0;
  });
}
