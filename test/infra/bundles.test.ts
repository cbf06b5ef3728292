import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEnvironment } from "@gatehouse/functions/testing/lambda/environment.ts";
import { topology } from "@gatehouse/functions/topology.ts";
import { playDemo } from "@gatehouse/local/demo/play.ts";
import { ownVenue } from "@gatehouse/local/demo/scene.ts";
import { processFunctions } from "@gatehouse/local/testing/processFunctions.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensurePlatform } from "../../scripts/sst-platform.ts";
import { account, region } from "./synth/graph.ts";
import { type Uploaded, upload } from "./uploaded.ts";

const platform = await ensurePlatform();
if (!platform.available) console.warn(`The bundles are not tested: ${platform.reason}.`);

describe.skipIf(!platform.available)("what is uploaded", () => {
  let folder: string;
  let uploaded: Uploaded;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gatehouse-bundles-"));
    uploaded = await upload(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(Object.entries(topology.functions))("%s starts as deployed", async (key, bounds) => {
    const { name, variables: environment } = uploaded.deployed(key);
    const { memoryMegabytes, timeoutSeconds } = bounds;
    const { bootstrap, code } = uploaded;
    const place = { region, accountId: account };
    const fn = { name, environment, bootstrap, folder: join(code, key), memoryMegabytes, timeoutSeconds, ...place };
    const started = await startEnvironment(fn);
    expect(started.idle).toBe(true);
    await started.stop();
  });

  test("the gateway has at most 1.5 MB of JavaScript", async () => {
    const { size } = await stat(join(uploaded.code, "gateway", "index.mjs"));
    expect(size).toBeLessThanOrEqual(1_500_000);
  });

  test("plays the demo in processes behind the Runtime API, on the embedded engine", async () => {
    const output: string[] = [];
    await using functions = processFunctions({ ...uploaded, onOutput: (line) => output.push(line) });
    await playDemo(
      () => {},
      () => ownVenue({ loadFunction: functions.load }),
    );
    for (const name of ["gateway", "control", "record"]) {
      expect(functions.running.get(name)?.environments, name).not.toEqual([]);
    }
    expect(output).toEqual([]);
  });
});
