import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { installOnce } from "../../scripts/installOnce.ts";
import type { Graph, SynthesisOptions } from "./synth/graph.ts";
import { keptFolder } from "./synth/kept.ts";

const root = join(import.meta.dirname, "../..");

/** What `sst deploy` would do. */
export interface Synthesis {
  readonly graph: Graph;
  /** A folder with the archives that would be uploaded, which nobody may change: `<component>/code.zip`. */
  readonly archives: string;
}

/** A personal stage with its functions bundled for real, which are the same in every stage. */
export const bundled: SynthesisOptions = { stage: "bundled", bundles: true };

/**
 * Runs `sst.config.ts` as `sst deploy` does, with neither an account nor an engine nor the network: SST's own components
 * under Pulumi's mocks. It takes ten seconds of a processor, and with bundles forty, so that its result is kept for whoever
 * asks for the same of the same sources: one makes it, and others that ask meanwhile wait for it.
 * @throws Error with what the program has printed.
 */
export async function synthesize(options: SynthesisOptions): Promise<Synthesis> {
  const folder = await keptFolder(root, options);
  const lock = `${folder}.making`;
  const isInstalled = () => existsSync(folder);
  await installOnce({ folder, lock, isInstalled, install: () => make(options, folder) });
  // Written by the child.
  const graph = JSON.parse(await readFile(join(folder, "graph.json"), "utf8")) as Graph;
  return { graph, archives: join(folder, "artifacts") };
}

/** A process of its own runs the program until nothing is left to do, so that nothing has to be waited for, and several can run at once. */
async function make(options: SynthesisOptions, folder: string): Promise<undefined> {
  const parent = join(root, ".sst", "synth");
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(join(parent, `${options.stage}-`));
  try {
    const child = [join(import.meta.dirname, "synth", "main.ts"), JSON.stringify({ ...options, root, work })];
    // Nothing of the user's AWS configuration gets in.
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    await promisify(execFile)(process.execPath, ["--enable-source-maps", ...child], {
      cwd: root,
      env: { PATH, HOME: work, ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }) },
      maxBuffer: 2 ** 24,
    });
    await rm(join(work, "bundles"), { recursive: true, force: true });
    // At once, so that nobody ever sees half of it.
    await rename(work, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
