import type { Metrics } from "@aws-lambda-powertools/metrics";
import type { Measurement } from "./measurement.ts";

/** Metrics as CloudWatch's embedded metric format has them, as far as they are looked at. */
export interface EmbeddedMetrics {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  /** The values of dimensions and metrics, by their names; `of` a measurement what it is of. */
  readonly [name: string]: unknown;
}

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

/** Hands a measurement to the host's sink, where it has one, without the detour that costs as much as a policy decision. */
export function sinkMeasurement({ of, dimensions, counts = {}, milliseconds = {}, values = {} }: Measurement): void {
  if (sink === undefined) return;
  const named = (all: object, Unit: string) => Object.keys(all).map((Name) => ({ Name, Unit }));
  const Metrics = [...named(counts, "Count"), ...named(milliseconds, "Milliseconds"), ...named(values, "None")];
  const Dimensions = dimensions.map((set) => Object.keys(set));
  sink({
    _aws: { CloudWatchMetrics: [{ Dimensions, Metrics }] },
    of,
    ...Object.assign({}, ...dimensions),
    ...counts,
    ...milliseconds,
    ...values,
  });
}
