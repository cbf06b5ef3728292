import type { StructuredModel } from "../../model/structured.ts";
import type { Judge } from "../evaluator.ts";
import { type TokenBudget, withinBudget } from "./budget.ts";
import { cachedJudge, memoryCache, type VerdictCache } from "./cache.ts";
import type { TokenLimits } from "./countedBudget.ts";
import { modelJudge } from "./modelJudge.ts";
import { panel } from "./panel.ts";
import { processBudget } from "./processBudget.ts";

/** Who judges, and what it may use. */
export interface JudgesOptions extends TokenLimits {
  /** The models of the panel, those that are trusted most first; one is a judge by itself. */
  readonly modelIds: readonly [string, ...string[]];
  /** How often each of them is asked: once if absent. */
  readonly samples?: number;
  /** As `ModelJudgeOptions` has it. */
  readonly contextTokens?: number;
  /** Makes what asks a model. */
  readonly model: (modelId: string) => StructuredModel;
  /** Of this process's memory, by the limits, if absent. */
  readonly budget?: TokenBudget;
  /** In this process's memory if absent. */
  readonly cache?: VerdictCache;
}

/** The judges of a deployment, with one budget and one cache for all. */
export interface Judges {
  /** The deployment's own. */
  readonly judge: Judge;
  /** One that asks a model which somebody names, in place of the deployment's. */
  of(modelId: string): Judge;
}

/** At 0, every sample of a model would say the same. */
const temperatureOfMoreSamples = 0.7;
/** How many models that somebody has named are remembered. */
const mostRemembered = 100;

/** Makes the judges that some options describe. */
export function judgesOf(options: JudgesOptions): Judges {
  const { modelIds, samples = 1, contextTokens, model } = options;
  const { budget = processBudget(options), cache = memoryCache() } = options;
  const named = new Map<string, Judge>();

  function samplesOf(modelId: string): Judge[] {
    const asked = withinBudget(model(modelId), budget);
    return Array.from({ length: samples }, (_, sample) => {
      const judge = modelJudge(asked, {
        ...(contextTokens === undefined ? {} : { contextTokens }),
        temperature: sample === 0 ? 0 : temperatureOfMoreSamples,
      });
      return cachedJudge(judge, cache, sample);
    });
  }

  return {
    judge: panel(modelIds.flatMap(samplesOf)),
    of(modelId) {
      const known = named.get(modelId);
      if (known !== undefined) return known;
      if (named.size >= mostRemembered) named.clear();
      const judge = panel(samplesOf(modelId));
      named.set(modelId, judge);
      return judge;
    },
  };
}
