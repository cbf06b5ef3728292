import { type BuiltinEvaluator, builtinArn } from "../builtin/builtinEvaluator.ts";
import { isToolCall } from "../parts.ts";
import { share } from "./share.ts";

const id = "Gatehouse.ToolSuccessRate";

/** One less the rate of errors, so that more is better, as with the other evaluators. */
export const toolSuccessRate: BuiltinEvaluator = {
  id,
  arn: builtinArn(id),
  name: id,
  level: "SESSION",
  description: "The share of the session's tool calls that didn't end in an error; those that a policy denied aside.",
  needsReference: false,
  needsJudge: false,
  usesReference: [],
  async evaluate({ conversation }) {
    const calls = conversation.turns.flatMap(({ steps }) => steps.filter(isToolCall));
    const made = calls.filter(({ decision }) => decision !== "DENY");
    if (made.length === 0)
      return { label: "No Tool Calls", explanation: "No tool was called, or every call was denied." };
    const failed = made.filter(({ error }) => error !== undefined);
    return {
      label: failed.length === 0 ? "No Errors" : "Errors",
      value: (made.length - failed.length) / made.length,
      explanation: share(failed, made, "ended in an error"),
    };
  },
};
