import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setUpInsurance } from "@gatehouse/example-insurance/setup.ts";
import { users } from "@gatehouse/example-insurance/users.ts";
import type { UploadedFunction } from "@gatehouse/functions/testing/lambda/environment.ts";
import { topology } from "@gatehouse/functions/topology.ts";
import { ownVenue } from "@gatehouse/local/demo/scene.ts";
import { uploadedFunction } from "@gatehouse/local/testing/processFunctions.ts";
import { build } from "esbuild";
import { type Bundle, bundle, bytesAtStart, forLambda, functionEntries } from "../scripts/bundle.ts";
import { type ColdStart, coldStarts, toolCall } from "./coldStart.ts";
import { cpuShare } from "./scale/demand.ts";
import { defaultModel } from "./scale/model.ts";
import { costOf, prices } from "./scale/prices.ts";
import { percentile, round } from "./statistics.ts";

const runs = 9;
const { targetMilliseconds } = defaultModel;

/**
 * Each function as it is uploaded, in a process that speaks Lambda's Runtime API: its size, how long it takes to start, and
 * what it takes. Of the gateway also the first call and the next, with the insurance example in ENFORCE.
 */
export async function benchFunctions() {
  const code = await mkdtemp(join(tmpdir(), "gatehouse-functions-"));
  const source = (path: string) => new URL(import.meta.resolve(path)).pathname;
  const bootstrap = source("@gatehouse/functions/testing/lambda/bootstrap.ts");
  await using venue = await ownVenue();
  try {
    const bundles = await bundle({ ...functionEntries(), bootstrap, peer: source("./peers/sdkHandler.ts") }, code);
    const naiveBytes = await naively(functionEntries().gateway ?? "", join(code, "naive"), bundles);
    const options = { code, bootstrap: join(code, "bootstrap", "index.mjs") };
    const { gatewayId, audience } = await setUpInsurance({
      endpoint: venue.url,
      issuer: venue.idp.issuer,
      credentials: venue.administrator,
    });
    const { sub } = users.nobody;
    const token = await venue.idp.token({ sub, client_id: "bench", aud: audience });
    const call = toolCall(gatewayId, token);
    // In turn, so that a machine that slows down slows all of them alike.
    const started = await coldStarts(
      Object.fromEntries(
        [...Object.keys(topology.functions), "naive", "peer"].map((name) => [name, uploadedFunction(name, options)]),
      ) as Record<string, UploadedFunction>,
      { runs, calls: { gateway: call, naive: call, peer: call } },
    );
    return report(started, bundles, naiveBytes);
  } finally {
    await rm(code, { recursive: true });
  }
}

/** The gateway as esbuild bundles it when it is told nothing but Lambda's runtime. Gives its size when it starts, in bytes. */
async function naively(entry: string, folder: string, bundles: readonly Bundle[]): Promise<number> {
  const { metafile } = await build({
    entryPoints: { index: entry },
    outdir: folder,
    metafile: true,
    ...forLambda,
  });
  const gateway = bundles.find(({ name }) => name === "gateway");
  for (const file of gateway?.files ?? []) await copyFile(join(gateway?.folder ?? "", file), join(folder, file));
  return bytesAtStart(metafile);
}

function report(
  started: Readonly<Record<string, readonly ColdStart[]>>,
  bundles: readonly Bundle[],
  naiveBytes: number,
) {
  const median = (name: string, of: (start: ColdStart) => number) => percentile((started[name] ?? []).map(of), 0.5);
  const sizes = new Map([...bundles.map(({ name, bytes }) => [name, bytes] as const), ["naive", naiveBytes] as const]);
  const row = (name: string) => ({
    kilobytes: Math.ceil((sizes.get(name) ?? 0) / 1_000),
    initMilliseconds: round(median(name, (start) => start.initMilliseconds)),
    initProcessorMilliseconds: median(name, (start) => start.initProcessorMilliseconds),
    peakMegabytes: Math.round(median(name, (start) => start.peakMegabytes)),
  });
  const calls = (name: string) => ({
    ...row(name),
    firstCallMilliseconds: round(median(name, (start) => start.firstMilliseconds)),
    nextCallMilliseconds: round(
      median(name, (start) => start.nextMilliseconds),
      2,
    ),
    warmCallProcessorMilliseconds: round(
      median(name, (start) => start.warmProcessorMilliseconds),
      2,
    ),
  });
  const ratio = (name: string, value: (start: ColdStart) => number) =>
    round(median("gateway", value) / median(name, value), 2);
  return {
    "runs, each in a process of its own; medians": runs,
    functions: Object.fromEntries(Object.keys(topology.functions).map((name) => [name, row(name)])),
    gateway: { gatehouse: calls("gateway"), "bundled naively": calls("naive"), "bare SDK server": calls("peer") },
    "init of the gateway (goal: at most 300 ms)": round(median("gateway", (start) => start.initMilliseconds)),
    "first call of the gateway (goal: at most 500 ms)": round(median("gateway", (start) => start.firstMilliseconds)),
    "kilobytes of the gateway (goal: at most 1,500)": row("gateway").kilobytes,
    "init, gatehouse / bundled naively": ratio("naive", (start) => start.initMilliseconds),
    "init, gatehouse / bare SDK server": ratio("peer", (start) => start.initMilliseconds),
    "first call, gatehouse / bundled naively": ratio("naive", (start) => start.firstMilliseconds),
    "first call, gatehouse / bare SDK server": ratio("peer", (start) => start.firstMilliseconds),
    "memory of the gateway": memories(
      median("gateway", (start) => start.firstProcessorMilliseconds),
      median("gateway", (start) => start.warmProcessorMilliseconds),
    ),
  };
}

/** What less or more memory would mean, with the share of a processor that comes with it. */
function memories(firstProcessor: number, warmProcessor: number) {
  return [256, 512, 768, 1_024, 1_536, 1_769].map((megabytes) => {
    const share = cpuShare(megabytes);
    const seconds = (warmProcessor / share + targetMilliseconds) / 1_000;
    const perMillion = costOf(prices.lambdaDuration, 1_000_000 * seconds * (megabytes / 1_024));
    return {
      megabytes,
      firstCallMilliseconds: Math.round(firstProcessor / share),
      warmCallMilliseconds: round(warmProcessor / share, 1),
      [`dollars a million calls, target ${targetMilliseconds} ms`]: round(perMillion, 2),
    };
  });
}
