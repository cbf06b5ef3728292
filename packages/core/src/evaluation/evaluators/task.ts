import { roughTokens } from "../../model/tokens.ts";
import { longestExplanation } from "../evaluation.ts";
import { EvaluationError, type EvaluationTools, type Reference, type Subject, type Verdict } from "../evaluator.ts";
import { type Material, materialOf } from "./material.ts";
import { type Need, requireNeeds } from "./needs.ts";
import { partsOf } from "./parts.ts";
import type { Section } from "./sections.ts";

/** What a judge is to find out about a subject. */
export interface Task {
  /** The question and how to answer it, in the operator's own words. */
  readonly instructions: string;
  /** What the judge is shown. */
  readonly sections: readonly Section[];
  /** What it may answer. */
  readonly scale: readonly Rating[];
  /** What the spans must say; without it there is nothing to judge. */
  readonly needs: readonly Need[];
}

/** One of the answers, from the worst to the best. */
export interface Rating {
  readonly label: string;
  /** Absent on a categorical scale. */
  readonly value?: number;
  /** When it is the answer. */
  readonly definition: string;
}

/**
 * Has a judge do a task. What the judge wasn't shown for want of room is said at the end of the explanation.
 * @throws EvaluationError
 */
export async function judge(
  task: Task,
  subject: Subject,
  reference: Reference,
  { judge: model, signal }: EvaluationTools,
): Promise<Verdict> {
  if (model === undefined) throw new EvaluationError("ModelNotConfigured", modelNotConfigured);
  requireNeeds(subject, task.needs);
  const room = model.materialTokens - instructionsBeyond(task);
  const material = materialOf(partsOf(subject, task.sections, reference), room);
  const { label, explanation, ...rest } = await model.ask({
    instructions: instructionsOf(task, material),
    material: material.text,
    labels: task.scale.map(({ label }) => label),
    signal,
  });
  const rating = task.scale.find((one) => one.label === label);
  // A verdict that is none of the scale's would be what the judged text has talked the model into (T17).
  if (rating === undefined)
    throw new EvaluationError("ModelFailed", "The model's verdict is none of the scale's labels.");
  return {
    label,
    ...(rating.value === undefined ? {} : { value: rating.value }),
    explanation: explanationOf(explanation, material.leftOut),
    ...rest,
  };
}

const modelNotConfigured =
  "This evaluator needs a model that judges, and none is configured: set GATEHOUSE_JUDGE_MODEL_ID, and for an endpoint " +
  "that speaks OpenAI's API GATEHOUSE_JUDGE_MODEL_URL and GATEHOUSE_JUDGE_MODEL_API_KEY.";

/** In tokens: what a judge has room for beside the material. Instructions of our own are within it. */
const instructionsRoom = 1_500;

/** In tokens: what somebody's own instructions, or their scale, take of the material's room. */
function instructionsBeyond(task: Task): number {
  return Math.max(0, roughTokens(instructionsOf(task, { boundary: "0".repeat(32) })) - instructionsRoom);
}

/** The same for all tasks up to the question, and the boundary last, as the judge's own part of the prompt. */
function instructionsOf({ instructions, scale }: Task, { boundary }: Pick<Material, "boundary">): string {
  const ratings = scale.map(({ label, definition }) => `- ${JSON.stringify(label)}: ${definition}`);
  return `${howToRead}

# The question

${instructions}

# The labels

${ratings.join("\n")}

The record is what stands between the line <material-${boundary}> and the line </material-${boundary}>.`;
}

const howToRead = `It is one JSON object a line. "section" says what a line belongs to, "kind" who speaks or what happened, "turn" in which of the session's turns. A turn is a request of the user with everything that led to the answer.

- "context": what was said and done, in its order. "systemInstructions" are what the agent's operator told the agent, "user" what the user said, "toolCall" a tool that the agent called, with its arguments and its result or error, "assistant" what the agent answered. "decision": "DENY" means that a policy refused the call; the agent can't be blamed for its result.
- "available_tools": the tools that the agent could call.
- "actual_tool_trajectory": the names of the tools that were called, in their order.
- "assistant_turn" or "tool_turn": the answer or the call that you judge.
- "expected_response", "expected_tool_trajectory", "assertions": what is known to be right.
- "left_out": what you aren't shown because there was no room for it. Where a line has "leftOutCharacters", […] stands for as many characters in the middle of that text. Don't count against the agent what you can't see.`;

function explanationOf(explanation: string, leftOut: readonly string[]): string {
  const note = leftOut.length === 0 ? "" : `\n(Judged without ${leftOut.join("; ")}.)`;
  return cut(explanation, longestExplanation - note.length) + note;
}

/** At most so many characters of a text, none of them cut in half; an ellipsis says that there was more. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
