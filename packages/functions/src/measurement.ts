import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";

/** Metrics of one thing that has happened, and what they can be told apart by. */
export interface Measurement {
  /** What was measured, where metrics of the same name are about different things. Not a dimension. */
  readonly of: string;
  /** By each of these sets the metrics can be asked for; by none beside the service's name where one is empty. */
  readonly dimensions: readonly Readonly<Record<string, string>>[];
  readonly counts?: Readonly<Record<string, number>>;
  readonly milliseconds?: Readonly<Record<string, number | readonly number[]>>;
  /** What is neither: a score. */
  readonly values?: Readonly<Record<string, number>>;
}

/** CloudWatch takes no more of a value. */
const longestDimension = 1_024;

/** Puts a measurement into metrics that hold nothing else, as embedded metric format has it: ready to be published. */
export function take(
  metrics: Metrics,
  { of, dimensions, counts = {}, milliseconds = {}, values = {} }: Measurement,
): void {
  for (const set of dimensions) {
    const entries = Object.entries(set).map(([name, value]) => [name, value.slice(0, longestDimension)]);
    metrics.addDimensions(Object.fromEntries(entries));
  }
  metrics.addMetadata("of", of);
  for (const [name, value] of Object.entries(counts)) metrics.addMetric(name, MetricUnit.Count, value);
  for (const [name, value] of Object.entries(values)) metrics.addMetric(name, MetricUnit.NoUnit, value);
  for (const [name, times] of Object.entries(milliseconds)) {
    for (const value of [times].flat()) metrics.addMetric(name, MetricUnit.Milliseconds, value);
  }
}
