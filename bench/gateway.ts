import { beginSession, compare, type Measured, type Subject } from "./load.ts";
import { peers } from "./peers/start.ts";
import { round } from "./statistics.ts";

/**
 * tools/call straight to an MCP server, through Gatehouse with ten policies and without, and through three peers: a proxy that
 * copies what it gets, a bare proxy of the MCP SDK, and supergateway, which has its server on standard input and output.
 */
export async function benchGateway() {
  const { start, startSupergateway, stop } = peers();
  try {
    const upstream = await start("upstream");
    const plain = await start("plainProxy", upstream);
    const proxy = await start("proxy", upstream);
    const supergateway = await startSupergateway();
    const gatehouse = JSON.parse(await start("gatehouse", upstream)) as Record<"enforcing" | "open", Entrance>;
    const subjects: Subject[] = [
      { name: "direct", url: upstream, tool: "echo" },
      { name: "plain HTTP proxy", url: plain, tool: "echo" },
      { name: "bare SDK proxy", url: proxy, tool: "echo" },
      ...(supergateway === undefined
        ? []
        : [{ name: "supergateway", url: supergateway, tool: "echo", session: await beginSession(supergateway) }]),
      { name: "gatehouse", ...gatehouse.enforcing, tool: "Up___echo" },
      { name: "gatehouse without policies", ...gatehouse.open, tool: "Up___echo" },
    ];
    const results: Record<string, unknown> = {};
    for (const concurrency of [1, 16]) {
      const measured = await compare(subjects, { concurrency, calls: 1_000, rounds: 5 });
      results[`concurrency ${concurrency}`] = { ...measured, ...added(measured) };
    }
    const missing = supergateway === undefined ? { supergateway: "not measured: npm could not fetch it" } : {};
    return { unit: "milliseconds", ...missing, ...results };
  } finally {
    await stop();
  }
}

/** Where a gateway is, and as whom it is called. */
interface Entrance {
  readonly url: string;
  readonly token: string;
}

function added(measured: Record<string, Measured>) {
  const { direct, gatehouse, "bare SDK proxy": proxy, "plain HTTP proxy": plain } = measured;
  if (direct === undefined || gatehouse === undefined || proxy === undefined || plain === undefined) return {};
  return {
    "p50 added by a plain HTTP proxy, which looks at nothing": round(plain.p50 - direct.p50, 3),
    "added p50 (goal at concurrency 1: below 0.6 ms)": round(gatehouse.p50 - direct.p50, 3),
    "added p99 (goal: at most 5 ms)": round(gatehouse.p99 - direct.p99, 3),
    "p50 gatehouse / direct": round(gatehouse.p50 / direct.p50, 2),
    "p50 gatehouse / bare SDK proxy": round(gatehouse.p50 / proxy.p50, 2),
    "share of direct calls a second": round(gatehouse.callsPerSecond / direct.callsPerSecond, 2),
  };
}
