import { LRUCache } from "lru-cache";
import { untilAborted } from "../../abort.ts";
import type { TargetRecord } from "../../storage/records.ts";
import { type Invocation, TargetError, type TargetKind, type TargetKinds } from "../targets/target.ts";
import { Bulkhead } from "./bulkhead.ts";
import { CircuitBreaker, type Outcome } from "./circuitBreaker.ts";
import { type Clock, systemClock } from "./clock.ts";
import { withDeadline } from "./deadline.ts";
import { type Failure, failureOf } from "./failures.ts";
import { withinSize } from "./resultCap.ts";
import { withRetries } from "./retry.ts";
import { RetryBudget } from "./retryBudget.ts";
import { boundsOf, isIdempotent, type TargetBounds } from "./settings.ts";

/** What is remembered of a target, in this process. */
interface TargetState {
  readonly breaker: CircuitBreaker;
  readonly bulkhead: Bulkhead;
  readonly budget: RetryBudget;
}

/** Of so many targets something is remembered; the least used is forgotten first. */
const mostTargets = 10_000;
/** Whoever finds no place may come again as soon as one is free, which nobody knows. */
const busyRetryMilliseconds = 1_000;

/**
 * Bounds the calls of every kind of target, so that one that is slow, dead or goes astray takes nothing from the others:
 * a deadline, retries where they are safe, a circuit, a number of calls at a time, and a size of the answer.
 */
export function resilient(
  kinds: TargetKinds,
  options: {
    readonly clock?: Clock;
    readonly onCircuitOpened?: (target: TargetRecord) => void;
  } = {},
): TargetKinds {
  const { clock = systemClock, onCircuitOpened = () => {} } = options;
  const states = new LRUCache<string, TargetState>({ max: mostTargets });

  /** A target that was changed begins anew. */
  function stateOf({ gatewayId, targetId, updatedAt }: TargetRecord): TargetState {
    const key = JSON.stringify([gatewayId, targetId, updatedAt]);
    let state = states.get(key);
    if (state === undefined) {
      state = { breaker: new CircuitBreaker(), bulkhead: new Bulkhead(), budget: new RetryBudget() };
      states.set(key, state);
    }
    return state;
  }

  /**
   * Asks a target within its bounds.
   * @param tool the target's own name of the tool; absent for what isn't one, and so isn't repeated either.
   */
  async function bounded<Result>(
    { gateway, target, signal: given }: Pick<Invocation, "gateway" | "target" | "signal">,
    tool: string | undefined,
    begin: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const bounds = boundsOf(gateway, target);
    const state = stateOf(target);
    const milliseconds = bounds.timeoutSeconds * 1_000;
    const startedAt = clock.now();
    const deadlineAt = startedAt + milliseconds;
    const maxRetries = tool !== undefined && isIdempotent(bounds, tool) ? bounds.maxRetries : 0;
    const deadline = { target: target.name, signal: given, clock };
    const result = await withDeadline(milliseconds, deadline, (signal) => {
      const attempt = () => throughCircuit(target, () => begin(signal), state, bounds, signal);
      return withRetries(attempt, { maxRetries, budget: state.budget, deadlineAt, signal, clock });
    });
    return withinSize(result, bounds.maxResultBytes, target.name);
  }

  async function throughCircuit<Result>(
    target: TargetRecord,
    begin: () => Promise<Result>,
    { breaker, bulkhead }: TargetState,
    { failurePercent, maxConcurrentCalls }: TargetBounds,
    signal: AbortSignal,
  ): Promise<Result> {
    const admission = breaker.admit(clock.now(), failurePercent);
    if (!admission.admitted) throw unavailable(target, admission.retryAt - clock.now());
    const settle = (outcome: Outcome) => {
      if (admission.settle(outcome, clock.now())) onCircuitOpened(target);
    };
    try {
      const leave = bulkhead.enter(maxConcurrentCalls);
      if (leave === undefined) throw busy(target);
      // Counted until it has ended, which may be long after its caller has had an answer.
      const underWay = started(begin).finally(leave);
      underWay.catch(() => {});
      const result = await untilAborted(underWay, signal);
      settle("success");
      return result;
    } catch (error) {
      settle(outcomeOf[failureOf(error)]);
      throw error;
    }
  }

  const wrapped = Object.entries(kinds).flatMap(([name, kind]): [string, TargetKind][] => {
    if (kind === undefined) return [];
    const { getPrompt, readResource, complete } = kind;
    const within =
      (ask: FeatureRequest): FeatureRequest =>
      (request) =>
        bounded(request, undefined, (signal) => ask({ ...request, signal }));
    return [
      [
        name,
        {
          ...kind,
          call: (invocation) =>
            bounded(invocation, invocation.tool.name, (signal) =>
              attempting(invocation, (attempt) => kind.call({ ...attempt, signal })),
            ),
          ...(getPrompt && { getPrompt: within(getPrompt) }),
          ...(readResource && { readResource: within(readResource) }),
          ...(complete && { complete: within(complete) }),
        },
      ],
    ];
  });
  return Object.fromEntries(wrapped);
}

/** A request for something else than a tool. */
type FeatureRequest = NonNullable<TargetKind["getPrompt"]>;

/** What a failure means to the circuit: it is about whether the target is there, not about whether it likes a call. */
const outcomeOf: Readonly<Record<Failure, Outcome>> = {
  answered: "success",
  unavailable: "failure",
  timedOut: "failure",
  broken: "failure",
  throttled: "nothing",
  notCalled: "nothing",
};

/** Makes an attempt at a call, which is traced by itself where the call is. */
function attempting<Result>(call: Invocation, send: (attempt: Invocation) => Promise<Result>): Promise<Result> {
  return call.attempt === undefined ? send(call) : call.attempt((attempt) => send({ ...call, ...attempt }));
}

/** The call, begun; what fails at once fails as a promise. */
async function started<Result>(begin: () => Promise<Result>): Promise<Result> {
  return begin();
}

function unavailable({ name }: TargetRecord, retryAfterMilliseconds: number): TargetError {
  const message = `${name} was not called: its circuit is open, because its last calls failed.`;
  return new TargetError(message, { code: "targetUnavailable", retryAfterMilliseconds });
}

function busy({ name }: TargetRecord): TargetError {
  const message = `${name} was not called: as many calls as it may have are under way.`;
  return new TargetError(message, { code: "targetBusy", retryAfterMilliseconds: busyRetryMilliseconds });
}
