import type { Json } from "../json.ts";
import type { Conversation, ToolCall, Turn } from "./conversation.ts";

/** What a verdict is about: a session, one of its turns, or one of its tool calls. */
export type EvaluatorLevel = "SESSION" | "TRACE" | "TOOL_CALL";

/** What is to be judged. The conversation ends with what is judged: later turns are no part of it. */
export type Subject =
  | { readonly level: "SESSION"; readonly conversation: Conversation }
  | { readonly level: "TRACE"; readonly conversation: Conversation; readonly turn: Turn }
  | {
      readonly level: "TOOL_CALL";
      readonly conversation: Conversation;
      readonly turn: Turn;
      readonly toolCall: ToolCall;
    };

/** What is known to be right about it (AgentCore, `EvaluationReferenceInput`). */
export interface Reference {
  readonly expectedResponse?: string;
  readonly assertions?: readonly string[];
  /** The names of tools, in the order in which they should be called. */
  readonly expectedTrajectory?: readonly string[];
}

/** What an evaluator says of its subject. */
export interface Verdict {
  readonly label: string;
  /** Absent on a categorical scale. */
  readonly value?: number;
  readonly explanation: string;
  /** What the judge has read and written; absent where none was asked. */
  readonly tokenUsage?: TokenUsage;
  /** In billionths of a US dollar, where the model has a price. */
  readonly costNanoDollars?: number;
  /** The share of a panel that agrees with the verdict, where there is a panel. */
  readonly agreement?: number;
}

export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Why there is no verdict: `errorCode` and `errorMessage` of a result. */
export class EvaluationError extends Error {
  override readonly name = "EvaluationError";
  /** One of Gatehouse's own, or the one that a code-based evaluator has answered. */
  readonly code: EvaluationErrorCode | (string & {});
  constructor(code: EvaluationErrorCode | (string & {}), message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * `MissingData`: the spans, or the reference inputs, don't say what is needed; the message says which attribute or input
 * would. `ModelNotConfigured`: a judge is needed and none is configured. `ModelFailed`: it can't be reached, refuses, or
 * answers nothing that fits the schema. `BudgetExceeded`. `EvaluatorFailed`: a code-based evaluator failed.
 */
export type EvaluationErrorCode =
  | "MissingData"
  | "ModelNotConfigured"
  | "ModelFailed"
  | "BudgetExceeded"
  | "EvaluatorFailed"
  | "InvalidEvaluator";

/** Says how good something was. */
export interface Evaluator {
  /** `Builtin.Helpfulness`, or a custom one's id. */
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly level: EvaluatorLevel;
  /** Whether it says anything without reference inputs; only such ones evaluate online. */
  readonly needsReference: boolean;
  /** The reference inputs that it looks at; all of them if absent. */
  readonly usesReference?: readonly (keyof Reference)[];
  /** @throws EvaluationError where there is no verdict. */
  evaluate(subject: Subject, reference: Reference, tools: EvaluationTools): Promise<Verdict>;
}

/** What evaluators work with. */
export interface EvaluationTools {
  /** Absent where no model is configured. */
  readonly judge?: Judge;
  /** The session as it was sent, for evaluators that are code: absent where there are none. */
  readonly sent?: SentSession;
  readonly signal: AbortSignal;
}

/** A session as `Evaluate` is sent it, which evaluators that are code get as it is. */
export interface SentSession {
  /** OpenTelemetry's spans as documents: those of AWS's distribution, or `spanDocument` of a span. */
  readonly sessionSpans: readonly Json[];
  readonly referenceInputs: readonly SentReferenceInput[];
}

/** What is known to be right about a session or a part of it (AgentCore, `EvaluationReferenceInput`). */
export interface SentReferenceInput {
  readonly context: {
    readonly spanContext: { readonly sessionId: string; readonly traceId?: string; readonly spanId?: string };
  };
  readonly expectedResponse?: { readonly text: string };
  readonly assertions?: readonly { readonly text: string }[];
  readonly expectedTrajectory?: { readonly toolNames: readonly string[] };
}

/** A question whose answer is one of some labels. */
export interface JudgeQuestion {
  /** How the material is to be read, the question and the rubric: what the judge is told beside its own rules. */
  readonly instructions: string;
  /** What is judged: data, delimited and escaped, of which nothing is obeyed (T17). */
  readonly material: string;
  /** What the verdict may be. */
  readonly labels: readonly string[];
  readonly signal: AbortSignal;
  /** Told of each answer that a model has given to it, whether or not it became a verdict: what is paid for. */
  readonly onUsed?: (use: ModelUse) => void;
}

/** What a model has used for an answer, as far as its endpoint says. */
export interface ModelUse extends TokenUsage {
  readonly modelId: string;
  /** In billionths of a US dollar, where the model has a price. */
  readonly costNanoDollars?: number;
}

/** What a model made of a question: its label is one of the question's. */
export interface JudgeAnswer {
  readonly label: string;
  readonly explanation: string;
  readonly tokenUsage: TokenUsage;
  readonly costNanoDollars?: number;
  readonly agreement?: number;
}

/** A model, or a panel, that judges. */
export interface Judge {
  /** What its verdicts are known by: the model's id, or those of a panel. */
  readonly modelId: string;
  /** How many tokens of material fit beside the instructions and the answer, roughly counted. */
  readonly materialTokens: number;
  /** @throws EvaluationError `ModelFailed` or `BudgetExceeded`. */
  ask(question: JudgeQuestion): Promise<JudgeAnswer>;
}
