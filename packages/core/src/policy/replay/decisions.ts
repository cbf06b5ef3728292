import { getPromptGroup, readActionOf } from "../../features.ts";
import type { ToolDecision } from "../../observability/events.ts";
import type { RecordedCall, Unreplayable, UnreplayableReason } from "./recordedCall.ts";

/** The calls among the ledger's decisions, prompts and resources that were asked for included; lists are none. */
export async function* recordedCallsOf(
  decisions: AsyncIterable<ToolDecision>,
): AsyncGenerator<RecordedCall | Unreplayable> {
  for await (const decision of decisions) {
    if (replayable.has(decision.method)) yield recordedCallOf(decision);
  }
}

const replayable: ReadonlySet<string> = new Set(["tools/call", "prompts/get", "resources/read"]);

/** A decision about a call as it can be replayed, or why it can't be. */
export function recordedCallOf(decision: ToolDecision): RecordedCall | Unreplayable {
  const { decisionId, time, principal, outcome, request, requestOmitted } = decision;
  const tool = actionOf(decision);
  const because = (unreplayable: UnreplayableReason, why = "") => ({
    unreplayable,
    detail: `the call of ${tool} at ${time} (${decisionId})${why}`,
  });
  if (outcome === "rejected" || outcome === "listed")
    return because("notDecided", `: ${decision.reason.slice(0, 200)}`);
  if (request === undefined) return because("notRecorded", requestOmitted === undefined ? "" : `: ${requestOmitted}`);
  return {
    time,
    principal: { ...principal, tags: request.tags },
    tool,
    arguments: request.arguments,
    ...(request.interceptor === undefined ? {} : { interceptor: request.interceptor }),
    decision: decision.decision,
    determiningPolicies: decision.determiningPolicies,
    decisionId,
  };
}

/** What policies know by a name of its own: a tool, a prompt, or the resources of a target. */
function actionOf({ method, tool = "", prompt, target = "" }: ToolDecision): string {
  if (prompt !== undefined) return `${getPromptGroup}:${prompt}`;
  return method === "resources/read" ? readActionOf(target) : tool;
}
