import type { JsonObject } from "../json.ts";
import type { ModelAnswer, ModelRequest } from "./model.ts";

/** A question to a language model whose answer is a JSON object. */
export interface StructuredRequest extends ModelRequest {
  /** What the answer is to be. */
  readonly answer: AnswerForm;
}

/** The form of an answer. */
export interface AnswerForm {
  /** Letters, digits, hyphens and underscores: what the form is called on the wire. */
  readonly name: string;
  /** What the answer is for, in a sentence. */
  readonly description: string;
  /** JSON Schema of an object, as strict structured output has it: all members required, no others. */
  readonly schema: JsonObject;
}

/** What a model answered: nothing says that it fits the schema. */
export interface StructuredAnswer extends ModelAnswer {
  /** The objects that were found in it: one, if all is well. */
  readonly objects: readonly JsonObject[];
}

/** A language model that answers with objects: `bedrockStructured.ts` and `openAiStructured.ts` implement it. */
export interface StructuredModel {
  readonly modelId: string;
  /** Whose prices hold for it, as OpenTelemetry names providers; absent where nobody's do. */
  readonly provider?: string;
  /**
   * Asks for an object in the surest way that the model takes: by the wire's own structured output, or else in words. A
   * temperature that it refuses is left out.
   *
   * @throws {GatehouseError} as `ModelClient.converse` says.
   */
  answer(request: StructuredRequest): Promise<StructuredAnswer>;
}
