import { readFile, rename, writeFile } from "node:fs/promises";
import { GatehouseError, messageOf } from "@gatehouse/core/errors.ts";
import type { OAuth2Issuer } from "oauth2-mock-server";

/**
 * Gives the issuer its signing key: the one in the file, so that tokens survive a restart, or a new one, which is written
 * there for its owner's eyes only (mode 600).
 * @throws GatehouseError `internal` when the file is there but holds no key.
 */
export async function loadKey(issuer: OAuth2Issuer, file: string | undefined): Promise<void> {
  const text = file === undefined ? undefined : await readFile(file, "utf8").catch(ignoreMissing);
  if (text !== undefined) {
    await addKey(issuer, text).catch((error: unknown) => {
      throw new GatehouseError(
        "internal",
        `The development issuer's key in ${file} can't be used: ${messageOf(error)}. Delete the file to get a new one.`,
      );
    });
    return;
  }
  const key = await issuer.keys.generate("RS256");
  if (file === undefined) return;
  // Written aside and renamed: a host that is killed meanwhile leaves no half a key.
  const aside = `${file}.${process.pid}`;
  await writeFile(aside, JSON.stringify(key), { mode: 0o600 });
  await rename(aside, file);
}

async function addKey(issuer: OAuth2Issuer, text: string): Promise<void> {
  await issuer.keys.add(JSON.parse(text));
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
