import type { Conversation } from "./conversation.ts";
import type { Reference, SentReferenceInput, Subject } from "./evaluator.ts";

/** What is known to be right of a session, or of one of its turns (`EvaluationReferenceInput`). */
export interface ReferenceInput extends Reference {
  readonly context: { readonly sessionId: string; readonly traceId?: string; readonly spanId?: string };
}

/**
 * What is known to be right of a subject. Assertions and the expected trajectory are about the session; an expected response
 * is about the turn that is named or, where none is named, about the session's last one. Of two that say the same, the later
 * one counts; assertions are added up.
 *
 * @param conversation The whole one, which tells which turn is the last.
 */
export function referenceFor(
  subject: Subject,
  references: readonly ReferenceInput[],
  { sessionId, turns }: Conversation,
): Reference {
  const ofSession = references.filter(({ context }) => context.sessionId === sessionId);
  const assertions = ofSession.flatMap((one) => one.assertions ?? []);
  const expectedTrajectory = ofSession.findLast((one) => one.expectedTrajectory !== undefined)?.expectedTrajectory;
  const lastTrace = turns.at(-1)?.traceId;
  const expectedResponse = ofSession.findLast(
    ({ expectedResponse, context: { traceId = lastTrace } }) =>
      expectedResponse !== undefined && (subject.level === "SESSION" || traceId === subject.turn.traceId),
  )?.expectedResponse;
  return {
    ...(assertions.length === 0 ? {} : { assertions }),
    ...(expectedTrajectory === undefined ? {} : { expectedTrajectory }),
    ...(expectedResponse === undefined ? {} : { expectedResponse }),
  };
}

/** What is known to be right, without the wrappings in which it was sent. */
export function unwrapped({
  context: { spanContext },
  expectedResponse,
  assertions,
  expectedTrajectory,
}: SentReferenceInput): ReferenceInput {
  return {
    context: spanContext,
    ...(expectedResponse === undefined ? {} : { expectedResponse: expectedResponse.text }),
    ...(assertions === undefined ? {} : { assertions: assertions.map(({ text }) => text) }),
    ...(expectedTrajectory === undefined ? {} : { expectedTrajectory: expectedTrajectory.toolNames }),
  };
}
