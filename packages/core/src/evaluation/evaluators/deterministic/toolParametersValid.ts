import { compileArgumentsCheck } from "../../../arguments.ts";
import { isJsonObject } from "../../../json.ts";
import type { ToolCall, Turn } from "../../conversation.ts";
import { longestExplanation } from "../../evaluation.ts";
import { EvaluationError, type Subject, type Verdict } from "../../evaluator.ts";
import { type BuiltinEvaluator, builtinArn } from "../builtin/builtinEvaluator.ts";
import { requireNeeds } from "../needs.ts";
import { cut } from "../task.ts";

const id = "Gatehouse.ToolParametersValid";

/** Holds a call's arguments against the schema that the agent was told, as the gateway holds them before it forwards a call. */
export const toolParametersValid: BuiltinEvaluator = {
  id,
  arn: builtinArn(id),
  name: id,
  level: "TOOL_CALL",
  description: "Whether the tool was one of those available and its arguments fit its input schema. No model is asked.",
  needsReference: false,
  needsJudge: false,
  usesReference: [],
  async evaluate(subject) {
    if (subject.level !== "TOOL_CALL")
      throw new EvaluationError("InvalidEvaluator", `${id} evaluates tool calls only.`);
    return verdictOf(subject);
  },
};

function verdictOf(subject: Extract<Subject, { level: "TOOL_CALL" }>): Verdict {
  const { turn, toolCall } = subject;
  if (turn.availableTools.length === 0) {
    throw new EvaluationError(
      "MissingData",
      `The trace ${turn.traceId} doesn't say which tools were available: gen_ai.tool.definitions of the agent's span, or of its model calls, would.`,
    );
  }
  const tool = turn.availableTools.find(({ name }) => name === toolCall.tool);
  if (tool === undefined) {
    return { label: "Unknown Tool", value: 0, explanation: `${quote(toolCall)} is none of the ${toolsOf(turn)}.` };
  }
  const { inputSchema } = tool;
  if (!isJsonObject(inputSchema)) {
    throw new EvaluationError(
      "MissingData",
      `The spans don't say the input schema of ${quote(toolCall)}: the tool's entry in gen_ai.tool.definitions would.`,
    );
  }
  requireNeeds(subject, ["arguments"]);
  const { arguments: args } = toolCall;
  const problem = isJsonObject(args) ? compileArgumentsCheck(inputSchema)(args) : "the arguments must be an object";
  if (problem === undefined)
    return { label: "Valid", value: 1, explanation: "The arguments fit the tool's input schema." };
  return { label: "Invalid", value: 0, explanation: cut(`For ${quote(toolCall)}: ${problem}.`, longestExplanation) };
}

function quote({ tool }: ToolCall): string {
  return JSON.stringify(cut(tool, 200));
}

function toolsOf({ availableTools: { length } }: Turn): string {
  return length === 1 ? "tools that were available; there was 1" : `${length} tools that were available`;
}
