import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Installation, installOnce } from "./installOnce.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
const home = join(root, ".sst");

/** No download of anything but npm packages, and no word to anybody. */
const quiet = { SST_SKIP_DEPENDENCY_CHECK: "1", SST_NO_BUN: "1", DO_NOT_TRACK: "1", SST_STAGE: "install" };

/**
 * Installs SST's components into `.sst/platform`, where `sst deploy` has them too (about 320 MB, half a minute), unless they
 * are there in the version that `package.json` names. It needs the npm registry and nothing else: no account, no
 * credentials. Several processes may call it at once: one installs, the others wait for it.
 */
export function ensurePlatform(): Promise<Installation> {
  return installOnce({ folder: join(home, "platform"), lock: join(home, "installing"), isInstalled, install });
}

/** Whether SST's components are there, complete and in the right version. */
export function isInstalled(): boolean {
  const version = join(home, "platform", "version");
  // Written last, here as by SST itself, so that it stands for all the rest.
  const providers = join(home, "provider-lock.json");
  return existsSync(version) && existsSync(providers) && readFileSync(version, "utf8").trim() === wanted();
}

function wanted(): string {
  const { version } = JSON.parse(readFileSync(join(root, "node_modules", "sst", "package.json"), "utf8"));
  return String(version);
}

/** @returns why it can't be installed, where the registry is out of reach. @throws Error where something else is wrong. */
async function install(): Promise<string | undefined> {
  // Beside its destination, so that it can be moved there at once: nobody ever sees half of it.
  const folder = await mkdtemp(join(home, "install-"));
  try {
    await copyFile(join(root, "sst.config.ts"), join(folder, "sst.config.ts"));
    await Promise.all(["stacks", "node_modules"].map((name) => symlink(join(root, name), join(folder, name))));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    const environment = { ...process.env, ...quiet, npm_config_fetch_retries: "0" };
    await run(join(root, "node_modules", ".bin", "sst"), ["install"], { cwd: folder, env: environment });
    await rm(join(home, "provider-lock.json"), { force: true });
    await rm(join(home, "platform"), { recursive: true, force: true });
    await rename(join(folder, ".sst", "platform"), join(home, "platform"));
    await rename(join(folder, ".sst", "provider-lock.json"), join(home, "provider-lock.json"));
    return undefined;
  } catch (error) {
    if (await registryAnswers()) throw new Error("SST's components can't be installed.", { cause: error });
    return "SST's components are not installed, and the npm registry can't be reached to install them";
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function registryAnswers(): Promise<boolean> {
  const ping = run("npm", ["ping", "--fetch-retries=0", "--fetch-timeout=5000"], { cwd: root });
  return ping.then(
    () => true,
    () => false,
  );
}

if (import.meta.main) {
  const platform = await ensurePlatform();
  console.log(platform.available ? `SST's components are in ${platform.folder}.` : `${platform.reason}.`);
}
