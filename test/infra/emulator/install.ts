import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Installation, installOnce } from "../../../scripts/installOnce.ts";

const run = promisify(execFile);
const version = "1.5.33";
const home = join(import.meta.dirname, "../../../.sst");
const folder = join(home, `ministack-${version}`);

/**
 * Installs ministack (PyPI, MIT), an emulator of AWS, into a virtual environment under `.sst` (about 110 MB, a quarter of a minute),
 * unless it is there. It needs Python 3.10 and PyPI. Several processes may call it at once: one installs.
 */
export function ensureMinistack(): Promise<Installation> {
  const lock = join(home, "installing-ministack");
  return installOnce({ folder, lock, isInstalled: () => existsSync(folder), install });
}

/** The Python that has ministack. */
export function pythonOf(installed: string): string {
  return join(installed, "bin", "python3");
}

async function install(): Promise<string | undefined> {
  const made = await mkdtemp(join(home, "install-ministack-"));
  try {
    const problem = await usablePython();
    if (problem !== undefined) return problem;
    await run("python3", ["-m", "venv", made]);
    // cryptography isn't among what it asks for, but without it the tokens of user pools have no signature.
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "0", "--timeout", "15"];
    const failure = await failureOf(pythonOf(made), [...pip, `ministack==${version}`, "cryptography"]);
    if (failure !== undefined) return `ministack ${version} can't be installed by pip: ${failure}`;
    // Beside its destination, so that nobody ever sees half of it. Nothing in it but its scripts knows where it is.
    await rename(made, folder);
    return undefined;
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

/** @returns what is missing, in words. */
async function usablePython(): Promise<string | undefined> {
  const test = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
  const failure = await failureOf("python3", ["-c", test]);
  if (failure === undefined) return undefined;
  return `there is no python3 of at least 3.10 with venv on this machine (${failure})`;
}

/** @returns the last line of what a command says where it fails. */
async function failureOf(file: string, args: readonly string[]): Promise<string | undefined> {
  return run(file, args).then(
    () => undefined,
    (error: Error & { stderr?: string }) => (error.stderr?.trim() || error.message).split("\n").at(-1)?.slice(0, 200),
  );
}
