import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** The release of the suite: the one that covers the era of `initialize`, and the one that covers both. */
export type Release = "conformance-legacy" | "conformance";

interface Check {
  readonly id: string;
  readonly status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  readonly errorMessage?: string;
}

/** What the suite has found of one scenario; nothing where it has passed. */
export interface Verdict {
  readonly failures: readonly string[];
  readonly warnings: readonly string[];
}

/** Runs the official suite against a server, and gives what it has found by scenario. */
export async function runSuite(release: Release, url: string, ...args: string[]): Promise<Map<string, Verdict>> {
  const folder = await mkdtemp(join(tmpdir(), "conformance-"));
  try {
    const cli = createRequire(import.meta.url).resolve(`${release}/dist/index.js`);
    const child = spawn(process.execPath, [cli, "server", "--url", url, "-o", folder, ...args]);
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith("checks.json"));
    if (files.length === 0) throw new Error(`The suite has run nothing: ${out} ${err}`);
    return new Map(
      await Promise.all(files.map(async (file) => [scenarioOf(file), await verdictIn(join(folder, file))] as const)),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The suite names folders `server-<scenario>-<time>`. */
function scenarioOf(file: string): string {
  const folder = file.replace(/[/\\]checks\.json$/, "");
  return folder.replace(/^server-/, "").replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, "");
}

async function verdictIn(file: string): Promise<Verdict> {
  const checks = JSON.parse(await readFile(file, "utf8")) as Check[];
  const told = (wanted: Check["status"]) =>
    checks.filter(({ status }) => status === wanted).map(({ id, errorMessage = "" }) => `${id}: ${errorMessage}`);
  return { failures: checks.length === 0 ? ["nothing was checked"] : told("FAILURE"), warnings: told("WARNING") };
}
