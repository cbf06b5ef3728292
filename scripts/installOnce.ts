import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Where something is that was installed, or why it can't be had. */
export type Installation =
  | { readonly available: true; readonly folder: string }
  | { readonly available: false; readonly reason: string };

/** How something is installed. */
export interface Installer {
  readonly folder: string;
  /** A folder that whoever installs makes, and removes when done. */
  readonly lock: string;
  /** Whether all of it is there, in the right version. */
  isInstalled(): boolean;
  /** @returns why it can't be installed, where what it comes from is out of reach. @throws where something else is wrong. */
  install(): Promise<string | undefined>;
}

/** Installs something unless it is there. Several processes may ask at once: one installs, the others wait for it. */
export async function installOnce({ folder, lock, isInstalled, install }: Installer): Promise<Installation> {
  await mkdir(dirname(lock), { recursive: true });
  while (!isInstalled()) {
    if (!(await takeLock(lock))) {
      await delay(300);
      continue;
    }
    try {
      const failure = isInstalled() ? undefined : await install();
      if (failure !== undefined) return { available: false, reason: failure };
    } finally {
      await rm(lock, { recursive: true, force: true });
    }
  }
  return { available: true, folder };
}

/** @returns whether this process may install. A lock whose process has ended is nobody's. */
async function takeLock(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    await writeFile(join(lock, "pid"), String(process.pid));
    return true;
  } catch {
    if (!holderIsAlive(lock)) await rm(lock, { recursive: true, force: true });
    return false;
  }
}

function holderIsAlive(lock: string): boolean {
  try {
    return process.kill(Number(readFileSync(join(lock, "pid"), "utf8")), 0);
  } catch (error) {
    // Between the making of the lock and its pid: somebody is about to write it.
    return error instanceof Error && "code" in error && error.code === "ENOENT" && existsSync(lock);
  }
}
