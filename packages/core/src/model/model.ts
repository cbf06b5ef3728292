/** A question to a language model. */
export interface ModelRequest {
  /** What the model is told before anything else: its task, in the operator's own words. */
  readonly system: string;
  /** The conversation so far, the user's turn first and last. None is empty. */
  readonly messages: readonly ModelMessage[];
  /** The longest answer, in the model's own tokens. */
  readonly maxTokens: number;
  /** From 0 to 1. Left to the model if absent, because newer ones refuse any. */
  readonly temperature?: number;
  /** Ends the request. */
  readonly signal?: AbortSignal;
}

/** One turn of a conversation with a model. */
export interface ModelMessage {
  readonly role: "user" | "assistant";
  readonly text: string;
}

/** What a model answered. Nothing in it is to be trusted: it is made of everything that the model has read (T17). */
export interface ModelAnswer {
  readonly text: string;
  /** What was read and written, in tokens; 0 where the endpoint doesn't say. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** `length` if the answer is cut off, `refused` if the model or a guardrail in front of it would not answer. */
  readonly stopReason: "end" | "length" | "refused";
}

/** A language model, wherever it runs: `bedrock.ts` and `openAi.ts` implement it. */
export interface ModelClient {
  readonly modelId: string;
  /**
   * Asks the model once, and again where it is only busy.
   *
   * @throws {GatehouseError} `throttled` if it stays busy; `internal`, with what the endpoint said in one line, if it
   *   can't be reached, fails, takes too long, is cancelled, or answers something that can't be read.
   */
  converse(request: ModelRequest): Promise<ModelAnswer>;
}
