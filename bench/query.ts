import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { BedrockAgentCoreControlClient } from "@aws-sdk/client-bedrock-agentcore-control";
import { queryClientOf } from "@gatehouse/apply/observe/queryClient.ts";
import type { DecisionPage } from "@gatehouse/core/observability/query/answers.ts";
import { request } from "./load.ts";
import { peers } from "./peers/start.ts";
import { round, summary } from "./statistics.ts";

const calls = 400;
const callsPerSecond = 20;
const patienceMilliseconds = 30_000;

/** What the peer says of itself. */
interface Peer {
  readonly url: string;
  readonly region: string;
  readonly administrator: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly gateway: { readonly id: string; readonly url: string };
  readonly token: string;
}

/** From the moment a call is sent until the query API answers with its decision; and how long the API takes for an answer. */
export async function benchQuery() {
  const { start, stop } = peers();
  try {
    const peer = JSON.parse(await start("control")) as Peer;
    const { url: endpoint, region, administrator: credentials } = peer;
    const client = new BedrockAgentCoreControlClient({ endpoint, region, credentials });
    const ask = queryClientOf(endpoint, client);
    const queryable = await timeUntilQueryable(peer, ask);
    const paths = {
      "a page of 100 decisions": () => ask("/decisions", { gateway: peer.gateway.id }),
      "counts of a day by tool and decision": () =>
        ask("/aggregates", { gateway: peer.gateway.id, groupBy: ["tool", "decision"] }),
    };
    const answers: Record<string, unknown> = {};
    for (const [name, act] of Object.entries(paths)) answers[name] = await timed(act);
    client.destroy();
    return {
      unit: "milliseconds",
      calls,
      callsPerSecond,
      "from call to queryable (goal: p99 2,000)": queryable,
      answers,
    };
  } finally {
    await stop();
  }
}

async function timeUntilQueryable({ gateway, token }: Peer, ask: ReturnType<typeof queryClientOf>) {
  const agent = new Agent({ keepAlive: true });
  const from = new Date(Date.now() - 60_000).toISOString();
  const sent = new Map<string, number>();
  const latencies = new Map<string, number>();
  const call = async () => {
    const startedAt = performance.now();
    const params = { name: "Up___echo", arguments: { text: "bench" } };
    const text = await request({ url: gateway.url, token }, agent, "tools/call", params);
    const decisionId = /"gatehouse\/decisionId":"([^"]+)"/.exec(text)?.[1];
    if (decisionId === undefined) throw new Error(`The call has no decision: ${text.slice(0, 300)}`);
    sent.set(decisionId, startedAt);
  };
  const calling = (async () => {
    for (let index = 0; index < calls; index++) {
      await Promise.all([call(), delay(1_000 / callsPerSecond)]);
    }
    return performance.now() + patienceMilliseconds;
  })();
  let until = Number.POSITIVE_INFINITY;
  calling.then(
    (time) => {
      until = time;
    },
    () => {
      until = 0;
    },
  );
  while (latencies.size < calls && performance.now() < until) {
    const answer = await ask("/decisions", { gateway: gateway.id, from, maxResults: 100 });
    const { decisions } = (await answer.json()) as DecisionPage; // Made by the schema that its type comes from.
    const now = performance.now();
    for (const { decisionId } of decisions) {
      const startedAt = sent.get(decisionId);
      if (startedAt !== undefined && !latencies.has(decisionId)) latencies.set(decisionId, now - startedAt);
    }
    await delay(20);
  }
  await calling;
  agent.destroy();
  if (latencies.size < calls) throw new Error(`Of ${calls} decisions, ${latencies.size} can be asked for.`);
  return rounded([...latencies.values()]);
}

async function timed(act: () => Promise<Response>) {
  const samples: number[] = [];
  for (let index = 0; index < 220; index++) {
    const startedAt = performance.now();
    await (await act()).text();
    if (index >= 20) samples.push(performance.now() - startedAt);
  }
  return rounded(samples);
}

function rounded(samples: readonly number[]) {
  const { p50, p99 } = summary(samples);
  return { p50: round(p50), p99: round(p99) };
}
