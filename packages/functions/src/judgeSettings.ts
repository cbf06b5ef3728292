import { leastContextTokens } from "@gatehouse/core/evaluation/judge/context.ts";
import * as z from "zod";

/** The environment variables of the judge. Where there is no model's id, nothing is judged. */
export const judgeVariables = z.object({
  /** The models that judge, those that are trusted most first: as the model that writes policies. */
  GATEHOUSE_JUDGE_MODEL_ID: z.string().min(1).optional(),
  GATEHOUSE_JUDGE_MODEL_URL: z.url().optional(),
  GATEHOUSE_JUDGE_MODEL_API_KEY: z.string().min(1).optional(),
  /** How often each of them is asked. */
  GATEHOUSE_JUDGE_SAMPLES: numberFrom(1, 9).optional(),
  /** What the smallest of them reads and writes at most. */
  GATEHOUSE_JUDGE_CONTEXT_TOKENS: numberFrom(leastContextTokens, 10_000_000).optional(),
  GATEHOUSE_JUDGE_TOKENS_PER_MINUTE: numberFrom(1, 1e12).optional(),
  GATEHOUSE_JUDGE_TOKENS_PER_DAY: numberFrom(1, 1e12).optional(),
});

function numberFrom(least: number, most: number) {
  return z.string().regex(/^\d+$/, "must be a whole number").transform(Number).pipe(z.number().min(least).max(most));
}

/** Who judges what agents do, and what that may use. */
export interface JudgeSettings {
  /** On Bedrock, unless an OpenAI-compatible address is named: a panel if there are several. */
  readonly modelIds: readonly [string, ...string[]];
  readonly url?: string;
  readonly apiKey?: string;
  readonly samples?: number;
  readonly contextTokens?: number;
  /** Of all functions of a deployment together; of a command by itself. */
  readonly tokensPerMinute?: number;
  readonly tokensPerDay?: number;
}

/** What the variables say of the judge; undefined where there is none. */
export function judgeSettingsOf(env: z.infer<typeof judgeVariables>): JudgeSettings | undefined {
  const [first, ...others] = modelIdsIn(env.GATEHOUSE_JUDGE_MODEL_ID ?? "");
  if (first === undefined) return undefined;
  return {
    modelIds: [first, ...others],
    ...given("url", env.GATEHOUSE_JUDGE_MODEL_URL),
    ...given("apiKey", env.GATEHOUSE_JUDGE_MODEL_API_KEY),
    ...given("samples", env.GATEHOUSE_JUDGE_SAMPLES),
    ...given("contextTokens", env.GATEHOUSE_JUDGE_CONTEXT_TOKENS),
    ...given("tokensPerMinute", env.GATEHOUSE_JUDGE_TOKENS_PER_MINUTE),
    ...given("tokensPerDay", env.GATEHOUSE_JUDGE_TOKENS_PER_DAY),
  };
}

/** What is wrong with what the variables say together; undefined if nothing is. */
export function complaintAboutJudge(env: z.infer<typeof judgeVariables>): string | undefined {
  const { GATEHOUSE_JUDGE_MODEL_ID: id, GATEHOUSE_JUDGE_MODEL_URL: url } = env;
  if (id === undefined) {
    if (url === undefined) return undefined;
    return "GATEHOUSE_JUDGE_MODEL_URL needs GATEHOUSE_JUDGE_MODEL_ID: the model's name at that address";
  }
  const ids = modelIdsIn(id);
  if (ids.length === 0) return "GATEHOUSE_JUDGE_MODEL_ID names no model";
  // The same model twice would agree with itself: samples are another setting.
  if (new Set(ids).size === ids.length) return undefined;
  return "GATEHOUSE_JUDGE_MODEL_ID names a model twice: to ask it several times, set GATEHOUSE_JUDGE_SAMPLES";
}

/** The variables that say what `judgeSettingsOf` reads, but for the address and its key, which hosts don't set. */
export function judgeEnvironmentOf(judge: JudgeSettings | undefined) {
  if (judge === undefined) return {};
  const { modelIds, samples, contextTokens, tokensPerMinute, tokensPerDay } = judge;
  return {
    GATEHOUSE_JUDGE_MODEL_ID: modelIds.join(","),
    ...given("GATEHOUSE_JUDGE_SAMPLES", samples?.toString()),
    ...given("GATEHOUSE_JUDGE_CONTEXT_TOKENS", contextTokens?.toString()),
    ...given("GATEHOUSE_JUDGE_TOKENS_PER_MINUTE", tokensPerMinute?.toString()),
    ...given("GATEHOUSE_JUDGE_TOKENS_PER_DAY", tokensPerDay?.toString()),
  };
}

/**
 * Reads the judge's variables alone, for commands that have no deployment.
 * @returns undefined where there is no judge.
 * @throws Error naming every variable that is malformed.
 */
export function readJudgeSettings(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): JudgeSettings | undefined {
  const parsed = judgeVariables
    .superRefine((env, context) => {
      const complaint = complaintAboutJudge(env);
      if (complaint !== undefined) context.addIssue({ code: "custom", message: complaint });
    })
    .safeParse(variables);
  if (!parsed.success) throw new Error(`The judge can't be set up.\n${z.prettifyError(parsed.error)}`);
  return judgeSettingsOf(parsed.data);
}

/** Neither ids nor ARNs of models have commas. */
function modelIdsIn(list: string): string[] {
  return list
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
}

/** A member where there is a value for it. */
function given<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [name in Name]?: Value } {
  // TypeScript widens computed names to string.
  return value === undefined ? {} : ({ [name]: value } as { readonly [name in Name]: Value });
}
