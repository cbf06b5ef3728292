import assert from "node:assert/strict";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { replayLines } from "@gatehouse/core/policy/replay/replayLines.ts";
import { after, calls, changesBetween, configuration, policiesOf, before as rules } from "./replayExample.ts";
import { round } from "./statistics.ts";

/** As many calls as are to be replayed in two minutes on two cores. */
const recorded = 1_000_000;

/** A million recorded calls in a file, replayed against a change of the policies on one core and on two. */
export async function benchReplay() {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-bench-"));
  try {
    const file = join(folder, "calls.ndjson");
    await pipeline(Readable.from(linesOf(recorded)), createWriteStream(file));
    const expected = changesBetween(recorded, rules, after);
    const runs = [];
    for (const workers of [1, 2]) runs.push(await measure(file, workers, expected));
    const [one, two] = runs;
    return {
      calls: recorded,
      fileMegabytes: round((await stat(file)).size / 2 ** 20),
      policies: policiesOf(after).length,
      changes: expected.newlyAllowed + expected.newlyDenied,
      runs,
      ratios: {
        "seconds on two cores (goal: at most 120)": two?.seconds,
        "one worker / two": round((one?.seconds ?? Number.NaN) / (two?.seconds ?? Number.NaN), 2),
      },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measure(file: string, workers: number, expected: object) {
  let peak = 0;
  const onProgress = () => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const started = performance.now();
  const before = process.cpuUsage();
  const source = createReadStream(file, { highWaterMark: 256 * 1024 });
  const report = await replayLines({ source, workers, onProgress, configuration, candidate: policiesOf(after) });
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(before);
  const { unchanged, newlyAllowed, newlyDenied, notReplayable } = report;
  // What was replayed wrongly needs no time.
  assert.deepEqual({ unchanged, newlyAllowed, newlyDenied, notReplayable }, { ...expected, notReplayable: 0 });
  return {
    workers,
    seconds: round(seconds),
    callsASecond: Math.round(recorded / seconds),
    processorMicrosecondsACall: round((user + system) / recorded),
    peakMegabytes: round(peak / 2 ** 20),
  };
}

function* linesOf(number: number): Generator<string> {
  let lines = "";
  for (const call of calls(number)) {
    lines += `${JSON.stringify(call)}\n`;
    if (lines.length < 256 * 1024) continue;
    yield lines;
    lines = "";
  }
  yield lines;
}
