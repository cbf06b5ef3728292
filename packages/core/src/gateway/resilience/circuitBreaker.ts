/** Failures in a row that open the circuit, however few calls there are. */
const failuresInARow = 5;
/** Calls within the window that the share of failures is taken of, at least. */
const fewestCalls = 10;
const sliceMilliseconds = 3_000;
const slices = 10;
const firstPauseMilliseconds = 5_000;
const longestPauseMilliseconds = 60_000;

/** What became of an admitted call; `nothing` where it says nothing of the target. */
export type Outcome = "success" | "failure" | "nothing";

/** Whether a call may go to its target. */
export type Admission =
  /** To be told what became of the call: `settle` says whether the circuit has opened because of it. */
  | { readonly admitted: true; settle(outcome: Outcome, now: number): boolean }
  /** When it is worth to ask again: milliseconds since 1970. */
  | { readonly admitted: false; readonly retryAt: number };

interface Slice {
  readonly number: number;
  calls: number;
  failures: number;
}

type State =
  | { readonly name: "closed" }
  | { readonly name: "open"; readonly until: number }
  | { readonly name: "halfOpen" };

/**
 * The circuit of a target (closed, open, half-open). It opens when five calls in a row failed, or a share of at least ten
 * within half a minute, and then lets nothing through for five seconds. Then one call at a time tries: a success closes it,
 * a failure opens it for twice as long as before, up to a minute. Times are milliseconds and come from outside.
 */
export class CircuitBreaker {
  #state: State = { name: "closed" };
  /** Grows with every change of state: what was admitted before says nothing of now. */
  #generation = 0;
  #window: Slice[] = [];
  #inARow = 0;
  #pause = firstPauseMilliseconds;

  get state(): State["name"] {
    return this.#state.name;
  }

  /** @param failurePercent the share of calls that must fail. */
  admit(now: number, failurePercent: number): Admission {
    if (this.#state.name === "halfOpen") return { admitted: false, retryAt: now + firstPauseMilliseconds };
    if (this.#state.name === "open") {
      if (now < this.#state.until) return { admitted: false, retryAt: this.#state.until };
      this.#become({ name: "halfOpen" });
    }
    const generation = this.#generation;
    let settled = false;
    return {
      admitted: true,
      settle: (outcome, at) => {
        if (settled || generation !== this.#generation) return false;
        settled = true;
        return this.#state.name === "halfOpen" ? this.#tried(outcome, at) : this.#count(outcome, at, failurePercent);
      },
    };
  }

  #tried(outcome: Outcome, now: number): boolean {
    if (outcome === "success") {
      this.#pause = firstPauseMilliseconds;
      this.#become({ name: "closed" });
      return false;
    }
    // A try that said nothing is repeated at once: by whoever comes next.
    if (outcome === "failure") this.#pause = Math.min(this.#pause * 2, longestPauseMilliseconds);
    this.#become({ name: "open", until: outcome === "failure" ? now + this.#pause : now });
    return outcome === "failure";
  }

  #count(outcome: Outcome, now: number, failurePercent: number): boolean {
    if (outcome === "nothing") return false;
    const failed = outcome === "failure" ? 1 : 0;
    this.#inARow = failed === 1 ? this.#inARow + 1 : 0;
    const slice = this.#sliceAt(Math.floor(now / sliceMilliseconds));
    slice.calls++;
    slice.failures += failed;
    if (failed === 0 || !this.#isTooMuch(failurePercent)) return false;
    this.#become({ name: "open", until: now + this.#pause });
    return true;
  }

  #isTooMuch(failurePercent: number): boolean {
    if (this.#inARow >= failuresInARow) return true;
    const calls = this.#window.reduce((sum, slice) => sum + slice.calls, 0);
    const failures = this.#window.reduce((sum, slice) => sum + slice.failures, 0);
    return calls >= fewestCalls && failures * 100 >= calls * failurePercent;
  }

  #sliceAt(number: number): Slice {
    this.#window = this.#window.filter((slice) => slice.number > number - slices);
    let slice = this.#window.find((known) => known.number === number);
    if (slice === undefined) {
      slice = { number, calls: 0, failures: 0 };
      this.#window.push(slice);
    }
    return slice;
  }

  #become(state: State): void {
    this.#state = state;
    this.#generation++;
    this.#window = [];
    this.#inARow = 0;
  }
}
