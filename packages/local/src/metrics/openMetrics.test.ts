import type { Measurement } from "@gatehouse/functions/measurement.ts";
import { sendMetricsTo } from "@gatehouse/functions/metricsSink.ts";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { createOpenMetrics } from "./openMetrics.ts";

// As on one machine.
vi.stubEnv("POWERTOOLS_TRACE_ENABLED", "false");
vi.stubEnv("POWERTOOLS_METRICS_DISABLED", "true");
const { instrument } = await import("@gatehouse/functions/middleware.ts");
const instrumented = instrument();

/** The exposition of what a function has measured. */
function expositionOf(...measurements: Measurement[]): string {
  const metrics = createOpenMetrics();
  sendMetricsTo(metrics.add);
  instrumented.measure(measurements);
  return metrics.text();
}

test("counts are counters that add up, once, whatever the sets of dimensions are", () => {
  const decided: Measurement = {
    of: "policy",
    dimensions: [{}, { PolicyEngine: "e" }, { PolicyEngine: "e", ToolName: "T___t" }],
    counts: { AllowDecisions: 2 },
  };
  expect(expositionOf(decided, decided, { of: "gateway", dimensions: [{}], counts: { Invocations: 1 } })).toBe(
    [
      "# TYPE gatehouse_gateway_invocations counter",
      "gatehouse_gateway_invocations_total 1",
      "# TYPE gatehouse_policy_allow_decisions counter",
      'gatehouse_policy_allow_decisions_total{policy_engine="e",tool_name="T___t"} 4',
      "# EOF",
      "",
    ].join("\n"),
  );
});

test("times are histograms of seconds", () => {
  const text = expositionOf({ of: "gateway", dimensions: [{}], milliseconds: { TargetExecutionTime: [5, 700] } });
  const lines = text.split("\n");
  expect(lines.slice(0, 2)).toEqual([
    "# TYPE gatehouse_gateway_target_execution_time_seconds histogram",
    "# UNIT gatehouse_gateway_target_execution_time_seconds seconds",
  ]);
  const of = (le: string) =>
    lines
      .find((line) => line.includes(`le="${le}"`))
      ?.split(" ")
      .at(-1);
  expect(["0.0025", "0.005", "0.5", "1.0", "300.0", "+Inf"].map(of)).toEqual(["0", "1", "1", "2", "2", "2"]);
  expect(text).toContain("_seconds_count 2\n");
  expect(text).toContain("_seconds_sum 0.705\n");
});

test("whatever a label's value is, a line is a sample, and the value can be read again", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "binary", maxLength: 50 }), (value) => {
      const text = expositionOf({ of: "policy", dimensions: [{ ToolName: value }], counts: { Invocations: 1 } });
      const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      expect(samples).toHaveLength(1);
      const [, escaped = ""] =
        /^gatehouse_policy_invocations_total\{tool_name="(.*)"\} 1$/s.exec(samples[0] ?? "") ?? [];
      const read = escaped.replaceAll(/\\(.)/gs, (_, character: string) => (character === "n" ? "\n" : character));
      expect(read).toBe(value);
    }),
  );
});

test("what functions count without dimensions is among them, whoever publishes it", () => {
  const metrics = createOpenMetrics();
  sendMetricsTo(metrics.add);
  instrumented.metrics.addMetric("PolicyFailures", "Count", 1);
  instrumented.metrics.addMetric("PolicyFailures", "Count", 1);
  instrumented.publish();
  instrumented.publish();
  expect(metrics.text()).toContain("\ngatehouse_policy_failures_total 2\n");
});
