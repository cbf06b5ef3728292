import { tables } from "@gatehouse/core/storage/tables.ts";
import type { FunctionDefinition, Topology } from "@gatehouse/functions/topology.ts";

function fn(timeoutSeconds: number): FunctionDefinition {
  return {
    module: "none.ts",
    memoryMegabytes: 128,
    timeoutSeconds,
    reads: [],
    writes: [],
    publishes: false,
    usesKey: false,
    invokesTargets: false,
  };
}

/** The smallest application with one of everything: its functions come from the test. */
export const testTopology = {
  tables,
  functions: { web: fn(5), hasty: fn(0.05), admin: fn(5), record: fn(5) },
  routes: [
    { method: "ANY", path: "/web/{id}", function: "web" },
    { method: "GET", path: "/hasty", function: "hasty" },
    { method: "ANY", path: "/{path+}", function: "admin" },
  ],
  rules: {
    decisions: { pattern: { source: ["gatehouse.gateway"], "detail-type": ["ToolDecision"] }, queue: "record" },
  },
  queues: {
    record: {
      function: "record",
      batchSize: 10,
      batchWindowSeconds: 0,
      maxReceiveCount: 2,
      visibilityTimeoutSeconds: 30,
      maximumConcurrency: 2,
    },
  },
  schedules: {},
} as const satisfies Topology;
