import { ModelRefusal } from "./refusal.ts";
import type { StructuredAnswer, StructuredRequest } from "./structured.ts";

/** One question in one form. */
export interface StructuredAttempt {
  /** What is asked; its system's text says the schema where the wire doesn't. */
  readonly request: StructuredRequest;
  /** Whether the wire says the schema. */
  readonly bySchema: boolean;
}

/**
 * Asks a model, and asks otherwise where it refuses: without a temperature, without the wire's structured output, without
 * both. What it refuses is remembered, so that only the first question is asked more than once.
 *
 * @param structuredOutput What a refusal speaks of when it is about the wire's structured output.
 */
export function conceding(
  structuredOutput: RegExp,
  ask: (attempt: StructuredAttempt) => Promise<StructuredAnswer>,
): (request: StructuredRequest) => Promise<StructuredAnswer> {
  let takesTemperature = true;
  let takesSchema = true;
  return async function answer(request) {
    // Of this question: others may have learnt more meanwhile.
    const [temperature, schema] = [takesTemperature, takesSchema];
    try {
      return await ask(attemptOf(request, temperature, schema));
    } catch (error) {
      if (!(error instanceof ModelRefusal)) throw error;
      if (temperature && request.temperature !== undefined && error.mentions(/temperature/i)) takesTemperature = false;
      else if (schema && error.mentions(structuredOutput)) takesSchema = false;
      else throw error;
      return answer(request);
    }
  };
}

function attemptOf(request: StructuredRequest, takesTemperature: boolean, takesSchema: boolean): StructuredAttempt {
  const { temperature, ...rest } = request;
  const asked = takesTemperature && temperature !== undefined ? { ...rest, temperature } : rest;
  if (takesSchema) return { request: asked, bySchema: true };
  return { request: { ...asked, system: `${asked.system}\n\n${schemaInWords(request)}` }, bySchema: false };
}

/** What the answer is to be, for models that are told in no other way. */
export function schemaInWords({ answer }: Pick<StructuredRequest, "answer">): string {
  return `Answer with one JSON object and nothing else: no sentence before or after it. It must fit this JSON Schema:
${JSON.stringify(answer.schema)}`;
}
