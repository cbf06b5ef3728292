import type { Filter } from "./filters.ts";

/** What of an online evaluation configuration decides which sessions are evaluated, and by what. */
export interface OnlineEvaluation {
  readonly configId: string;
  readonly configArn: string;
  /** Since when it is enabled, in milliseconds since 1970: sessions that were over by then are none of its. */
  readonly enabledAt: number;
  /** From 0.01 to 100. */
  readonly samplingPercentage: number;
  /** All of them must hold. */
  readonly filters: readonly Filter[];
  /** How long nothing happens in a session that is over. */
  readonly sessionTimeoutMinutes: number;
  /** The agents that it is about, by `service.name`; all of them where none is named. */
  readonly serviceNames: readonly string[];
  readonly evaluatorIds: readonly string[];
}
