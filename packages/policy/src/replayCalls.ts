import { open } from "node:fs/promises";
import { replayLines } from "@gatehouse/core/policy/replay/replayLines.ts";
import type { ReplayReport } from "@gatehouse/core/policy/replay/report.ts";
import { exit, gatewayOptions, readArguments, variablesOf } from "./commandLine.ts";
import { readGateway, readPolicies } from "./engine.ts";
import { pathOf, unreadable } from "./files.ts";
import { inForce } from "./policies.ts";
import { printedReport } from "./printReport.ts";
import { UsageError } from "./problem.ts";
import { replayDeployed } from "./replayDeployed.ts";

const options = {
  ...gatewayOptions,
  policies: { type: "string", multiple: true, default: [] as string[] },
  against: { type: "string", multiple: true, default: ["recorded"] as string[] },
  "gateway-id": { type: "string" },
  from: { type: "string" },
  until: { type: "string" },
  endpoint: { type: "string" },
  workers: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

/** Replays recorded calls, and prints which of them would be decided otherwise. */
export async function replayCalls(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, options);
  const report = await reportOf(positionals, values);
  console.log(values.json ? JSON.stringify(report, null, 2) : printedReport(report));
  return report.newlyAllowed + report.newlyDenied === 0 ? exit.good : exit.found;
}

type Values = ReturnType<typeof readArguments<typeof options>>["values"];

function reportOf(files: readonly string[], values: Values): Promise<ReplayReport> {
  const [file] = files;
  const { "gateway-id": gatewayIdentifier, from, until, endpoint, policies, against } = values;
  if (gatewayIdentifier !== undefined && file === undefined) {
    const compared = isRecorded(against) ? "RECORDED" : "CURRENT";
    if (compared === "CURRENT" && against[0] !== "current") {
      throw new UsageError('--against takes "recorded" or "current" of a running Gatehouse.');
    }
    return replayDeployed({ gatewayIdentifier, from, until, endpoint, policies, against: compared });
  }
  if (file === undefined || files.length > 1) {
    throw new UsageError(
      "Name one file of recorded calls, or a running gateway: npm run policy -- replay CALLS --gateway FILE, or replay --gateway-id ID --from TIME",
    );
  }
  return replayFile(file, values);
}

/** Replays a file on this machine, with a gateway and policies from files. */
async function replayFile(file: string, { gateway: gatewayFile, ...values }: Values): Promise<ReplayReport> {
  if (gatewayFile === undefined) throw new UsageError("Say --gateway FILE: which tools the gateway has.");
  const variables = variablesOf(values.set);
  const found = await readGateway(gatewayFile, values["gateway-name"], variables);
  const { gateway } = found;
  if (gateway.hasUnknownTools) {
    throw new UsageError(`${gateway.name} has tools of MCP servers, which only a running Gatehouse knows.`);
  }
  const read = async (names: readonly string[]) => inForce(await readPolicies(names, found, variables));
  const candidate = values.policies.length === 0 ? inForce(gateway.policies) : await read(values.policies);
  const baseline = isRecorded(values.against) ? undefined : await read(values.against);
  return replayLines({
    source: await openCalls(file),
    candidate,
    baseline,
    configuration: gateway.configuration,
    workers: workersOf(values.workers),
    onProgress: progressOn(process.stderr),
  });
}

function isRecorded(against: readonly string[]): boolean {
  if (against.length > 1 && against.includes("recorded")) {
    throw new UsageError('--against takes "recorded" or files of policies, not both.');
  }
  return against[0] === "recorded";
}

/** The file's bytes, in chunks that keep threads busy for a while. @throws UsageError where there is no such file. */
async function openCalls(file: string): Promise<AsyncIterable<Uint8Array>> {
  try {
    const handle = await open(pathOf(file));
    if (!(await handle.stat()).isDirectory()) return handle.createReadStream({ highWaterMark: 256 * 1024 });
    await handle.close();
  } catch (error) {
    throw unreadable(file, error);
  }
  throw new UsageError(`${file} is a folder: name a file of recorded calls.`);
}

function workersOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (!/^[1-9]\d?$/.test(given)) throw new UsageError(`--workers takes a number from 1 to 99, not "${given}".`);
  return Number(given);
}

/** Tells whoever watches how far it is. */
function progressOn(stream: NodeJS.WriteStream): ((progress: { readonly calls: number }) => void) | undefined {
  if (!stream.isTTY) return undefined;
  return ({ calls }) => stream.write(`\r${calls.toLocaleString("en")} calls\r`);
}
