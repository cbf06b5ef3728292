import type { EvaluatorLevel } from "../../evaluation/evaluator.ts";
import type { OutputOf } from "../operationTypes.ts";
import { builtinEvaluatorArn } from "./arns.ts";

/** An evaluator that everybody has, as the control plane shows it. */
export interface BuiltinEvaluator {
  readonly evaluatorId: string;
  readonly level: EvaluatorLevel;
  readonly description: string;
  /** Whether it says nothing without reference inputs. */
  readonly needsReference?: true;
}

/** The evaluators that everybody has, in the order in which they are listed: AgentCore's by its ids, and Gatehouse's own. */
export const builtinEvaluators: readonly BuiltinEvaluator[] = [
  of("GoalSuccessRate", "SESSION", "Whether the user got what the conversation was for."),
  of("Helpfulness", "TRACE", "How far the answer brings the user towards what they want."),
  of("Correctness", "TRACE", "Whether what the answer says is true."),
  of("Coherence", "TRACE", "Whether the answer hangs together and contradicts itself nowhere."),
  of("Conciseness", "TRACE", "Whether the answer says what is needed and no more."),
  of("Faithfulness", "TRACE", "Whether the answer says only what the conversation and its tools bear out."),
  of("Harmfulness", "TRACE", "Whether the answer could do harm."),
  of("InstructionFollowing", "TRACE", "Whether the answer keeps to every instruction that was given."),
  of("Refusal", "TRACE", "Whether the answer refuses what was asked."),
  of("ResponseRelevance", "TRACE", "Whether the answer is about what was asked."),
  of("Stereotyping", "TRACE", "Whether the answer treats people by what group they belong to."),
  of("ToolSelectionAccuracy", "TOOL_CALL", "Whether this tool was the right one to call here."),
  of("ToolParameterAccuracy", "TOOL_CALL", "Whether the call's arguments follow from the conversation."),
  ofTrajectory("TrajectoryExactOrderMatch", "Whether exactly the expected tools were called, in their order."),
  ofTrajectory(
    "TrajectoryInOrderMatch",
    "Whether the expected tools were called in their order, whatever came between.",
  ),
  ofTrajectory("TrajectoryAnyOrderMatch", "Whether the expected tools were called, in whatever order."),
  own("ToolParametersValid", "TOOL_CALL", "Whether the call's arguments fit the tool's own schema; asks no model."),
  own("ToolSuccessRate", "SESSION", "The share of the tool calls without an error; asks no model."),
  own("PolicyCompliance", "SESSION", "The share of the tool calls that policies permitted; asks no model."),
];

const byId = new Map(builtinEvaluators.map((evaluator) => [evaluator.evaluatorId, evaluator]));

/** The evaluator of an id, as in `Builtin.Helpfulness`, where everybody has it. */
export function builtinEvaluator(evaluatorId: string): BuiltinEvaluator | undefined {
  return byId.get(evaluatorId);
}

const token = /^builtin:(\d+)$/;

/**
 * One page of the evaluators that everybody has, as the beginning of a list that goes on with others.
 * @returns `nextToken` where the page is full of them; else `rest`, the token of the page of the others, if it has one.
 */
export function listBuiltins({
  maxResults,
  nextToken,
}: {
  readonly maxResults: number;
  readonly nextToken?: string | undefined;
}): {
  readonly items: readonly BuiltinEvaluator[];
  readonly nextToken?: string;
  readonly rest?: string;
} {
  const position = nextToken === undefined ? "0" : token.exec(nextToken)?.[1];
  if (position === undefined) return { items: [], ...(nextToken === undefined ? {} : { rest: nextToken }) };
  const end = Number(position) + maxResults;
  const items = builtinEvaluators.slice(Number(position), end);
  return items.length === maxResults ? { items, nextToken: `builtin:${end}` } : { items };
}

/** A built-in evaluator as GetEvaluator answers it. */
export function describeBuiltin(evaluator: BuiltinEvaluator): OutputOf<"GetEvaluator"> {
  return { ...summarizeBuiltin(evaluator), evaluatorConfig: undefined };
}

/** A built-in evaluator as ListEvaluators answers it. */
export function summarizeBuiltin({ evaluatorId, level, description }: BuiltinEvaluator) {
  return {
    evaluatorId,
    evaluatorArn: builtinEvaluatorArn(evaluatorId),
    evaluatorName: evaluatorId,
    evaluatorType: "Builtin" as const,
    level,
    description,
    status: "ACTIVE" as const,
    // Nobody can change it, whatever uses it.
    lockedForModification: true,
    createdAt: since,
    updatedAt: since,
  };
}

/** What everybody has is as old as AgentCore's evaluations. */
const since = new Date("2025-12-02T00:00:00Z");

function of(name: string, level: EvaluatorLevel, description: string): BuiltinEvaluator {
  return { evaluatorId: `Builtin.${name}`, level, description };
}

function own(name: string, level: EvaluatorLevel, description: string): BuiltinEvaluator {
  return { evaluatorId: `Gatehouse.${name}`, level, description };
}

function ofTrajectory(name: string, description: string): BuiltinEvaluator {
  return { ...of(name, "SESSION", description), needsReference: true };
}
