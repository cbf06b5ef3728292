import type { SentReferenceInput } from "./evaluator.ts";
import type { ReferenceInput } from "./reference.ts";

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
