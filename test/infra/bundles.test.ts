import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { topology } from "../../packages/functions/src/topology.ts";
import { ensurePlatform } from "../../scripts/sst-platform.ts";
import { named, physical } from "./checks/find.ts";
import { type Graph, region } from "./synth/graph.ts";
import { unzip } from "./synth/unzip.ts";
import { synthesize } from "./synth.ts";

const platform = await ensurePlatform();
if (!platform.available) console.warn(`The bundles are not tested: ${platform.reason}.`);

/** Stands for the part of Lambda's Node runtime that loads a function: it says what kind of handler it has found. */
const loader = `
  const streaming = new Set();
  globalThis.awslambda = { streamifyResponse: (handler) => (streaming.add(handler), handler) };
  const { handler } = await import(process.argv[1]);
  console.log(JSON.stringify({ type: typeof handler, streams: streaming.has(handler) }));
  process.exit();`;

describe.skipIf(!platform.available)("what is uploaded", () => {
  let folder: string;
  let graph: Graph;
  beforeAll(async () => {
    // Outside of the project, so that nothing is found in its node_modules.
    folder = await mkdtemp(join(tmpdir(), "gatehouse-bundles-"));
    graph = await synthesize({ stage: "production", bundles: true, archives: folder });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(Object.entries(topology.functions))("%s starts in Node 24 by itself", async (name, definition) => {
    const component = name.charAt(0).toUpperCase() + name.slice(1);
    const files = await unzip(join(folder, component, "code.zip"), join(folder, component));
    const wasm = files.filter((file) => file.endsWith(".wasm"));
    expect(wasm).toHaveLength("loadsCedar" in definition ? 2 : 0);

    const { environment } = named(graph, "lambda/function", physical(graph, name)) ?? {};
    const env = {
      ...environment.variables,
      PATH: process.env.PATH,
      AWS_REGION: region,
      AWS_LAMBDA_FUNCTION_NAME: physical(graph, name),
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    };
    const bundle = join(folder, component, "bundle.mjs");
    const args = ["--input-type=module", "-e", loader, bundle];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, env });
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual({
      type: "function",
      streams: "streams" in definition,
    });
  });

  test("no bundle is larger than Lambda takes without an archive of 50 MB", () => {
    for (const { handler, bytes, errors } of graph.builds) {
      expect(errors, handler).toEqual([]);
      expect(bytes, handler).toBeLessThan(10_000_000);
    }
  });
});
