import { existsSync } from "node:fs";
import { mkdir, mkdtempDisposable, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { keptFolder } from "./kept.ts";

const options = { stage: "fiona" };

async function write(root: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

test("what is kept is found again while its sources are the same, and never after any of them has changed", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-kept-"));
  const root = folder.path;
  const found = [await keptFolder(root, options)];
  const changes = ["sst.config.ts", "package-lock.json", "stacks/api.ts", "packages/core/src/deep/down.ts"];
  for (const path of [...changes, "scripts/bundle.ts", "examples/insurance/a.json", "test/infra/synth/mocks.ts"]) {
    for (const text of ["one", "two"]) {
      await write(root, path, text);
      found.push(await keptFolder(root, options));
    }
  }
  found.push(await keptFolder(root, { ...options, bundles: true }));
  expect(new Set(found).size).toBe(found.length);
  const last = await keptFolder(root, options);
  expect(last).toBe(found.at(-2));
  for (const path of ["packages/core/src/a.test.ts", "packages/core/node_modules/a/index.js", "docs/a.md"]) {
    await write(root, path, "one");
    expect(await keptFolder(root, options)).toBe(last);
  }
});

test("what is kept of other sources goes after a day", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-kept-"));
  const [old, young] = ["old", "young"].map((name) => join(folder.path, ".sst/synth/kept", name));
  for (const path of [old, young]) await mkdir(path ?? "", { recursive: true });
  const yesterday = new Date(Date.now() - 25 * 3_600_000);
  await utimes(old ?? "", yesterday, yesterday);
  const own = dirname(await keptFolder(folder.path, options));
  await utimes(own, yesterday, yesterday);
  await keptFolder(folder.path, options);
  expect([old, young, own].map((path) => existsSync(path ?? ""))).toEqual([false, true, true]);
});
