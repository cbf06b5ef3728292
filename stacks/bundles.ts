/// <reference path="../.sst/platform/config.d.ts" />
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * Bundles every function (`scripts/bundle.ts`), with the project's own esbuild rather than the one inside SST: what is
 * uploaded is what tests start and the bench measures.
 * @returns the folder with a folder for each function.
 */
export async function bundles(): Promise<string> {
  const { root, work } = $cli.paths;
  const folder = join(work, "bundles");
  await promisify(execFile)("npm", ["run", "--silent", "bundle", "--", folder], { cwd: root });
  return folder;
}
