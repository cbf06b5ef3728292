/** What one exchange with a configured address may take. */
export interface OutboundLimits {
  /** Until the answer's head is there and, unless it is an event stream, its body. */
  readonly answerMilliseconds: number;
  /** Of a body, as it is on the wire; of an event stream, {@link eventBytes} and {@link streamBytes} are in its place. */
  readonly bodyBytes: number;
  readonly eventBytes: number;
  readonly streamBytes: number;
}

/** The bounds where a caller names no closer ones: a caller's deadline is its own, by a signal. */
export const outboundLimits: OutboundLimits = {
  answerMilliseconds: 300_000,
  bodyBytes: 10 * 1024 * 1024,
  eventBytes: 10 * 1024 * 1024,
  streamBytes: 100 * 1024 * 1024,
};
