import { functionNames } from "../../../examples/insurance/functionNames.ts";
import { type FunctionDefinition, topology } from "../../../packages/functions/src/topology.ts";
import type { Stage } from "../../../stacks/stages.ts";

/** The functions of the insurance example, which some stages have beside the topology's. */
export const exampleFunctions = functionNames(new URL("../../..", import.meta.url).pathname);

const nothing = { reads: [], writes: [], publishes: false, usesKey: false, invokesTargets: false } as const;
const exampleFunction: FunctionDefinition = { module: "", memoryMegabytes: 256, timeoutSeconds: 10, ...nothing };

/** Every function that a stage has. */
export function deployedFunctions({ example }: Stage): [string, FunctionDefinition][] {
  return [
    ...Object.entries<FunctionDefinition>(topology.functions),
    ...(example ? exampleFunctions.map((name): [string, FunctionDefinition] => [name, exampleFunction]) : []),
  ];
}
