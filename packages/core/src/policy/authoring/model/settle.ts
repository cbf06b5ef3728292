import type { AuthoredStatement } from "../authored.ts";
import { overlap, type SourceText, type Span, textAt, uncovered } from "./source.ts";

/** What the model says of a part of the text, after it was reviewed. */
export interface ReviewedEntry {
  /** Where the part stands in the text: more than once if the text repeats itself. */
  readonly spans: readonly Span[];
  readonly outcome: { readonly statement: string } | { readonly reason: string };
}

/**
 * What became of a text, in its order.
 *
 * A sentence is translated as a whole or not at all: if the model has no policy for a part of it, or says nothing about a
 * part, then the policies of the other parts are held back, because "X may, unless Y" without its end is another rule.
 */
export function settle(source: SourceText, entries: readonly ReviewedEntry[]): AuthoredStatement[] {
  const left = uncovered(source, spansIn(entries));
  const broken = brokenSentences(source, entries, left);
  const statements = entries.map(({ spans, outcome }): [Span | undefined, AuthoredStatement] => {
    const [span] = spans;
    const fragment = span === undefined ? "" : textAt(source, span);
    if ("reason" in outcome) return [span, { fragment, reason: outcome.reason }];
    if (spans.some((one) => broken.some((sentence) => overlap(one, sentence))))
      return [span, { fragment, reason: heldBack }];
    return [span, { fragment, ...outcome }];
  });
  const silent = left.map((span): [Span, AuthoredStatement] => [
    span,
    { fragment: textAt(source, span), reason: "The model did not say anything about this part of the text." },
  ]);
  const inOrder = [...statements, ...silent].sort(([a], [b]) => (a?.start ?? 0) - (b?.start ?? 0));
  // A model that repeats itself has still said one thing.
  return [...new Map(inOrder.map(([, statement]) => [JSON.stringify(statement), statement])).values()];
}

export function spansIn(entries: readonly ReviewedEntry[]): Span[] {
  return entries.flatMap(({ spans }) => spans);
}

const heldBack =
  "Another part of the sentence could not be translated, and without it this part may mean something else.";

/** The sentences of which a part is not translated, and those that share a fragment with such a one. */
function brokenSentences(
  { sentences }: SourceText,
  entries: readonly ReviewedEntry[],
  left: readonly Span[],
): readonly Span[] {
  const bad = [...left, ...spansIn(entries.filter(({ outcome }) => "reason" in outcome))];
  let broken = sentences.filter((sentence) => bad.some((span) => overlap(span, sentence)));
  for (;;) {
    const spread = spansIn(entries).filter((span) => broken.some((sentence) => overlap(span, sentence)));
    const more = sentences.filter(
      (sentence) => broken.includes(sentence) || spread.some((span) => overlap(span, sentence)),
    );
    if (more.length === broken.length) return broken;
    broken = more;
  }
}
