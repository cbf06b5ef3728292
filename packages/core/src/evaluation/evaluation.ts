import type { EvaluationErrorCode, TokenUsage } from "./evaluator.ts";

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
