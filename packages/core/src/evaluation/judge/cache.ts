import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import * as z from "zod";
import type { Judge, JudgeQuestion } from "../evaluator.ts";
import { systemPrompt } from "./prompt.ts";
import type { JudgedAs } from "./verdict.ts";

/** Keeps verdicts. Where it fails, the judge is asked. */
export interface VerdictCache {
  /** @param digest Of everything that the verdict depends on: 43 characters of base64url. */
  get(digest: string): Promise<unknown>;
  set(digest: string, verdict: JudgedAs): Promise<void>;
}

/** A cache in memory: so many verdicts, those that were used last. */
export function memoryCache(verdicts = 1_000): VerdictCache {
  const kept = new LRUCache<string, JudgedAs>({ max: verdicts });
  return {
    get: async (digest) => kept.get(digest),
    set: async (digest, verdict) => void kept.set(digest, verdict),
  };
}

/**
 * A judge that isn't asked the same question twice. An answer from the cache has used no tokens and costs nothing.
 *
 * @param sample Which of several samples of the same model it takes: each is another verdict.
 */
export function cachedJudge(judge: Judge, cache: VerdictCache, sample = 0): Judge {
  return {
    ...judge,
    async ask(question) {
      const digest = digestOf(judge.modelId, sample, question);
      const known = await recall(cache, digest, question.labels);
      if (known !== undefined) {
        return { ...known, tokenUsage: { inputTokens: 0, outputTokens: 0 }, costNanoDollars: 0 };
      }
      const answer = await judge.ask(question);
      // A verdict that was paid for isn't lost because it can't be kept.
      await cache.set(digest, { label: answer.label, explanation: answer.explanation }).catch(() => undefined);
      return answer;
    },
  };
}

/** Of model, instructions with the prompt around them, material and labels; JSON keeps them apart. */
function digestOf(modelId: string, sample: number, question: JudgeQuestion): string {
  const { material, labels } = question;
  const text = JSON.stringify([modelId, sample, systemPrompt(question), material, labels]);
  return createHash("sha256").update(text).digest("base64url");
}

const cached = z.object({ label: z.string(), explanation: z.string() });

async function recall(cache: VerdictCache, digest: string, labels: readonly string[]): Promise<JudgedAs | undefined> {
  const { data } = cached.safeParse(await cache.get(digest).catch(() => undefined));
  return data !== undefined && labels.includes(data.label) ? data : undefined;
}
