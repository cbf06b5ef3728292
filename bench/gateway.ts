import { compare, type Measured } from "./load.ts";
import { peers } from "./peers/start.ts";
import { round } from "./statistics.ts";

/** tools/call straight to an MCP server, through a bare proxy of the MCP SDK, and through Gatehouse. */
export async function benchGateway() {
  const { start, stop } = peers();
  try {
    const upstream = await start("upstream");
    const proxy = await start("proxy", upstream);
    const { url, token } = JSON.parse(await start("gatehouse", upstream)) as { url: string; token: string };
    const subjects = [
      { name: "direct", url: upstream, tool: "echo" },
      { name: "bare SDK proxy", url: proxy, tool: "echo" },
      { name: "gatehouse", url, tool: "Up___echo", token },
    ];
    const results: Record<string, unknown> = {};
    for (const concurrency of [1, 16]) {
      const measured = await compare(subjects, { concurrency, calls: 1_000, rounds: 5 });
      results[`concurrency ${concurrency}`] = { ...measured, ...added(measured) };
    }
    return { unit: "milliseconds", ...results };
  } finally {
    await stop();
  }
}

function added(measured: Record<string, Measured>) {
  const { direct, gatehouse, "bare SDK proxy": proxy } = measured;
  if (direct === undefined || gatehouse === undefined || proxy === undefined) return {};
  return {
    "added p50 (goal: at most 1 ms)": round(gatehouse.p50 - direct.p50, 3),
    "added p99 (goal: at most 5 ms)": round(gatehouse.p99 - direct.p99, 3),
    "p50 gatehouse / direct": round(gatehouse.p50 / direct.p50, 2),
    "p50 gatehouse / bare SDK proxy": round(gatehouse.p50 / proxy.p50, 2),
    "share of direct calls a second": round(gatehouse.callsPerSecond / direct.callsPerSecond, 2),
  };
}
