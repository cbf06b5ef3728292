import type { ToolDecision } from "../../observability/events.ts";
import type { RecordedCall, Unreplayable, UnreplayableReason } from "./recordedCall.ts";

/** The calls among the ledger's decisions; lists of tools are none. */
export async function* recordedCallsOf(
  decisions: AsyncIterable<ToolDecision>,
): AsyncGenerator<RecordedCall | Unreplayable> {
  for await (const decision of decisions) {
    if (decision.method === "tools/call") yield recordedCallOf(decision);
  }
}

/** A decision about a call as it can be replayed, or why it can't be. */
export function recordedCallOf(decision: ToolDecision): RecordedCall | Unreplayable {
  const { decisionId, time, principal, tool = "", outcome, request, requestOmitted } = decision;
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
