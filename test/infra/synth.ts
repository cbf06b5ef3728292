import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Graph, SynthesisOptions } from "./synth/graph.ts";

const root = join(import.meta.dirname, "../..");

/**
 * Runs `sst.config.ts` as `sst deploy` does, with neither an account nor an engine nor the network: SST's own components
 * under Pulumi's mocks. A process of its own runs it until nothing is left to do, so that nothing has to be waited for, and
 * several can run at once.
 * @throws Error with what the program has printed.
 */
export async function synthesize(options: SynthesisOptions): Promise<Graph> {
  const parent = join(root, ".sst", "synth");
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(join(parent, `${options.stage}-`));
  try {
    const child = [join(import.meta.dirname, "synth", "main.ts"), JSON.stringify({ ...options, root, work })];
    // Nothing of the user's AWS configuration gets in.
    const env = { PATH: process.env.PATH ?? "", HOME: work };
    await promisify(execFile)(process.execPath, ["--enable-source-maps", ...child], {
      cwd: root,
      env,
      maxBuffer: 2 ** 24,
    });
    if (options.archives !== undefined) await cp(join(work, "artifacts"), options.archives, { recursive: true });
    return JSON.parse(await readFile(join(work, "graph.json"), "utf8")) as Graph; // Written by the child.
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
