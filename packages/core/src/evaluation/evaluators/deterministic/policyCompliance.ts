import { type BuiltinEvaluator, builtinArn } from "../builtin/builtinEvaluator.ts";
import { isToolCall } from "../parts.ts";
import { share } from "./share.ts";

const id = "Gatehouse.PolicyCompliance";

/** How many of a session's calls the gateway's policies denied, as a value of which more is better. */
export const policyCompliance: BuiltinEvaluator = {
  id,
  arn: builtinArn(id),
  name: id,
  level: "SESSION",
  description: "The share of the session's tool calls that the gateway's policies permitted, and how many they denied.",
  needsReference: false,
  needsJudge: false,
  usesReference: [],
  async evaluate({ conversation }) {
    const calls = conversation.turns.flatMap(({ steps }) => steps.filter(isToolCall));
    const decided = calls.filter(({ decision }) => decision !== undefined);
    if (decided.length === 0) {
      return {
        label: "No Decisions",
        explanation: "No tool call of the session is known to have gone through a gateway.",
      };
    }
    const denied = decided.filter(({ decision }) => decision === "DENY");
    return {
      label: denied.length === 0 ? "No Denials" : "Denials",
      value: (decided.length - denied.length) / decided.length,
      explanation: share(denied, decided, "was denied by a policy", "were denied by policies"),
    };
  },
};
