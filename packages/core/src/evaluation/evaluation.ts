import type { EvaluationErrorCode, TokenUsage } from "./evaluator.ts";

/** As many characters as AgentCore has for an explanation (`EvaluationExplanation`). */
export const longestExplanation = 2_048;
/** And for the message of an error (`EvaluationErrorMessage`). */
export const longestMessage = 2_048;

/** A result of one evaluator about one subject, as AgentCore has it (`EvaluationResultContent`). */
export interface EvaluationResult {
  readonly evaluatorId: string;
  readonly evaluatorArn: string;
  readonly evaluatorName: string;
  readonly context: {
    readonly spanContext: { readonly sessionId: string; readonly traceId?: string; readonly spanId?: string };
  };
  readonly label?: string;
  readonly value?: number;
  readonly explanation?: string;
  readonly tokenUsage?: TokenUsage & { readonly totalTokens: number };
  readonly errorCode?: EvaluationErrorCode | (string & {});
  readonly errorMessage?: string;
  /** Reference inputs that were given and that the evaluator has no use for. */
  readonly ignoredReferenceInputFields?: readonly string[];
}
