/// <reference path="../.sst/platform/config.d.ts" />
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { lambda } from "./lambda.ts";
import type { Stage } from "./stages.ts";

/**
 * The functions of the insurance example, for a stage that wants something to try: the targets of
 * `examples/insurance/insurance.yaml`. @returns their ARNs.
 */
export function example(stage: Stage, code: string): $util.Output<string>[] {
  if (!stage.example) return [];
  const files = readdirSync(join($cli.paths.root, "examples/insurance/functions"));
  return files.map((file) => {
    const name = basename(file, ".ts");
    const bounds = { memoryMegabytes: 256, timeoutSeconds: 10 };
    return lambda(name, { bundle: join(code, name), ...bounds, environment: {}, permissions: [] }, stage).arn;
  });
}
