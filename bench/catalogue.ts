import { Agent } from "node:http";
import { compare, request, run } from "./load.ts";
import { peers } from "./peers/start.ts";
import { round, summary } from "./statistics.ts";

const calls = 100_000;
const samples = 10;

/** 100 targets of 100 tools: a list, a search and a call; and whether memory stays flat while 100,000 calls are made. */
export async function benchCatalogue() {
  const { start, ask, stop } = peers();
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  try {
    const entrance: { url: string; token: string } = JSON.parse(
      await start("catalogue", await start("upstream", "100")),
    );
    const tool = "Target42___tool_42";
    const search = { ...entrance, tool: "x_amz_bedrock_agentcore_search" };
    const times = async (count: number, once: (index: number) => Promise<unknown>) => {
      const first = await timed(() => once(0));
      const later: number[] = [];
      for (let index = 1; index <= count; index++) later.push(await timed(() => once(index)));
      const { p50, p99 } = summary(later);
      return { first: round(first), p50: round(p50, 2), p99: round(p99, 2) };
    };
    const operations = {
      list: await times(20, () => request(entrance, agent, "tools/list", {})),
      search: await times(100, (index) =>
        request(search, agent, "tools/call", { name: search.tool, arguments: { query: `number ${index % 100}` } }),
      ),
    };
    const measured = await compare([{ name: "call", ...entrance, tool }], { concurrency: 1, calls: 500, rounds: 3 });
    const memory = [];
    for (let sample = 0; sample <= samples; sample++) {
      if (sample > 0) await run({ name: "call", ...entrance, tool }, agent, 16, calls / samples);
      const { heapMegabytes, residentMegabytes } = JSON.parse(await ask("catalogue", "memory"));
      memory.push({
        calls: (calls / samples) * sample,
        heap: round(heapMegabytes),
        resident: round(residentMegabytes),
      });
    }
    return {
      unit: "milliseconds; megabytes",
      "100 targets of 100 tools": { ...operations, ...measured },
      memory,
      "heap after 100,000 calls / after 50,000 (flat: 1)": round(
        (memory.at(-1)?.heap ?? 0) / (memory[samples / 2]?.heap ?? 1),
        3,
      ),
    };
  } finally {
    agent.destroy();
    await stop();
  }
}

async function timed(once: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await once();
  return performance.now() - start;
}
