import { randomBytes, randomUUID } from "node:crypto";
import { type FileHandle, link, open, rm } from "node:fs/promises";
import { GatehouseError } from "@gatehouse/core/errors.ts";

const keyBytes = 32;
/** The key in base64, on a line. */
const content = /^[A-Za-z0-9+/]{43}=\n?$/;
const onlyOwner = 0o600;

/**
 * The key that protects the secrets of this machine: the one in the file, or a new one, which is written there for its
 * owner's eyes only. Without a file it is new each time, for a host that keeps nothing.
 * @throws GatehouseError `internal` when the file holds no key, or others may read it.
 */
export async function readMasterKey(file: string | undefined): Promise<Buffer> {
  if (file === undefined) return randomBytes(keyBytes);
  const existing = await open(file).catch(ignoreMissing);
  if (existing !== undefined) return readKey(existing, file);
  await writeKey(file);
  return readKey(await open(file), file);
}

async function readKey(handle: FileHandle, file: string): Promise<Buffer> {
  try {
    const { mode } = await handle.stat();
    // Windows has no such modes: everything there looks readable to everybody.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw unusable(file, `others may read or change it. Allow it to yourself only: chmod 600 ${file}`);
    }
    const text = await handle.readFile("utf8");
    if (!content.test(text)) {
      throw unusable(
        file,
        "it isn't 32 bytes in base64. Bring it back from a copy: what it protects is lost without it",
      );
    }
    return Buffer.from(text, "base64");
  } finally {
    await handle.close();
  }
}

/**
 * Written aside, brought to the disk and linked: a host that is killed meanwhile leaves no half a key, and a key that
 * another host has written in the meantime stays.
 */
async function writeKey(file: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  const handle = await open(aside, "wx", onlyOwner);
  try {
    await handle.writeFile(`${randomBytes(keyBytes).toString("base64")}\n`);
    await handle.sync();
    await link(aside, file).catch(ignoreExisting);
  } finally {
    await handle.close();
    await rm(aside, { force: true });
  }
}

function unusable(file: string, reason: string): GatehouseError {
  return new GatehouseError("internal", `The master key in ${file} can't be used: ${reason}.`);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}
