import { type Antecedent, type Composed, compose } from "./compose.ts";
import type { Draft } from "./draft.ts";
import { type Input, inputOf } from "./grammar/parser.ts";
import { type Clause, sentence as sentenceParser } from "./grammar/sentence.ts";
import type { Sentence } from "./split.ts";
import { type Token, tokenize } from "./tokens.ts";
import { unknowableIn } from "./unknowable.ts";
import { refuse, Untranslatable } from "./untranslatable.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** More words than this no statement needs. */
const mostTokens = 120;

/** Reads a sentence: a draft for each of its clauses, or one with the reason why it isn't translated. */
export function readSentence(sentence: Sentence, vocabulary: Vocabulary, before: readonly Antecedent[]): Draft[] {
  const whole = { sentence, fragment: sentence.text };
  try {
    if (sentence.question) refuse("is a question; write what is allowed or forbidden");
    const tokens = tokenize(sentence.text);
    if (tokens.length > mostTokens) refuse("is too long to be read; split it into sentences");
    const { clauses, composed } = onlyMeaning(tokens, vocabulary, before);
    return composed.map((one, i) => ({
      sentence,
      fragment: fragmentOf(sentence.text, tokens, clauses, i),
      composed: one,
    }));
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    return [{ ...whole, reason: reasonOf(error.message) }];
  }
}

function reasonOf(message: string): string {
  return `Not translated: ${message}.`;
}

interface Read {
  readonly clauses: readonly Clause[];
  readonly composed: readonly Composed[];
}

/** What all readings of a sentence mean. @throws {Untranslatable} if there is none, or they mean different things. */
function onlyMeaning(tokens: readonly Token[], vocabulary: Vocabulary, before: readonly Antecedent[]): Read {
  const input = inputOf(tokens, vocabulary);
  const readings = sentenceParser(input, 0);
  if (readings.length === 0) refuse(whyNot(input));
  const found = new Map<string, Read>();
  const reasons = new Set<string>();
  for (const { value: clauses } of readings) {
    try {
      const composed = composeAll(clauses, vocabulary, before);
      found.set(composed.map(({ statement }) => statement).join("\n"), { clauses, composed });
    } catch (error) {
      if (!(error instanceof Untranslatable)) throw error;
      reasons.add(error.message);
    }
  }
  const [only, another] = found.values();
  if (only && another) refuse("it can be read in more than one way; write a shorter sentence, or put values in quotes");
  return only ?? refuse([...reasons].slice(0, 2).join("; or: "));
}

function composeAll(clauses: readonly Clause[], vocabulary: Vocabulary, before: readonly Antecedent[]): Composed[] {
  const composed: Composed[] = [];
  for (const { meaning } of clauses) {
    const known = [...before, ...composed.flatMap(({ compared }) => compared)];
    composed.push(compose(meaning, vocabulary, known));
  }
  return composed;
}

function whyNot({ tokens, failure }: Input): string {
  const sentence = tokens.map(({ text }) => text).join(" ");
  const at = tokens[failure.at];
  const near = tokens
    .slice(failure.at, failure.at + 4)
    .map(({ text }) => text)
    .join(" ");
  const place = at ? `not understood from "${near}" on` : "the sentence seems to be incomplete";
  const reasons = [...failure.reasons].slice(0, 2);
  const unknowable = unknowableIn(sentence);
  return [...(unknowable ? [unknowable] : []), place, ...reasons].join("; ");
}

/** The clause's own part of the sentence; all of it if there is but one. */
function fragmentOf(text: string, tokens: readonly Token[], clauses: readonly Clause[], i: number): string {
  const clause = clauses[i];
  if (!clause || clauses.length === 1) return text;
  return text.slice(tokens[clause.from]?.start ?? 0, tokens[clause.to - 1]?.end ?? text.length);
}
