import type { ToolDecision } from "../../observability/events.ts";
import { newSpanId, newTraceId } from "../../observability/spans/ids.ts";
import type { SpanToRecord } from "../../observability/spans/pack.ts";
import { TargetError } from "../targets/target.ts";
import type { TraceContext } from "../traceContext.ts";
import { abandoned, type Failure, failureOf } from "./failure.ts";
import { type ClientCall, type DecidedRequest, type InterceptorCall, spansOf, type TargetCall } from "./spans.ts";

/** What goes to a target, and comes back, for the trace. */
export interface Attempt {
  /** `traceparent`, which names the span of the request to the target, and the `tracestate` and `baggage` of the agent's. */
  readonly traceContext: Readonly<Record<string, string>>;
  readonly onStatus: (status: number) => void;
}

/** A request to a target, which is its first attempt as long as nobody makes others. */
export interface Asking extends Attempt {
  /** Makes an attempt, each under a span of its own. */
  attempt<Result>(send: (attempt: Attempt) => Promise<Result>): Promise<Result>;
}

/** A request that has been answered. */
export interface Answered {
  /** Absent where nobody knew whom the request was to, or who sent it. */
  readonly gatewayArn?: string;
  readonly method?: string;
  readonly decisions: readonly ToolDecision[];
  readonly status: number;
  readonly failure?: Failure;
  /** From the request to the first byte of its answer, and to the last, in milliseconds. */
  readonly latency: number;
  readonly duration: number;
  /** How long each request to a target took, retries included, in milliseconds. */
  readonly targetTimes: readonly number[];
  /** Those of a request that was decided about; made when they are asked for. */
  spans(): SpanToRecord[];
}

/** Sampled, because everything is recorded. */
const sampled = "01";

/**
 * What is gathered of a request while it is answered. Of a request that is decided about there is a SERVER span, children of it
 * for the policy decision and for what was asked of targets, in the trace of whoever has sent it or else in one of its own.
 */
export class RequestTrace {
  /** The SERVER span's. */
  readonly spanId = newSpanId();
  /** The body of the answer, a JSON-RPC response, as soon as there is one. */
  answer: object | undefined;

  readonly #startedAt = performance.now();
  readonly #startedAtUnix: number;
  readonly #decisions: DecidedRequest[] = [];
  readonly #targetCalls: TargetCall[] = [];
  readonly #interceptorCalls: InterceptorCall[] = [];
  /** Requests to targets, each with its attempts. */
  readonly #asked: Timed[] = [];
  #traceId: string | undefined;
  #context: TraceContext = { members: {} };
  #about: Pick<Answered, "gatewayArn" | "method"> = {};
  #begunAt: number | undefined;

  /** @param now in milliseconds since 1970. */
  constructor(now = Date.now()) {
    this.#startedAtUnix = now;
  }

  /** Takes the place in a trace that the request says; what it said before, it was changed from. */
  join(context: TraceContext, about: Pick<Answered, "gatewayArn" | "method">): void {
    this.#context = context;
    this.#about = about;
  }

  get traceId(): string {
    const joined = this.#context.parent?.traceId;
    if (joined !== undefined) return joined;
    this.#traceId ??= newTraceId();
    return this.#traceId;
  }

  /** The span that stands for the next decision: the request's own for the first, and for another a child of it. */
  spanIdOfDecision(): string {
    return this.#decisions.length === 0 ? this.spanId : newSpanId();
  }

  decided(decision: DecidedRequest): void {
    this.#decisions.push(decision);
  }

  /** Asks a target, and keeps of each attempt when, what became of it, and under which span the target goes on. */
  async asking<Result>(
    about: Pick<TargetCall, "target" | "method" | "name">,
    ask: (asking: Asking) => Promise<Result>,
  ): Promise<Result> {
    const asked: Timed = { startedAt: performance.now() };
    this.#asked.push(asked);
    let resendCount = 0;
    const begin = (): TargetCall => {
      const call = { ...about, spanId: newSpanId(), startedAt: performance.now(), resendCount: resendCount++ };
      this.#targetCalls.push(call);
      return call;
    };
    // Begun at once: what fails before anything is sent is told by it as well.
    let latest = begin();
    let isTaken = false;
    const attempt: Asking["attempt"] = (send) => {
      if (isTaken) latest = begin();
      isTaken = true;
      return timed(latest, () => send(this.#attemptOf(latest)));
    };
    try {
      return await ask({ ...this.#attemptOf(latest), attempt });
    } catch (error) {
      // Of an attempt that was left behind at a deadline, this is what became of it, whatever it says later.
      latest.error ??= error;
      throw error;
    } finally {
      asked.endedAt = performance.now();
      latest.endedAt ??= asked.endedAt;
    }
  }

  /** Has an interceptor invoked, and keeps when and what became of it. */
  intercepting<Result>(
    { point, arn }: Pick<InterceptorCall, "point" | "arn">,
    invoke: () => Promise<Result>,
  ): Promise<Result> {
    const call: InterceptorCall = { point, arn, spanId: newSpanId(), startedAt: performance.now() };
    this.#interceptorCalls.push(call);
    return timed(call, invoke);
  }

  #attemptOf(call: TargetCall): Attempt {
    const { members, parent } = this.#context;
    const traceparent = `00-${this.traceId}-${call.spanId}-${parent?.flags ?? sampled}`;
    const onStatus = (status: number) => {
      call.status = status;
    };
    return { traceContext: { ...members, traceparent }, onStatus };
  }

  /** The answer begins. */
  begin(): void {
    this.#begunAt ??= performance.now();
  }

  /** The answer has been given, or nobody waits for it. */
  end(status: number, isAbandoned: boolean): Answered {
    const endedAt = performance.now();
    const begunAt = this.#begunAt ?? endedAt;
    const ended = <Call extends Timed>(call: Call) => ({ ...call, endedAt: call.endedAt ?? endedAt });
    const targetCalls = this.#targetCalls.map((call) => ({ ...ended(call), ...statusOf(call) }));
    const interceptorCalls = this.#interceptorCalls.map(ended);
    const targetStatus = targetCalls.at(-1)?.status;
    const failure = isAbandoned && this.answer === undefined ? abandoned : failureOf(this.answer, status, targetStatus);
    const { traceId, spanId } = this;
    const decisions = [...this.#decisions];
    const { parent, members } = this.#context;
    return {
      ...this.#about,
      decisions: decisions.map(({ detail }) => detail),
      status,
      ...(failure === undefined ? {} : { failure }),
      latency: begunAt - this.#startedAt,
      duration: endedAt - this.#startedAt,
      targetTimes: this.#asked.map(ended).map((asked) => asked.endedAt - asked.startedAt),
      spans: () =>
        spansOf({
          traceId,
          spanId,
          ...(parent === undefined ? {} : { parentSpanId: parent.spanId }),
          ...(members.tracestate === undefined ? {} : { traceState: members.tracestate }),
          startedAt: this.#startedAt,
          startedAtUnix: this.#startedAtUnix,
          endedAt,
          decisions,
          targetCalls,
          interceptorCalls,
          answer: this.answer,
          ...(failure === undefined ? {} : { failure }),
        }),
    };
  }
}

/** When something began, and when it ended where it has; as `performance.now()` has it. */
type Timed = Pick<ClientCall, "startedAt" | "endedAt">;

async function timed<Result>(call: ClientCall, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    call.error ??= error;
    throw error;
  } finally {
    call.endedAt ??= performance.now();
  }
}

/** The HTTP status of an answer: as it came, or as whoever read it has found an error in it. */
function statusOf({ status, error }: TargetCall): Pick<TargetCall, "status"> {
  const known = status ?? (error instanceof TargetError ? error.status : undefined);
  return known === undefined ? {} : { status: known };
}
