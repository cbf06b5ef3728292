/** A part of a text, from `start` to before `end`, in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A text in natural language, and where its sentences are. */
export interface SourceText {
  /** Without the markers of lists, and with single spaces for any white space. */
  readonly text: string;
  readonly sentences: readonly Span[];
}

/** What begins a line of a list: it belongs to no sentence. */
const listMarker = /^[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+/gm;

const sentencesIn = new Intl.Segmenter("en", { granularity: "sentence" });

/** Takes a text apart into sentences; items of a list and paragraphs end one as full stops do. */
export function sourceOf(raw: string): SourceText {
  const paragraphs = raw
    .normalize("NFC")
    .replaceAll(listMarker, "\n\n")
    .split(/\n\s*\n/);
  const sentences = paragraphs
    .flatMap((paragraph) => [...sentencesIn.segment(singleSpaced(paragraph))])
    .map(({ segment }) => segment.trim())
    .filter((sentence) => sentence !== "");
  let start = 0;
  const spans = sentences.map((sentence) => {
    const span = { start, end: start + sentence.length };
    start = span.end + 1;
    return span;
  });
  return { text: sentences.join(" "), sentences: spans };
}

/** Where a fragment stands in a text: whole words, exactly as they are but for white space. Empty if it stands nowhere. */
export function spansOf(fragment: string, { text }: SourceText): Span[] {
  const wanted = sourceOf(fragment).text;
  const spans: Span[] = [];
  if (!/[\p{L}\p{N}]/u.test(wanted)) return spans;
  for (let start = text.indexOf(wanted); start >= 0; start = text.indexOf(wanted, start + 1)) {
    const span = { start, end: start + wanted.length };
    if (!splitsWord(text, span.start) && !splitsWord(text, span.end)) spans.push(span);
  }
  return spans;
}

/** The parts of a text that none of the spans covers, without the words that only join statements. */
export function uncovered({ text, sentences }: SourceText, spans: readonly Span[]): Span[] {
  return sentences.flatMap((sentence) => {
    const rest: Span[] = [];
    let { start } = sentence;
    for (const span of spans.filter((one) => overlap(one, sentence)).sort((a, b) => a.start - b.start)) {
      if (span.start > start) rest.push({ start, end: span.start });
      start = Math.max(start, span.end);
    }
    if (start < sentence.end) rest.push({ start, end: sentence.end });
    return rest.flatMap((part) => meaningful(text, part));
  });
}

export function overlap(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

export function textAt({ text }: SourceText, { start, end }: Span): string {
  return text.slice(start, end);
}

/** Words that may stand between two statements and say nothing about either. */
const joining = /^(?:[^\p{L}\p{N}]|\b(?:and|also|additionally|furthermore|moreover|please|then|finally)\b)+/iu;
const trailing = /(?:[^\p{L}\p{N}]|\b(?:and|also|please)\b)+$/iu;

function meaningful(text: string, { start, end }: Span): Span[] {
  const part = text.slice(start, end);
  const begin = joining.exec(part)?.[0].length ?? 0;
  const rest = part.slice(begin);
  const length = rest.length - (trailing.exec(rest)?.[0].length ?? 0);
  return length > 0 ? [{ start: start + begin, end: start + begin + length }] : [];
}

function splitsWord(text: string, at: number): boolean {
  const inWord = (character = "") => /[\p{L}\p{N}_]/u.test(character);
  return inWord(text[at - 1]) && inWord(text[at]);
}

function singleSpaced(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
