import type { Draft } from "./draft.ts";

/**
 * Statements of one text that change each other: what is understood of one alone may not be what the text means. Those
 * are refused.
 */
export function withoutConflicts(drafts: readonly Draft[]): Draft[] {
  return drafts.map((draft, i) => {
    const reason = draft.composed && (spoiled(drafts, i) ?? contradicted(drafts, i) ?? notOnly(drafts, i));
    return reason === undefined
      ? draft
      : { sentence: draft.sentence, fragment: draft.fragment, reason: `Not translated: ${reason}.` };
  });
}

/** How a sentence begins that says something about the one before. */
const continuation =
  /^(?:and|or|but|only (?:if|when|where|for|with|as|after|during)|except|unless|however|though|although|also|otherwise|this|that|these|those|it|they|both|all of (?:this|these|the above)|the above|same|not|excluding|excludes|with|without|provided|if so|likewise|conversely|again|then|as long|subject to|so long|ignore|disregard|scratch|never mind|just kidding|no,|in (?:other|that|this|these|all|both)|applies|exceptions?|exceptionally|note|e\.g|i\.e|or,|unless|until|rather|instead)\b/iu;

/** How a sentence says something about those after it. */
const announcement = /\b(?:following|below|next|examples?|rules?|policies|statements?|these|draft|ignore)\b/iu;

/** An untranslated neighbour that may change what this statement means. */
function spoiled(drafts: readonly Draft[], at: number): string | undefined {
  const own = drafts[at];
  for (const [i, { composed, sentence, fragment }] of drafts.entries()) {
    if (composed || !own) continue;
    if (i > at && continuation.test(fragment)) return `"${fragment}" may change what it means, and was not understood`;
    if (i < at && (announcement.test(fragment) || fragment.endsWith(":")))
      return `"${fragment}" may change what it means, and was not understood`;
    if (i < at && sentence.heading && sentence.paragraph === own.sentence.paragraph)
      return `"${fragment}" stands above it like a heading, and was not understood`;
  }
  return undefined;
}

const toolNames = ({ composed }: Draft) => new Set(composed?.tools.map(({ name }) => name));

/** A permit for what another statement forbids to everyone, always. */
function contradicted(drafts: readonly Draft[], at: number): string | undefined {
  const own = drafts[at];
  if (own?.composed?.meaning.effect !== "permit") return undefined;
  const forbidding = drafts.find((other) => {
    const { effect, conditions, exceptions } = other.composed?.meaning ?? {
      effect: "permit",
      conditions: [],
      exceptions: [],
    };
    const always = effect === "forbid" && conditions.length === 0 && exceptions.length === 0;
    return always && !toolNames(own).isDisjointFrom(toolNames(other));
  });
  return (
    forbidding &&
    `"${forbidding.fragment}" forbids it to everyone, and what is forbidden can't be permitted; use "except" or "unless" there`
  );
}

/** "Only" is true only if no other statement permits the same. */
function notOnly(drafts: readonly Draft[], at: number): string | undefined {
  const own = drafts[at];
  const { effect, only } = own?.composed?.meaning ?? {};
  if (!own || effect !== "permit" || !only) return undefined;
  const permitting = drafts.find(
    (other, i) =>
      i !== at && other.composed?.meaning.effect === "permit" && !toolNames(own).isDisjointFrom(toolNames(other)),
  );
  return (
    permitting &&
    `"${permitting.fragment}" permits the same tool, so that "only" would not be true; write one statement, or forbid the others with "unless"`
  );
}
