import type { Answered } from "./tracing/requestTrace.ts";

/** An HTTP request to a gateway's MCP endpoint. */
export interface GatewayRequest {
  readonly gatewayId: string;
  readonly method: string;
  /** The path that the client has asked for and signed, percent-encoded, without the query. */
  readonly path: string;
  /** The address that the request came from. */
  readonly sourceIp: string;
  readonly headers: Headers;
  readonly query?: URLSearchParams;
  readonly body: string;
  /** Aborts when the client has gone, where that can be known. */
  readonly gone?: AbortSignal;
  /**
   * Told once what became of the request: as soon as its answer is known, and of one that comes bit by bit when that has ended.
   */
  readonly onAnswered?: ((answered: Answered) => void) | undefined;
}
