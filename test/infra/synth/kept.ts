import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { SynthesisOptions } from "./graph.ts";

/** Everything of the project that a synthesis reads. The lock file stands for the packages, SST's components among them. */
const sources = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "sst.config.ts",
  "{examples,packages,scripts,stacks}/**/*",
  "test/infra/synth.ts",
  "test/infra/{checks,synth}/**/*",
];
const exclude = ["**/node_modules/**", "**/*.test.ts"];

const day = 24 * 60 * 60 * 1000;

/**
 * Where the result of a synthesis is kept: a folder named after all that it depends on, so that none is ever out of date.
 * Those of other sources that are a day old are removed.
 */
export async function keptFolder(root: string, options: SynthesisOptions): Promise<string> {
  const home = join(root, ".sst", "synth", "kept");
  const kept = join(home, sourcesOf(root));
  await mkdir(kept, { recursive: true });
  for (const name of await readdir(home)) {
    const other = join(home, name);
    const { mtimeMs } = await stat(other).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (other !== kept && mtimeMs < Date.now() - day) await rm(other, { recursive: true, force: true });
  }
  return join(kept, digest(JSON.stringify(options)));
}

function sourcesOf(root: string): string {
  const files = globSync(sources, { cwd: root, exclude, withFileTypes: true }).filter((entry) => entry.isFile());
  const hash = createHash("sha256").update(process.version);
  for (const path of files.map(({ parentPath, name }) => relative(root, join(parentPath, name))).sort()) {
    hash.update(`\0${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest("hex").slice(0, 32);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
