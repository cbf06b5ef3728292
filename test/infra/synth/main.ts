import crypto, { randomBytes } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Resource, SynthesisOptions } from "./graph.ts";
import { region } from "./graph.ts";
import { type Pulumi, recordResources, startMocks } from "./mocks.ts";
import { loadApp, runProgram, temporaryPrefix } from "./program.ts";
import { startServer } from "./server.ts";

const options = JSON.parse(process.argv[2] ?? "") as SynthesisOptions & { root: string; work: string };
const { root, work, stage } = options;
const platform = join(root, ".sst", "platform");
const require = createRequire(join(platform, "package.json"));

function fail(error: unknown): never {
  console.error(error);
  process.exit(1);
}
process.on("unhandledRejection", fail);
process.on("uncaughtException", fail);
process.on("exit", () => {
  for (const file of readdirSync(platform)) {
    if (file.startsWith(temporaryPrefix)) rmSync(join(platform, file));
  }
});

// Pulumi's mocks make ids of eight random bytes; without them a graph is the same each time.
crypto.randomBytes = ((size: number, callback?: never) =>
  size === 8 && callback === undefined ? Buffer.alloc(8) : randomBytes(size, callback as never)) as typeof randomBytes;

const app = await loadApp({ ...options, platform });
const settled = { ...app, stage, removal: app.removal ?? "retain", protect: app.protect ?? false };
const resources: Resource[] = [];

process.env.SST_SERVER = await startServer();
const pulumi = require("@pulumi/pulumi") as Pulumi;
recordResources(require, pulumi, resources);
await startMocks(pulumi, settled);
await pulumi.runtime.runInPulumiStack(() =>
  runProgram({ ...options, platform, app: { ...settled, providers: { aws: { ...app.providers?.aws, region } } } }),
);

// Nothing is left to do: everything that was asked for is there, or never will be.
process.once("beforeExit", () => {
  const [unsettled, message] = (require("@pulumi/pulumi/runtime/debuggable") as Debuggable).leakedPromises();
  if (unsettled.size > 0) fail(new Error(`The program waits for what never comes: ${message}`));
  resources.sort((a, b) => (a.urn < b.urn ? -1 : 1));
  writeFileSync(join(work, "graph.json"), JSON.stringify({ app: settled, resources }));
});

interface Debuggable {
  leakedPromises(): [Set<unknown>, string];
}
