import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics } from "@aws-lambda-powertools/metrics";
import middy, { type MiddlewareObj } from "@middy/core";
import type { Context } from "aws-lambda";
import { metricsEnabled, serviceName as readServiceName, tracingEnabled } from "./environment.ts";
import { type Measurement, take } from "./measurement.ts";
import { publishMetrics, sinkMeasurement } from "./metricsSink.ts";

const serviceName = readServiceName();
const logged = metricsEnabled();
const trace = tracingEnabled() ? await loadTracing() : undefined;

/**
 * What a function logs, measures and traces with. Each function makes its own, because a logger remembers the invocation
 * it speaks of, and on one machine all functions share a process.
 */
export function instrument() {
  const logger = new Logger({ serviceName });
  const metrics = new Metrics({ namespace: "Gatehouse", serviceName });
  // Whatever is in one has all of its dimensions.
  const dimensioned = new Metrics({ namespace: "Gatehouse", serviceName, logger: withoutOverlaps(logger) });
  return {
    logger,
    metrics,
    /** Publishes what was measured after an invocation's answer had begun. */
    publish: () => publishMetrics(metrics),
    /** Publishes what was measured of one thing, by its dimensions. */
    measure(measurements: readonly Measurement[]) {
      for (const measurement of measurements) {
        sinkMeasurement(measurement);
        if (!logged) continue;
        take(dimensioned, measurement);
        dimensioned.publishStoredMetrics();
      }
    },
    /**
     * Wraps what a function does into what every function has: structured logs with the request's ids, a trace segment,
     * and metrics flushed at the end. Payloads and answers are never logged or traced: they belong to the caller (T18).
     */
    handler: <Event, Result>(handle: (event: Event, context: Context) => Promise<Result>) =>
      middy<Event, Result>()
        .use([injectLambdaContext(logger, { logEvent: false }), ...(trace ? [trace()] : []), publishing(metrics)])
        .handler(handle),
  };
}

/** Powertools warns of every dimension that two sets have; they have the same value of it, as they should. */
function withoutOverlaps(logger: Logger) {
  const log =
    (level: "debug" | "info" | "error") =>
    (...[message]: unknown[]) =>
      logger[level](String(message));
  return {
    debug: log("debug"),
    info: log("info"),
    error: log("error"),
    warn: (...[message]: unknown[]) => {
      if (!String(message).includes("dimension set and dimension set")) logger.warn(String(message));
    },
  };
}

function publishing(metrics: Metrics): MiddlewareObj {
  return { after: () => publishMetrics(metrics), onError: () => publishMetrics(metrics) };
}

/**
 * The X-Ray SDK hooks into every promise of the process as soon as it is loaded, which costs a tenth of its time: where
 * nothing is traced, it isn't loaded.
 */
async function loadTracing(): Promise<() => MiddlewareObj> {
  const { Tracer } = await import("@aws-lambda-powertools/tracer");
  const { captureLambdaHandler } = await import("@aws-lambda-powertools/tracer/middleware");
  const tracer = new Tracer({ serviceName });
  return () => captureLambdaHandler(tracer, { captureResponse: false });
}
