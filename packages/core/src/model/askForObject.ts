import type { JsonObject } from "../json.ts";
import { schemaInWords } from "./concessions.ts";
import type { StructuredAnswer, StructuredModel, StructuredRequest } from "./structured.ts";

/** What is read of an object: its value, or what is wrong with it, in words that repeat nothing of it. */
export type Reading<Value> = { readonly value: Value } | { readonly problem: string };

/** What came of a question, and what all rounds together have read and written, in tokens. */
export type Asked<Value> = {
  readonly inputTokens: number;
  readonly outputTokens: number;
} & ({ readonly value: Value } | { readonly failure: string });

/** Twice: whoever doesn't mend an answer when they are told what is wrong with it seldom does the next time. */
const rounds = 2;
/** The most of an answer that is shown to the model again. */
const longestEcho = 4_000;

/**
 * Asks a model for an object. Where its answer is none that can be used, it is told why, and asked once more.
 *
 * @returns Without a value if there is no usable answer after that, or if the model refuses. The failure goes on from the
 *   model's name ("refuses to answer") and repeats nothing of what was asked or answered.
 * @throws {GatehouseError} as `StructuredModel.answer` says.
 */
export async function askForObject<Value>(
  model: StructuredModel,
  request: StructuredRequest,
  read: (object: JsonObject) => Reading<Value>,
): Promise<Asked<Value>> {
  let [inputTokens, outputTokens] = [0, 0];
  let asked = request;
  let problem = "";
  for (let round = 1; round <= rounds; round++) {
    const answer = await model.answer(asked);
    inputTokens += answer.inputTokens;
    outputTokens += answer.outputTokens;
    if (answer.stopReason === "refused") return { inputTokens, outputTokens, failure: "refuses to answer" };
    const reading = readingOf(answer, read);
    if ("value" in reading) return { inputTokens, outputTokens, value: reading.value };
    problem = reading.problem;
    asked = corrected(request, answer, problem);
  }
  return { inputTokens, outputTokens, failure: `gave no usable answer in ${rounds} rounds: ${problem}` };
}

/**
 * An answer has one value. Where it has several that differ, it isn't guessed which is meant: the model may have quoted
 * what it has read (T17).
 */
function readingOf<Value>(
  { objects, stopReason }: StructuredAnswer,
  read: (object: JsonObject) => Reading<Value>,
): Reading<Value> {
  // Even with an object in it: nobody knows what would have come.
  if (stopReason === "length") return { problem: "It is too long and was cut off." };
  const readings = objects.map(read);
  const values = new Map(
    readings.flatMap((one) => ("value" in one ? [[JSON.stringify(one.value), one] as const] : [])),
  );
  const [first, ...others] = values.values();
  if (others.length > 0) return { problem: `It has ${values.size} answers that differ.` };
  return first ?? readings.at(-1) ?? { problem: "There is no JSON object in it." };
}

function corrected(request: StructuredRequest, answer: StructuredAnswer, problem: string): StructuredRequest {
  const echo = answer.text.trim() === "" ? "(nothing)" : answer.text.slice(0, longestEcho).toWellFormed();
  return {
    ...request,
    maxTokens: answer.stopReason === "length" ? 2 * request.maxTokens : request.maxTokens,
    messages: [
      ...request.messages,
      { role: "assistant", text: echo },
      { role: "user", text: `This answer can't be used. ${problem} Answer again. ${schemaInWords(request)}` },
    ],
  };
}
