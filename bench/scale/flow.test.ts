import { type Topology, topology } from "@gatehouse/functions/topology.ts";
import { describe, expect, test } from "vitest";
import { governedCall } from "./demand.ts";
import { flowOf } from "./flow.ts";

describe("a governed call", () => {
  test("is answered by the gateway, and recorded by what drains the queue of its rule", () => {
    const { entry, deliveries } = flowOf(topology, governedCall);
    expect(entry.name).toBe("gateway");
    expect(deliveries.map(({ rule, queue, consumer }) => [rule, queue, consumer.name])).toEqual([
      ["decisions", "record", "record"],
    ]);
  });

  test("goes wherever another rule sends it as well", () => {
    const copy = { pattern: { source: ["gatehouse.gateway"], "detail-type": ["ToolDecision"] }, queue: "synchronize" };
    const doubled: Topology = { ...topology, rules: { ...topology.rules, copy } };
    expect(flowOf(doubled, governedCall).deliveries.map(({ consumer }) => consumer.name)).toEqual([
      "record",
      "synchronize",
    ]);
  });

  test("is recorded nowhere when its function does not publish", () => {
    const gateway = { ...topology.functions.gateway, publishes: false };
    const silent: Topology = { ...topology, functions: { ...topology.functions, gateway } };
    expect(flowOf(silent, governedCall).deliveries).toEqual([]);
  });

  test("that no route knows is an error", () => {
    expect(() => flowOf({ ...topology, routes: [] }, governedCall)).toThrow("leads nowhere");
  });
});
