import { readdirSync } from "node:fs";
import { basename } from "node:path";
import type { FunctionDefinition } from "../../../packages/functions/src/topology.ts";
import { topology } from "../../../packages/functions/src/topology.ts";
import type { Stage } from "../../../stacks/stages.ts";

/** The functions of the insurance example, which some stages have beside the topology's. */
export const exampleFunctions = readdirSync(new URL("../../../examples/insurance/functions", import.meta.url)).map(
  (file) => basename(file, ".ts"),
);

const nothing = { reads: [], writes: [], publishes: false, usesKey: false, invokesTargets: false } as const;
const exampleFunction: FunctionDefinition = { module: "", memoryMegabytes: 256, timeoutSeconds: 10, ...nothing };

/** Every function that a stage has. */
export function deployedFunctions({ example }: Stage): [string, FunctionDefinition][] {
  return [
    ...Object.entries<FunctionDefinition>(topology.functions),
    ...(example ? exampleFunctions.map((name): [string, FunctionDefinition] => [name, exampleFunction]) : []),
  ];
}
