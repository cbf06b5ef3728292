/** What a call adds to what may be retried. */
const perCall = 0.1;
/** What there is at first and at most. */
const reserve = 10;

/**
 * How many retries a target can bear: one to ten calls, and ten besides, so that retries don't make an outage worse
 * (Finagle's "retry budget").
 */
export class RetryBudget {
  #left = reserve;

  /** Tells of a first call. */
  called(): void {
    this.#left = Math.min(reserve, this.#left + perCall);
  }

  /** Takes a retry from the budget. @returns whether there was one. */
  take(): boolean {
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
