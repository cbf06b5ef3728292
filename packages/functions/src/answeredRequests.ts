import { setTimeout as delay } from "node:timers/promises";
import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { Answered } from "@gatehouse/core/gateway/tracing/requestTrace.ts";
import type { EventPublisher } from "@gatehouse/core/observability/events.ts";
import { packSpans } from "@gatehouse/core/observability/spans/pack.ts";
import type { Context } from "aws-lambda";
import { measurementsOf } from "./gatewayMetrics.ts";
import { type AfterAnswer, afterAnswer, type HttpResult } from "./http.ts";
import type { Measurement } from "./measurement.ts";

/** What is told of requests that have been answered. */
export interface AnsweredRequests {
  /** Publishes the spans and the metrics of a request. Its caller doesn't wait for that, so what goes wrong is logged. */
  report(answered: Answered): Promise<void>;
}

/** What an instrumented function has, as far as it is needed here. */
interface Instruments {
  readonly metrics: Pick<Metrics, "addMetric">;
  readonly logger: { error(message: string, extra: { readonly error: unknown }): void };
  measure(measurements: readonly Measurement[]): void;
  publish(): void;
}

/** Reports requests to the bus (or the outbox) and to the metrics. */
export function createAnsweredRequests(publisher: EventPublisher, instruments: Instruments): AnsweredRequests {
  return {
    async report(answered) {
      try {
        instruments.measure(measurementsOf(answered));
        const events = packSpans(answered.spans(), { source: "gateway" });
        await Promise.all(events.map((event) => publisher.publish(event)));
      } catch (error) {
        // The decision is on record, and the call has been answered: what is missing is how it went.
        instruments.metrics.addMetric("UnrecordedSpans", MetricUnit.Count, 1);
        instruments.logger.error("The spans of a request could not be recorded", { error });
      }
      instruments.publish();
    },
  };
}

/** An answer that was given up before it was read has nobody to say that it has ended. */
const longestWait = 1_000;

/**
 * Answers a request and does what is to be done once its answer has been given, where the host can go on then. Any other
 * host waits for it ahead of an answer that is whole.
 */
export async function answering(
  context: Context,
  answer: (onAnswered: (answered: Answered) => void) => Promise<HttpResult>,
  { report }: AnsweredRequests,
): Promise<HttpResult> {
  const { promise, resolve } = Promise.withResolvers<Answered>();
  const result = await answer(resolve);
  const { [afterAnswer]: later } = context as Context & { readonly [afterAnswer]?: AfterAnswer };
  if (later !== undefined) later(() => reportInTime());
  else if ("stream" in result) void promise.then(report);
  else await reportInTime();
  return result;

  async function reportInTime(): Promise<void> {
    const answered = await Promise.race([promise, delay(longestWait, undefined, { ref: false })]);
    if (answered !== undefined) await report(answered);
    else void promise.then(report);
  }
}
