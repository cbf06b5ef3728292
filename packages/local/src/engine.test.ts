import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findBinary, startEngine } from "./engine.ts";
import { temporaryFolder } from "./testing/folder.ts";

const real = findBinary();

/** An engine that doesn't start the first time, for the reason that it gives. */
async function failingOnce(reason: string): Promise<string> {
  const folder = await temporaryFolder();
  const script = join(folder, "engine");
  const begun = join(folder, "begun");
  const lines = [
    "#!/bin/sh",
    `if [ ! -e "${begun}" ]; then`,
    `touch "${begun}"`,
    `echo "${reason}" >&2`,
    "exit 1",
    "fi",
  ];
  await writeFile(script, [...lines, `exec "${real}" "$@"`, ""].join("\n"));
  await chmod(script, 0o755);
  return script;
}

test
  .skipIf(real === undefined)
  .each([
    "error: port 1723 is already in use (detected listener on 127.0.0.1:1723).",
    "Address already in use (os error 98)",
  ])("an engine whose port was taken a moment ago is started on another: %s", async (reason) => {
  const engine = await startEngine(undefined, await failingOnce(reason));
  await engine.stop();
});

test.skipIf(real === undefined)("an engine that fails otherwise isn't started again, and says why", async () => {
  const binary = await failingOnce("error: the file is not a database");
  await expect(startEngine(undefined, binary)).rejects.toThrow("didn't start: error: the file is not a database.");
});
