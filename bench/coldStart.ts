import { readFile } from "node:fs/promises";
import { startEnvironment, type UploadedFunction } from "@gatehouse/functions/testing/lambda/environment.ts";
import { percentile } from "./statistics.ts";

/** What one cold start of a function has taken. */
export interface ColdStart {
  readonly initMilliseconds: number;
  readonly initProcessorMilliseconds: number;
  readonly firstMilliseconds: number;
  readonly firstProcessorMilliseconds: number;
  /** One of the calls that follow it; the median. */
  readonly nextMilliseconds: number;
  /** A call in a process that has answered hundreds. */
  readonly warmProcessorMilliseconds: number;
  readonly peakMegabytes: number;
}

const nextCalls = 40;
const warmCalls = { before: 300, counted: 100 };

/**
 * Starts each function several times, all of them in turn.
 * @param calls the event that a function is called with, for those that are.
 */
export async function coldStarts(
  functions: Readonly<Record<string, UploadedFunction>>,
  { runs, calls }: { readonly runs: number; readonly calls: Readonly<Record<string, unknown>> },
): Promise<Record<string, ColdStart[]>> {
  const started: Record<string, ColdStart[]> = {};
  for (let run = 0; run < runs; run++) {
    for (const [name, fn] of Object.entries(functions)) {
      started[name] ??= [];
      started[name].push(await coldStart(fn, calls[name]));
    }
  }
  return started;
}

async function coldStart(fn: UploadedFunction, event: unknown): Promise<ColdStart> {
  const environment = await startEnvironment(fn);
  try {
    const { pid, initMilliseconds } = environment;
    const initProcessorMilliseconds = await processorMilliseconds(pid);
    const call = async () => {
      const startedAt = performance.now();
      requireSuccess(await environment.invoke(event));
      return performance.now() - startedAt;
    };
    const called = event !== undefined;
    const firstMilliseconds = called ? await call() : 0;
    const afterFirst = await processorMilliseconds(pid);
    const times = async (count: number) => {
      const taken: number[] = [];
      for (let index = 0; called && index < count; index++) taken.push(await call());
      return taken;
    };
    const next = await times(nextCalls);
    await times(warmCalls.before - nextCalls);
    const beforeWarm = await processorMilliseconds(pid);
    await times(warmCalls.counted);
    return {
      initMilliseconds,
      initProcessorMilliseconds,
      firstMilliseconds,
      firstProcessorMilliseconds: afterFirst - initProcessorMilliseconds,
      nextMilliseconds: percentile(next, 0.5),
      warmProcessorMilliseconds: ((await processorMilliseconds(pid)) - beforeWarm) / warmCalls.counted,
      peakMegabytes: await peakMegabytes(pid),
    };
  } finally {
    await environment.stop();
  }
}

function requireSuccess(answer: unknown): void {
  const { statusCode, body } = answer as { statusCode?: number; body?: string };
  const failed = statusCode !== 200 || body?.includes('"isError":true') || body?.includes('"error"');
  if (failed) throw new Error(`The call failed: ${statusCode} ${body?.slice(0, 300)}`);
}

/** The processor time of a process so far, which Linux counts in hundredths of a second. */
async function processorMilliseconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The most memory that a process has had. */
async function peakMegabytes(pid: number): Promise<number> {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1_024;
}

/** API Gateway's event of a tools/call of 2026-07-28 that the insurance example allows. */
export function toolCall(gatewayId: string, token: string) {
  const name = "ApplicationToolTarget___create_application";
  const body = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: {
      name,
      arguments: { applicant_region: "US", coverage_amount: 1_000_000 },
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1.0.0" },
      },
    },
  });
  return {
    httpMethod: "POST",
    path: `/gateways/${gatewayId}/mcp`,
    pathParameters: { gatewayId },
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      "MCP-Protocol-Version": "2026-07-28",
      "Mcp-Method": "tools/call",
      "Mcp-Name": name,
      Authorization: `Bearer ${token}`,
    },
    multiValueHeaders: null,
    body,
    isBase64Encoded: false,
    requestContext: { requestId: "bench", identity: { sourceIp: "127.0.0.1" } },
  };
}
