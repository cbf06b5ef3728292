import { GatehouseError } from "../../../errors.ts";
import type { ModelClient, ModelMessage } from "../../../model/model.ts";
import { oneLine } from "../../../model/oneLine.ts";
import type { GatewayConfiguration } from "../../../storage/records.ts";
import { buildSchema } from "../../schema/schema.ts";
import type { AuthoredStatement } from "../authored.ts";
import { type AnswerEntry, readAnswer } from "./answer.ts";
import { correctionFor, questionFor, systemPrompt } from "./prompt.ts";
import { reviewPolicy } from "./review.ts";
import { type ReviewedEntry, settle, spansIn } from "./settle.ts";
import { type SourceText, sourceOf, spansOf, textAt, uncovered } from "./source.ts";
import { vocabularyFor } from "./vocabulary.ts";

/** The longest text in characters, as AgentCore's model has it. */
export const longestText = 2_000;

/** Enough for the policies of the longest text, and not more than what small models are able to write. */
const maxTokens = 4_096;

/** The most of an answer that is shown to the model again. */
const longestEcho = 20_000;

/** What is to be translated, by whom. */
export interface ModelAuthoring {
  /** Statements in natural language, at most {@link longestText} characters. */
  readonly text: string;
  /** The gateway that the policies are for. */
  readonly configuration: GatewayConfiguration;
  readonly model: ModelClient;
  /** How often the model is asked at most: three times if absent. */
  readonly rounds?: number;
  readonly signal?: AbortSignal;
}

/**
 * Has a model translate a text into policies. What it answers is only text: each policy is parsed, validated strictly and
 * bound to the gateway, and what is wrong is told to the model, which may mend it in the next round. What is still wrong
 * then, and what the model leaves out, is not translated.
 *
 * @returns What became of each statement, in the text's order.
 * @throws {GatehouseError} `validation` for a text that is empty or too long; `internal` if the model refuses, or gives no
 *   answer of the right shape in any round; and whatever `ModelClient.converse` throws.
 */
export async function authorWithModel(options: ModelAuthoring): Promise<AuthoredStatement[]> {
  const { text, configuration, model, rounds = 3, signal } = options;
  if (text.length > longestText) {
    throw new GatehouseError(
      "validation",
      `The text has ${text.length} characters; at most ${longestText} are allowed.`,
    );
  }
  const source = sourceOf(text);
  if (source.text === "") throw new GatehouseError("validation", "The text says nothing.");
  const question: ModelMessage = {
    role: "user",
    text: questionFor(text, vocabularyFor(text, configuration), buildSchema(configuration)),
  };
  let messages: readonly ModelMessage[] = [question];
  let reviewed: Reviewed | undefined;
  let problems: readonly string[] = [];
  for (let round = 1; round <= rounds; round++) {
    const answer = await model.converse({ system: systemPrompt, messages, maxTokens, ...(signal ? { signal } : {}) });
    if (answer.stopReason === "refused") {
      const words = answer.text.trim() === "" ? "" : `: ${oneLine(answer.text)}`;
      throw new GatehouseError("internal", `The model ${model.modelId} refuses to translate the text${words}.`);
    }
    const entries = answer.stopReason === "length" ? "It is too long and was cut off." : readAnswer(answer.text);
    if (typeof entries === "string") problems = [entries];
    else {
      reviewed = review(entries, source, configuration);
      problems = reviewed.problems;
    }
    if (problems.length === 0) break;
    // The last answer with its problems is all that the next one needs: the conversation doesn't grow.
    const echo = answer.text.trim() === "" ? "[]" : answer.text.slice(0, longestEcho).toWellFormed();
    messages = [question, { role: "assistant", text: echo }, { role: "user", text: correctionFor(problems) }];
  }
  if (reviewed !== undefined) return settle(source, reviewed.entries);
  throw new GatehouseError(
    "internal",
    `The model ${model.modelId} gave no usable answer in ${rounds} rounds: ${oneLine(problems[0] ?? "it was not asked")}.`,
  );
}

interface Reviewed {
  readonly entries: readonly ReviewedEntry[];
  /** What the model is to mend. */
  readonly problems: readonly string[];
}

function review(answer: readonly AnswerEntry[], source: SourceText, configuration: GatewayConfiguration): Reviewed {
  const problems: string[] = [];
  const entries = answer.flatMap((entry): ReviewedEntry[] => {
    const spans = spansOf(entry.fragment, source);
    if (spans.length === 0) {
      problems.push(`This fragment isn't in the text word for word: ${JSON.stringify(entry.fragment)}`);
      return [];
    }
    if ("notTranslatable" in entry) {
      return [
        {
          spans,
          outcome: { reason: `Not translatable: ${oneLine(entry.notTranslatable) || "the model gives no reason"}.` },
        },
      ];
    }
    const outcome = reviewPolicy(entry.cedar, configuration);
    if ("statement" in outcome) return [{ spans, outcome }];
    problems.push(`The policy for ${JSON.stringify(entry.fragment)} is wrong: ${outcome.problem}\n  ${entry.cedar}`);
    return [{ spans, outcome: { reason: `The model's policy for it is wrong: ${oneLine(outcome.problem)}.` } }];
  });
  const silent = uncovered(source, spansIn(entries)).map((span) => JSON.stringify(textAt(source, span)));
  if (silent.length > 0) problems.push(`No fragment covers these parts of the text: ${silent.join(", ")}`);
  return { entries, problems };
}
