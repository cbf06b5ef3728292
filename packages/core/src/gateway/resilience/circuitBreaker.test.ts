import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CircuitBreaker, type Outcome } from "./circuitBreaker.ts";

const percent = 50;

/** Lets one call through and settles it; undefined where it wasn't admitted. */
function once(breaker: CircuitBreaker, now: number, outcome: Outcome): boolean | undefined {
  const admission = breaker.admit(now, percent);
  return admission.admitted ? admission.settle(outcome, now) : undefined;
}

function opened(at = 0): CircuitBreaker {
  const breaker = new CircuitBreaker();
  for (let failures = 0; failures < 5; failures++) once(breaker, at, "failure");
  return breaker;
}

describe("opening", () => {
  test("five failures in a row open it, and the fifth call hears of it", () => {
    const breaker = new CircuitBreaker();
    expect(Array.from({ length: 5 }, () => once(breaker, 0, "failure"))).toEqual([false, false, false, false, true]);
    expect(breaker.admit(4_999, percent)).toEqual({ admitted: false, retryAt: 5_000 });
  });

  test("half of ten calls that fail open it, four of ten don't", () => {
    const outcomes = (failures: number): Outcome[] =>
      Array.from({ length: 10 }, (_, index) => (index % 2 === 1 && index < failures * 2 ? "failure" : "success"));
    const after = (failures: number) => {
      const breaker = new CircuitBreaker();
      for (const outcome of outcomes(failures)) once(breaker, 0, outcome);
      return breaker.state;
    };
    expect([after(4), after(5)]).toEqual(["closed", "open"]);
  });

  test("what failed half a minute ago is forgotten", () => {
    const breaker = new CircuitBreaker();
    for (let round = 0; round < 4; round++) {
      once(breaker, 0, "failure");
      once(breaker, 0, "success");
    }
    for (const outcome of ["success", "failure"] as const) once(breaker, 30_000, outcome);
    expect(breaker.state).toBe("closed");
  });
});

describe("closing", () => {
  test("after the pause one call tries; others are refused until it has come back", () => {
    const breaker = opened();
    const attempt = breaker.admit(5_000, percent);
    expect(attempt.admitted).toBe(true);
    expect(breaker.admit(5_000, percent).admitted).toBe(false);
    if (attempt.admitted) attempt.settle("success", 5_001);
    expect(breaker.state).toBe("closed");
  });

  test("each try that fails doubles the pause, up to a minute; a success brings back the first", () => {
    const breaker = opened();
    const pauses: number[] = [];
    let now = 5_000;
    for (let tries = 0; tries < 6; tries++) {
      once(breaker, now, "failure");
      const refused = breaker.admit(now, percent);
      const until = refused.admitted ? now : refused.retryAt;
      pauses.push(until - now);
      now = until;
    }
    expect(pauses).toEqual([10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
    once(breaker, now, "success");
    for (let failures = 0; failures < 5; failures++) once(breaker, now, "failure");
    expect(breaker.admit(now, percent)).toEqual({ admitted: false, retryAt: now + 5_000 });
  });

  test("a try that says nothing makes room for the next", () => {
    const breaker = opened();
    once(breaker, 5_000, "nothing");
    expect(breaker.admit(5_000, percent).admitted).toBe(true);
  });

  test("what was admitted before it opened says nothing of the target now", () => {
    const breaker = new CircuitBreaker();
    const late = breaker.admit(0, percent);
    for (let failures = 0; failures < 5; failures++) once(breaker, 0, "failure");
    if (late.admitted) late.settle("success", 1);
    expect(breaker.state).toBe("open");
  });
});

/** What happens to a breaker: time passes, a call asks, a call that is under way comes back. */
type Step = { readonly pass: number } | { readonly ask: true } | { readonly settle: number; readonly outcome: Outcome };
const steps = fc.array(
  fc.oneof(
    fc.record({ pass: fc.integer({ min: 0, max: 20_000 }) }),
    fc.constant<Step>({ ask: true }),
    fc.record({ settle: fc.nat(20), outcome: fc.constantFrom<Outcome>("success", "failure", "nothing") }),
  ),
  { maxLength: 200 },
);

/** Runs the steps, and tells of every state and answer. */
function run(history: readonly Step[], see: (seen: { before: string; admitted?: boolean; retryIn?: number }) => void) {
  const breaker = new CircuitBreaker();
  const underWay: ((outcome: Outcome, now: number) => boolean)[] = [];
  let now = 0;
  for (const step of history) {
    const before = breaker.state;
    if ("pass" in step) now += step.pass;
    else if ("ask" in step) {
      const admission = breaker.admit(now, percent);
      if (admission.admitted) underWay.push(admission.settle);
      see(
        admission.admitted ? { before, admitted: true } : { before, admitted: false, retryIn: admission.retryAt - now },
      );
    } else {
      underWay.splice(step.settle % Math.max(1, underWay.length), 1)[0]?.(step.outcome, now);
      see({ before: breaker.state });
    }
  }
}

test("whatever happens: a closed circuit admits, a half-open one doesn't, and a refusal says when, within a minute", () => {
  fc.assert(
    fc.property(steps, (history) => {
      run(history, ({ before, admitted, retryIn }) => {
        if (before === "closed" && admitted !== undefined) expect(admitted).toBe(true);
        if (before === "halfOpen" && admitted !== undefined) expect(admitted).toBe(false);
        if (retryIn !== undefined) expect(retryIn).toSatisfy((wait: number) => wait > 0 && wait <= 60_000);
      });
    }),
  );
});

test("without a failure it never opens", () => {
  const harmless = steps.map((all) => all.filter((step) => !("outcome" in step) || step.outcome !== "failure"));
  fc.assert(
    fc.property(harmless, (history) => {
      run(history, ({ before }) => expect(before).toBe("closed"));
    }),
  );
});
