import type { Metrics } from "@aws-lambda-powertools/metrics";

/** Metrics in CloudWatch's embedded metric format, as they would be logged. */
export type EmbeddedMetrics = ReturnType<Metrics["serializeMetrics"]>;

let sink: ((metrics: EmbeddedMetrics) => void) | undefined;

/** Where a host without CloudWatch wants the metrics of all functions of this process to go. */
export function sendMetricsTo(next: (metrics: EmbeddedMetrics) => void): void {
  sink = next;
}

/** Publishes what is stored: as a line of the log, where metrics aren't disabled, and to the host's sink, where it has one. */
export function publishMetrics(metrics: Metrics): void {
  // Powertools warns of every invocation that has nothing to measure; most have nothing.
  if (!metrics.hasStoredMetrics()) return;
  sink?.(metrics.serializeMetrics());
  metrics.publishStoredMetrics();
}
