import { conversationOf } from "@gatehouse/core/evaluation/conversations/conversationOf.ts";
import { evaluateSubjects } from "@gatehouse/core/evaluation/evaluate.ts";
import type { Evaluator, Judge } from "@gatehouse/core/evaluation/evaluator.ts";
import { builtinEvaluator } from "@gatehouse/core/evaluation/evaluators/builtin.ts";
import { openAiStructured } from "@gatehouse/core/model/openAiStructured.ts";
import type { Span } from "@gatehouse/core/observability/spans/span.ts";
import { round, type Summary, summary } from "../statistics.ts";
import { instantModel, judgesBefore } from "./judge.ts";
import { type SessionSize, sessionSpans } from "./session.ts";

const sizes: readonly (SessionSize & { readonly samples: number })[] = [
  { turns: 1, samples: 500 },
  { turns: 10, samples: 300 },
  { turns: 100, samples: 100 },
];
const warmUp = 15;
const { signal } = new AbortController();

/**
 * From the spans of a session to a verdict about it, in milliseconds: with a model that takes no time in this process, with
 * one behind HTTP, and the naive way to the same server, which is all spans in a prompt.
 * @param url of a server that answers at once.
 */
export async function measureOverhead(url: string) {
  const evaluator = requireEvaluator("Builtin.GoalSuccessRate");
  const inProcess = judgesBefore(instantModel).judge;
  const overHttp = judgesBefore(openAiStructured({ url: `${url}/v1`, modelId: "instant" })).judge;
  const rows: object[] = [];
  for (const { samples, ...size } of sizes) {
    const spans = sessionSpans("session", size);
    const times = { http: [] as Steps[], process: [] as number[], naive: [] as number[] };
    let sent = { ours: 0, naive: 0 };
    for (let sample = 0; sample < warmUp + samples; sample++) {
      // In turn, so that a machine that slows down slows all of them alike; and not right after the naive way what the server
      // has to clear up after it.
      const naive = await naively(spans, url);
      const process = await evaluated(spans, evaluator, inProcess);
      const http = await evaluated(spans, evaluator, overHttp);
      sent = { ours: http.bytes, naive: naive.bytes };
      if (sample < warmUp) continue;
      times.http.push(http);
      times.process.push(process.all);
      times.naive.push(naive.all);
    }
    const [ours, naive] = [summary(times.http.map(({ all }) => all)), summary(times.naive)];
    rows.push({
      turns: size.turns,
      spans: spans.length,
      kilobytes: Math.round(Buffer.byteLength(JSON.stringify(spans)) / 1_000),
      conversation: rounded(times.http.map(({ conversation }) => conversation)),
      material: rounded(times.http.map(({ material }) => material)),
      "judge's client": rounded(times.http.map(({ asking }) => asking)),
      "all, model in process": rounded(times.process),
      "all, model behind HTTP": roundedSummary(ours),
      naive: roundedSummary(naive),
      "ours / naive": roundedSummary({ p50: ours.p50 / naive.p50, p99: ours.p99 / naive.p99 }),
      "kilobytes sent": { ours: Math.round(sent.ours / 1_000), naive: Math.round(sent.naive / 1_000) },
    });
  }
  return rows;
}

/** How long each step of an evaluation has taken, in milliseconds. */
interface Steps {
  readonly conversation: number;
  /** Choosing, rendering and fitting what the judge is shown. */
  readonly material: number;
  readonly asking: number;
  readonly all: number;
  /** Of the question. */
  readonly bytes: number;
}

async function evaluated(spans: readonly Span[], evaluator: Evaluator, judge: Judge): Promise<Steps> {
  let [asking, bytes] = [0, 0];
  const timed: Judge = {
    ...judge,
    async ask(question) {
      const startedAt = performance.now();
      const answer = await judge.ask(question);
      asking = performance.now() - startedAt;
      bytes = Buffer.byteLength(question.instructions) + Buffer.byteLength(question.material);
      return answer;
    },
  };
  const startedAt = performance.now();
  const conversation = conversationOf(spans, "session");
  const readAt = performance.now();
  const [result] = await evaluateSubjects({ evaluator, conversation }, { judge: timed, signal });
  const endedAt = performance.now();
  if (result?.label === undefined) throw new Error(`There is no verdict: ${result?.errorMessage}`);
  return {
    conversation: readAt - startedAt,
    material: endedAt - readAt - asking,
    asking,
    all: endedAt - startedAt,
    bytes,
  };
}

/** As one would first write it: everything that is there in one prompt. */
async function naively(spans: readonly Span[], url: string): Promise<{ readonly all: number; readonly bytes: number }> {
  const startedAt = performance.now();
  const question = `Did the agent reach the goals of its user? Answer with {"reasoning": ..., "label": "Yes" or "No"}.`;
  const content = `${question}\n\n${JSON.stringify(spans)}`;
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "instant", temperature: 0, messages: [{ role: "user", content }] }),
  });
  const { choices } = (await response.json()) as { choices: readonly { message: { content: string } }[] };
  const { label } = JSON.parse(choices[0]?.message.content ?? "");
  const all = performance.now() - startedAt;
  if (label !== "Yes") throw new Error(`There is no verdict: ${label}`);
  return { all, bytes: Buffer.byteLength(content) };
}

export function requireEvaluator(id: string): Evaluator {
  const evaluator = builtinEvaluator(id);
  if (evaluator === undefined) throw new Error(`There is no evaluator ${id}.`);
  return evaluator;
}

function rounded(samples: readonly number[]): Summary {
  return roundedSummary(summary(samples));
}

function roundedSummary({ p50, p99 }: Summary): Summary {
  return { p50: round(p50, 2), p99: round(p99, 2) };
}
