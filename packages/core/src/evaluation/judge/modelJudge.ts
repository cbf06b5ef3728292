import { GatehouseError } from "../../errors.ts";
import { type Asked, askForObject } from "../../model/askForObject.ts";
import type { StructuredModel } from "../../model/structured.ts";
import { costOf } from "../../observability/otlp/prices.ts";
import { EvaluationError, type Judge, type JudgeQuestion, type TokenUsage } from "../evaluator.ts";
import { answerTokens, besidesMaterial } from "./context.ts";
import { answerForm, systemPrompt } from "./prompt.ts";
import { type JudgedAs, readVerdict } from "./verdict.ts";
import { withoutJudgedText } from "./withoutJudgedText.ts";

/** How a model is asked for verdicts. */
export interface ModelJudgeOptions {
  /** What the model reads and writes at most in one question, in tokens, 8,192 or more: 32,768 if absent. */
  readonly contextTokens?: number;
  /** 0 if absent. A model that refuses it is asked without. */
  readonly temperature?: number;
}

/** A judge that asks one model, each question by itself. */
export function modelJudge(model: StructuredModel, options: ModelJudgeOptions = {}): Judge {
  const { contextTokens = 32_768, temperature = 0 } = options;
  return {
    modelId: model.modelId,
    materialTokens: contextTokens - besidesMaterial,
    async ask(question) {
      const asked = await askedOf(model, question, temperature);
      if ("failure" in asked) throw failed(`The model ${model.modelId} ${asked.failure}`);
      const { inputTokens, outputTokens, value } = asked;
      const tokenUsage = { inputTokens, outputTokens };
      return { ...value, tokenUsage, ...costsOf(model, tokenUsage) };
    },
  };
}

async function askedOf(model: StructuredModel, question: JudgeQuestion, temperature: number): Promise<Asked<JudgedAs>> {
  const { material, labels, signal, onUsed } = question;
  try {
    const request = {
      system: systemPrompt(question),
      messages: [{ role: "user", text: material }] as const,
      maxTokens: answerTokens,
      temperature,
      answer: answerForm(labels),
      signal,
    };
    return await askForObject(telling(model, onUsed), request, (object) => readVerdict(object, labels));
  } catch (error) {
    if (error instanceof EvaluationError) throw error;
    if (signal.aborted) throw failed(`The question to the model ${model.modelId} was cancelled.`);
    if (!(error instanceof GatehouseError)) throw error;
    // Without its cause, and without what an endpoint repeats of what it was asked (T18).
    throw failed(withoutJudgedText(error.message, material));
  }
}

/** A model that tells what it has used, answer by answer: of a question that fails nothing else would. */
function telling(model: StructuredModel, onUsed: JudgeQuestion["onUsed"]): StructuredModel {
  if (onUsed === undefined) return model;
  return {
    ...model,
    async answer(request) {
      const answer = await model.answer(request);
      const { inputTokens, outputTokens } = answer;
      const used = { inputTokens, outputTokens };
      onUsed({ modelId: model.modelId, ...used, ...costsOf(model, used) });
      return answer;
    },
  };
}

function failed(message: string): EvaluationError {
  return new EvaluationError("ModelFailed", message);
}

/** Nothing where the model has no price, or where its endpoint doesn't say what it has read. */
function costsOf(
  { provider, modelId }: StructuredModel,
  { inputTokens, outputTokens }: TokenUsage,
): { readonly costNanoDollars?: number } {
  if (provider === undefined || inputTokens + outputTokens === 0) return {};
  const cost = costOf({ provider, model: modelId, inputTokens, outputTokens, cacheReadTokens: 0, cacheWriteTokens: 0 });
  return cost === undefined ? {} : { costNanoDollars: cost };
}
