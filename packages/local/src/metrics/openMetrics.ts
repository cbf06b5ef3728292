import type { EmbeddedMetrics } from "@gatehouse/functions/metricsSink.ts";

/** Metrics since the start of the process, as OpenMetrics has them (version 1.0.0). */
export interface OpenMetrics {
  /**
   * Takes metrics as CloudWatch would get them: a count adds to a counter, milliseconds to a histogram of seconds, and what
   * has no unit, a score, to a summary.
   */
  add(metrics: EmbeddedMetrics): void;
  /** The exposition: the metric families in order of their names. */
  text(): string;
}

export const contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** From what costs nothing to what nobody waits for, in seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

interface Series {
  /** The labels as they stand between braces. */
  readonly labels: string;
  sum: number;
  count: number;
  /** How many are at most each of the bounds. */
  readonly buckets: number[];
}

interface Family {
  readonly type: "counter" | "histogram" | "summary";
  readonly series: Map<string, Series>;
}

/**
 * Keeps metrics. CloudWatch knows a metric under each of its sets of dimensions; here it has all of them as labels, once, so
 * that whoever adds up series counts nothing twice.
 */
export function createOpenMetrics(): OpenMetrics {
  const families = new Map<string, Family>();

  function seriesOf(name: string, type: Family["type"], labels: string): Series {
    let family = families.get(name);
    if (family === undefined) {
      family = { type, series: new Map() };
      families.set(name, family);
    }
    let series = family.series.get(labels);
    if (series === undefined) {
      series = { labels, sum: 0, count: 0, buckets: bounds.map(() => 0) };
      family.series.set(labels, series);
    }
    return series;
  }

  return {
    add(metrics) {
      const values: Readonly<Record<string, unknown>> = metrics;
      for (const { Dimensions, Metrics } of metrics._aws.CloudWatchMetrics) {
        const labels = labelsOf(Dimensions, values);
        for (const { Name, Unit } of Metrics) {
          const isTime = Unit === "Milliseconds";
          const type = isTime ? "histogram" : Unit === "Count" ? "counter" : "summary";
          const name = [`gatehouse`, values.of, snake(Name), isTime ? "seconds" : undefined]
            .filter((part) => part !== undefined)
            .join("_");
          const series = seriesOf(name, type, labels);
          for (const value of [values[Name]].flat().map(Number)) observe(series, isTime ? value / 1_000 : value);
        }
      }
    },
    text() {
      const sorted = [...families].sort(([a], [b]) => (a < b ? -1 : 1));
      return `${sorted.map(([name, family]) => expose(name, family)).join("")}# EOF\n`;
    },
  };
}

function observe(series: Series, value: number): void {
  series.sum += value;
  series.count++;
  for (const [index, bound] of bounds.entries())
    if (value <= bound) series.buckets[index] = (series.buckets[index] ?? 0) + 1;
}

/** The name of the service tells nothing: there is one in a process. */
function labelsOf(sets: readonly (readonly string[])[], values: Readonly<Record<string, unknown>>): string {
  const names = new Set(sets.flat());
  names.delete("service");
  return [...names]
    .sort()
    .map((name) => `${snake(name)}="${escaped(String(values[name]))}"`)
    .join(",");
}

function expose(name: string, { type, series }: Family): string {
  const lines = [...series.values()].flatMap((one) => lineOf[type](name, one));
  const unit = type === "histogram" ? `# UNIT ${name} seconds\n` : "";
  return `# TYPE ${name} ${type}\n${unit}${lines.join("\n")}\n`;
}

const lineOf = { counter, histogram, summary };

function summary(name: string, { labels, sum, count }: Series): string[] {
  return [`${name}_count${braced(labels)} ${count}`, `${name}_sum${braced(labels)} ${sum}`];
}

function counter(name: string, { labels, sum }: Series): string[] {
  return [`${name}_total${braced(labels)} ${sum}`];
}

function histogram(name: string, { labels, buckets, count, sum }: Series): string[] {
  const bucket = (bound: string, value: number) =>
    `${name}_bucket${braced([labels, `le="${bound}"`].filter((part) => part !== "").join(","))} ${value}`;
  return [
    ...bounds.map((bound, index) => bucket(numeral(bound), buckets[index] ?? 0)),
    bucket("+Inf", count),
    `${name}_count${braced(labels)} ${count}`,
    `${name}_sum${braced(labels)} ${sum}`,
  ];
}

/** As the specification wants bounds ("Considerations: Canonical Numbers"). */
function numeral(bound: number): string {
  return Number.isInteger(bound) ? bound.toFixed(1) : String(bound);
}

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** In the characters that names have: an evaluator's id has others. */
function snake(name: string): string {
  return name
    .replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, "_")
    .replaceAll(/[^a-zA-Z\d_]/g, "_")
    .toLowerCase();
}
