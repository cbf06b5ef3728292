import type { ToolDecision } from "../../observability/events.ts";
import { newSpanId, newTraceId } from "../../observability/spans/ids.ts";
import type { SpanToRecord } from "../../observability/spans/pack.ts";
import type { TraceContext } from "../traceContext.ts";
import { abandoned, type Failure, failureOf } from "./failure.ts";
import { type DecidedRequest, spansOf, type TargetCall } from "./spans.ts";

/** What goes to a target, and comes back, for the trace. */
export interface Asking {
  /** `traceparent`, which names the span of the request to the target, and the `tracestate` and `baggage` of the agent's. */
  readonly traceContext: Readonly<Record<string, string>>;
  readonly onStatus: (status: number) => void;
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

  /** Asks a target, and keeps when, what became of it, and under which span the target goes on. */
  async asking<Result>(
    about: Pick<TargetCall, "target" | "method" | "name">,
    ask: (asking: Asking) => Promise<Result>,
  ): Promise<Result> {
    const spanId = newSpanId();
    const { members, parent } = this.#context;
    const traceparent = `00-${this.traceId}-${spanId}-${parent?.flags ?? sampled}`;
    const startedAt = performance.now();
    const asked: TargetCall = { ...about, spanId, startedAt };
    this.#targetCalls.push(asked);
    try {
      const onStatus = (status: number) => {
        asked.status = status;
      };
      return await ask({ traceContext: { ...members, traceparent }, onStatus });
    } catch (error) {
      asked.error = error;
      throw error;
    } finally {
      asked.endedAt = performance.now();
    }
  }

  /** The answer begins. */
  begin(): void {
    this.#begunAt ??= performance.now();
  }

  /** The answer has been given, or nobody waits for it. */
  end(status: number, isAbandoned: boolean): Answered {
    const endedAt = performance.now();
    const begunAt = this.#begunAt ?? endedAt;
    const targetStatus = this.#targetCalls.at(-1)?.status;
    const failure = isAbandoned && this.answer === undefined ? abandoned : failureOf(this.answer, status, targetStatus);
    const { traceId, spanId } = this;
    const decisions = [...this.#decisions];
    const targetCalls = this.#targetCalls.map((call) => ({ ...call, endedAt: call.endedAt ?? endedAt }));
    const { parent, members } = this.#context;
    return {
      ...this.#about,
      decisions: decisions.map(({ detail }) => detail),
      status,
      ...(failure === undefined ? {} : { failure }),
      latency: begunAt - this.#startedAt,
      duration: endedAt - this.#startedAt,
      targetTimes: targetCalls.map((call) => call.endedAt - call.startedAt),
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
          answer: this.answer,
          ...(failure === undefined ? {} : { failure }),
        }),
    };
  }
}
