/** A span as it is sent to evaluators. */
interface SentSpan {
  readonly traceId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What a code-based evaluator is sent, as far as this one reads it. */
interface Event {
  readonly evaluationInput: { readonly sessionSpans: readonly SentSpan[] };
  readonly evaluationTarget: { readonly traceIds: readonly string[] };
}

/** Whether the answer of a turn names the order that it is about. */
export async function handler({ evaluationInput, evaluationTarget }: Event) {
  const [traceId] = evaluationTarget.traceIds;
  const run = evaluationInput.sessionSpans.find(
    (span) => span.traceId === traceId && span.attributes["gen_ai.operation.name"] === "invoke_agent",
  );
  if (run === undefined) return { errorCode: "NO_AGENT_RUN", errorMessage: "The turn has no span invoke_agent." };
  const named = /\b[A-Z]-\d{4}\b/.exec(String(run.attributes["gen_ai.output.messages"]))?.[0];
  return named === undefined
    ? { label: "No", value: 0, explanation: "The answer names no order." }
    : { label: "Yes", value: 1, explanation: `The answer names ${named}.` };
}
