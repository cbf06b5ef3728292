import { createHash } from "node:crypto";

/** What makes an evaluation the one that it is. */
export interface EvaluationIdentity {
  readonly configId: string;
  readonly evaluatorId: string;
  readonly sessionId: string;
  /** Of the turn, where one was judged. */
  readonly traceId?: string | undefined;
  /** Of the tool call, where one was judged. */
  readonly spanId?: string | undefined;
}

/**
 * The id of an evaluation: a UUID (RFC 9562, version 8) of who judged what for which configuration, so that whoever does it
 * again tells of the same one.
 */
export function evaluationIdOf({ configId, evaluatorId, sessionId, traceId, spanId }: EvaluationIdentity): string {
  const identity = JSON.stringify([configId, evaluatorId, sessionId, traceId ?? null, spanId ?? null]);
  const digest = createHash("sha256").update(identity).digest().subarray(0, 16);
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
