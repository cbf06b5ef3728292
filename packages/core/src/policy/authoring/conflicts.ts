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

/** How a statement of its own begins: with an effect, or with whom it is about. */
const ownBeginning =
  /^(?:please |pls |also )?(?:(?:only )?(?:allow|permit|let|grant|give|enable|authori[sz]e)|deny|forbid|block|prohibit|disallow|prevent|stop|never|do not|don['’]?t|no ?one|nobody|no (?:user|principal|caller|agent|person)s?|(?:only )?(?:the |an? |any |all |every |each )?(?:everyone|everybody|anyone|anybody|user|principal|caller|people|agent)s?)\b/iu;

/** Words that speak of other statements. */
const reference =
  /\b(?:so|must(?! (?:not|never)\b)|this|that|these|those|such|it|them|they|same|other|others|else|otherwise|above|below|following|previous|next|last|examples?|rules?|polic(?:y|ies)|statements?|draft|ignore|disregard|instead|again|also|too|but|however|exceptions?|default)\b/iu;

/**
 * An untranslated sentence that may change what this statement means. Only what begins like a statement, speaks of a tool and of no
 * other statement leaves the others as they are: a heading, a restriction ("Only above 5") or an afterthought ("Max 5") doesn't.
 */
function spoiled(drafts: readonly Draft[], at: number): string | undefined {
  const own = drafts[at];
  const spoiling = drafts.find((other) => own && !other.composed && !isOfItsOwn(other));
  return spoiling && `"${spoiling.fragment}" may change what it means, and was not understood`;
}

function isOfItsOwn({ fragment, ownTool = false }: Draft): boolean {
  return ownTool && ownBeginning.test(fragment) && !reference.test(fragment) && !fragment.endsWith(":");
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
