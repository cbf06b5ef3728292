// TEMPORARY
import type { ToolDecision } from "../../observability/events.ts";
import type { RecordedCall, Unreplayable } from "./recordedCall.ts";
export function recordedCallOf(decision: ToolDecision): RecordedCall | Unreplayable {
  return { unreplayable: "notRecorded", detail: decision.decisionId };
}
