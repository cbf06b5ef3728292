/// <reference path="../.sst/platform/config.d.ts" />
import { join } from "node:path";
import { functionNames } from "../examples/insurance/functionNames.ts";
import { lambda } from "./lambda.ts";
import type { Stage } from "./stages.ts";

/**
 * The functions of the insurance example, for a stage that wants something to try: the targets of
 * `examples/insurance/insurance.yaml`. @returns their ARNs.
 */
export function example(stage: Stage, code: string): $util.Output<string>[] {
  if (!stage.example) return [];
  return functionNames($cli.paths.root).map((name) => {
    const bounds = { memoryMegabytes: 256, timeoutSeconds: 10 };
    return lambda(name, { bundle: join(code, name), ...bounds, environment: {}, permissions: [] }, stage).arn;
  });
}
