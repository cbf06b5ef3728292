import { type Antecedent, type Composed, compose } from "./compose.ts";
import type { Draft } from "./draft.ts";
import { type Input, inputOf } from "./grammar/parser.ts";
import { type Clause, sentence as sentenceParser } from "./grammar/sentence.ts";
import { isGrammatical } from "./lexicon.ts";
import { isParameterWord } from "./parameters.ts";
import type { Sentence } from "./split.ts";
import { leavesScaleOpen, type Token, tokenize } from "./tokens.ts";
import { findTool } from "./tools.ts";
import { longestPhrase, mayGoOn } from "./toolWords.ts";
import { unknowableIn } from "./unknowable.ts";
import { listed, refuse, Untranslatable } from "./untranslatable.ts";
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
    if (leavesScaleOpen(tokens))
      refuse("one number has a scale, such as million, and the one before it hasn't; write both in full");
    if (isShouted(tokens)) refuse("it is in capitals, so that the case of its values is not known");
    const { clauses, composed } = onlyMeaning(tokens, vocabulary, before);
    return composed.flatMap((policies, i) => {
      const fragment = fragmentOf(sentence.text, tokens, clauses, i);
      return policies.map((one) => ({ sentence, fragment, composed: one }));
    });
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    const unknowable = unknowableIn(sentence.text);
    const reason = reasonOf(unknowable ? `${unknowable}; ${error.message}` : error.message);
    return [{ ...whole, reason, ownTool: namesTool(tokenize(sentence.text), vocabulary) }];
  }
}

/** Whether some words in a row mean a tool. */
function namesTool(tokens: readonly Token[], vocabulary: Vocabulary): boolean {
  return tokens.slice(0, mostTokens).some((_, at) => {
    for (let end = at + 1; end <= Math.min(at + longestPhrase, tokens.length); end++) {
      const words = tokens.slice(at, end);
      if (!mayGoOn(words, vocabulary)) return false;
      if ("tools" in findTool(words, "either", vocabulary)) return true;
    }
    return false;
  });
}

function isShouted(tokens: readonly Token[]): boolean {
  const words = tokens.filter(({ kind }) => kind === "word");
  return words.length > 2 && words.every(({ text }) => text === text.toUpperCase());
}

function reasonOf(message: string): string {
  return `Not translated: ${message}.`;
}

interface Read {
  readonly clauses: readonly Clause[];
  /** The policies of each clause: mostly one. */
  readonly composed: readonly (readonly Composed[])[];
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
      found.set(
        composed
          .flat()
          .map(({ statement }) => statement)
          .join("\n"),
        { clauses, composed },
      );
    } catch (error) {
      if (!(error instanceof Untranslatable)) throw error;
      reasons.add(error.message);
    }
  }
  const [only, another] = found.values();
  if (only && another) refuse("it can be read in more than one way; write a shorter sentence, or put values in quotes");
  return only ?? refuse([...reasons].slice(0, 2).join("; or: "));
}

function composeAll(clauses: readonly Clause[], vocabulary: Vocabulary, before: readonly Antecedent[]): Composed[][] {
  const composed: Composed[][] = [];
  for (const { meaning } of clauses) {
    const known = [...before, ...composed.flat().flatMap(({ compared }) => compared)];
    composed.push(compose(meaning, vocabulary, known));
  }
  return composed;
}

function whyNot({ tokens, failure, whole, vocabulary }: Input): string {
  const words = (from: number) =>
    tokens
      .slice(from, from + 4)
      .map(({ text }) => text)
      .join(" ");
  // Where a sentence could end is where it goes astray; only without one, the farthest word that was tried.
  const at = whole > 0 ? whole : failure.at;
  const place = tokens.slice(at).some(({ kind }) => kind !== "sign")
    ? `not understood from "${words(at)}" on`
    : "the sentence seems to be incomplete";
  const strange = tokens.filter((token, i) => isStrange(token, vocabulary) && !isBesideClaim(tokens, i, vocabulary));
  const texts = new Set(strange.map(({ text }) => `"${text}"`));
  const unknown = texts.size > 0 ? [`words without a meaning here: ${listed(texts, "and")}`] : [];
  return [place, ...[...failure.reasons].slice(0, 2), ...unknown].join("; ");
}

/** The clause's own part of the sentence; all of it if there is but one. */
function fragmentOf(text: string, tokens: readonly Token[], clauses: readonly Clause[], i: number): string {
  const clause = clauses[i];
  if (!clause || clauses.length === 1) return text;
  return text.slice(tokens[clause.from]?.start ?? 0, tokens[clause.to - 1]?.end ?? text.length);
}

/** The value of a claim: "role admin", "the finance department", "department is finance". */
function isBesideClaim(tokens: readonly Token[], at: number, { claims }: Vocabulary): boolean {
  const behind = tokens[at - 1]?.lower === "is" ? at - 2 : at - 1;
  return [tokens[behind], tokens[at + 1]].some((one) => one !== undefined && claims.includes(one.lower));
}

/** A word that neither the grammar nor the gateway knows. It may be a value, of course. */
function isStrange(token: Token, vocabulary: Vocabulary): boolean {
  const { kind, lower } = token;
  return (
    kind === "word" &&
    !isGrammatical(lower) &&
    !isParameterWord(token, vocabulary) &&
    !vocabulary.claims.includes(lower)
  );
}
