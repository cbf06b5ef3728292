import type { JsonObject } from "../../json.ts";

/** Which of MCP's two ways to speak: every request by itself (2026-07-28), or after `initialize` (until 2025-11-25). */
export type Era = "modern" | "legacy";

/** What a method has of the exchange that it is part of, beside the call. */
export interface Exchange {
  readonly era: Era;
  /**
   * Sends a notification ahead of the result. Where the client takes no stream, nobody hears of it: notifications are
   * never what a call is about.
   */
  notify(method: string, params: JsonObject): void;
  /** Aborts when the client has gone: nobody waits for the result any more. */
  readonly gone: AbortSignal;
}
