import type { GatewayConfiguration } from "../../storage/records.ts";
import { reviewPolicies } from "../validate.ts";
import type { AuthoredStatement } from "./authored.ts";
import type { Antecedent } from "./compose.ts";
import { withoutConflicts } from "./conflicts.ts";
import type { Draft } from "./draft.ts";
import { readSentence } from "./read.ts";
import { splitSentences } from "./split.ts";
import { vocabularyOf } from "./vocabulary.ts";

/** The longest text, in characters, as AgentCore's model has it. */
export const longestText = 2_000;

/**
 * Translates policies that are written in English, for one gateway, without a model. A statement is translated only if
 * every word of it is accounted for and all its readings mean the same; else the reason says what was not understood.
 *
 * - "Only" permits whom it names and what it says; default deny does the rest. Where another statement of the text permits
 *   the same tool, that would not be true, and the statement is refused.
 * - "Between" includes both ends, as "up to" includes its own.
 * - "The user alice" is the one whose claim `username` is alice; "the user with id ..." the principal itself.
 * - A parameter that a call leaves out: see expressions.ts.
 *
 * - A sentence that isn't understood and may change others, such as "Only in the US." behind one, takes these with it.
 *
 * @returns One entry for each statement, in the order of the text; empty for an empty text. A statement about several tools
 *   takes an entry for each where they have an enumeration of the same name, because no one policy can be about them.
 */
export function authorPolicies(text: string, configuration: GatewayConfiguration): AuthoredStatement[] {
  if (text.length > longestText) {
    return [
      {
        fragment: text.slice(0, 100),
        reason: `A text has at most ${longestText} characters; this one has ${text.length}.`,
      },
    ];
  }
  if (!text.isWellFormed()) return [{ fragment: "", reason: "The text is not well-formed Unicode." }];
  const vocabulary = vocabularyOf(configuration);
  const before: Antecedent[] = [];
  const drafts = splitSentences(text).flatMap((sentence): Draft[] => {
    const read = readSentence(sentence, vocabulary, before);
    before.push(...read.flatMap((draft) => draft.composed?.compared ?? []));
    return read;
  });
  return withoutConflicts(drafts).map((draft) => finish(draft, configuration));
}

function finish(
  { sentence, fragment, composed, reason }: Draft,
  configuration: GatewayConfiguration,
): AuthoredStatement {
  if (!composed) return { fragment, reason: reason ?? `"${sentence.text}" was not understood.` };
  const { statement } = composed;
  const { errors, warnings } = reviewPolicies([{ policyId: "authored", statement }], configuration);
  const [finding] = [...errors, ...warnings];
  return finding
    ? { fragment, reason: `No valid policy can be written of it: ${finding.message}` }
    : { fragment, statement };
}
