import type { Json } from "../../json.ts";
import { EvaluationError } from "../evaluator.ts";
import type { Part } from "./parts.ts";

/** Lines that fit, and what they leave out. */
export interface Fitted {
  readonly lines: readonly string[];
  /** In words; empty where nothing was left out. The first line says the same to the judge. */
  readonly leftOut: readonly string[];
}

/** How lines become a material. */
export interface Rendering {
  /** In bytes: what stands around the lines. */
  readonly envelopeSize: number;
  render(line: Readonly<Record<string, Json>>): string;
}

/** A token has four bytes of English, three of JSON or Chinese: with three, few texts have more than were counted. */
const bytesPerToken = 3;

/** How many tokens a text has, roughly and rather too many. */
export function roughTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / bytesPerToken);
}

/**
 * Chooses what a judge is shown where not all of it fits. In this order, and no further than is needed:
 *
 * 1. Arguments and results of earlier tool calls, and what tools say of themselves, keep 2,000 characters each: their
 *    beginning and their end.
 * 2. The same keep 400 characters; instructions, and what was said in turns before the last, keep 2,000.
 * 3. Whole turns go, from the second one on: the first says what the session is about, the last ones what it led to.
 * 4. Every text keeps the same number of characters: as many as fit, at least 100.
 * 5. Lines go: the oldest of the context, then the last of the available tools. What is judged, and what is known to be
 *    right, stays.
 *
 * Whatever was left out is said in the material's first line, and a text without its middle says how much it lacks.
 *
 * @throws EvaluationError `ModelNotConfigured` where even then it doesn't fit.
 */
export function fit(parts: readonly Part[], tokens: number, rendering: Rendering): Fitted {
  const show = (cut: Cut) => fittedOf(parts, cut, rendering);
  const room = tokens * bytesPerToken - rendering.envelopeSize;
  const fits = (cut: Cut) => sizeOf(show(cut).lines) <= room;

  for (const cut of [everything, shortened, shortenedMore]) if (fits(cut)) return show(cut);

  const turns = turnsInTheMiddle(parts);
  const withoutTurns = (count: number) => without(shortenedMore, new Set(turns.slice(0, count).flat()));
  const turnsLess = smallest(1, turns.length, (count) => fits(withoutTurns(count)));
  if (turnsLess !== undefined) return show(withoutTurns(turnsLess));

  const rest = withoutTurns(turns.length);
  const step = smallest(0, steps, (count) => fits(limited(rest, lengthAt(count))));
  if (step !== undefined) return show(limited(rest, lengthAt(step)));

  const lines = linesToSpare(parts, rest.dropped);
  const withoutLines = (count: number) =>
    limited(without(rest, new Set([...rest.dropped, ...lines.slice(0, count)])), shortestText);
  const linesLess = smallest(1, lines.length, (count) => fits(withoutLines(count)));
  if (linesLess !== undefined) return show(withoutLines(linesLess));

  throw new EvaluationError(
    "ModelNotConfigured",
    `What is to be judged doesn't fit the ${tokens} tokens that the judge takes. Configure a model with a larger context.`,
  );
}

/** Which lines go, and how many characters of a text stay. */
interface Cut {
  readonly dropped: ReadonlySet<Part>;
  longest(part: Part, field: string): number;
}

const everything: Cut = { dropped: new Set(), longest: () => Number.POSITIVE_INFINITY };
const shortened: Cut = {
  ...everything,
  longest: (part, field) => (isDetail(part, field) ? 2_000 : Number.POSITIVE_INFINITY),
};
const shortenedMore: Cut = {
  ...everything,
  longest(part, field) {
    if (isDetail(part, field)) return 400;
    return part.section === "context" ? 2_000 : Number.POSITIVE_INFINITY;
  },
};

function without(cut: Cut, dropped: ReadonlySet<Part>): Cut {
  return { ...cut, dropped };
}

function limited(cut: Cut, length: number): Cut {
  return { ...cut, longest: (part, field) => Math.min(length, cut.longest(part, field)) };
}

/** What a tool was given and gave, and says of itself, but for the call that is judged. Its name always stays. */
function isDetail({ section }: Part, field: string): boolean {
  return (section === "context" || section === "available_tools") && details.has(field);
}

const details: ReadonlySet<string> = new Set(["arguments", "result", "error", "description", "inputSchema"]);

/** Lengths that texts may keep: from 100,000 characters on, each a tenth shorter than the one before. */
const shortestText = 100;
const longestText = 100_000;
const steps = Math.ceil(Math.log(longestText / shortestText) / -Math.log(0.9));

function lengthAt(step: number): number {
  return Math.max(shortestText, Math.floor(longestText * 0.9 ** step));
}

/** The lines of each turn but the first and the last, without the instructions that hold on. */
function turnsInTheMiddle(parts: readonly Part[]): Part[][] {
  const turns = new Map<number, Part[]>();
  for (const part of parts) {
    if (part.section !== "context" || part.turn === undefined || part.kind === "systemInstructions") continue;
    const lines = turns.get(part.turn) ?? [];
    turns.set(part.turn, lines);
    lines.push(part);
  }
  const last = Math.max(...parts.map(({ turn = 0 }) => turn));
  return [...turns].filter(([number]) => number > 1 && number < last).map(([, lines]) => lines);
}

function linesToSpare(parts: readonly Part[], dropped: ReadonlySet<Part>): Part[] {
  const left = parts.filter((part) => !dropped.has(part));
  const tools = left.filter(({ section }) => section === "available_tools").reverse();
  return [...left.filter(({ section }) => section === "context"), ...tools];
}

function fittedOf(parts: readonly Part[], cut: Cut, { render }: Rendering): Fitted {
  const shortening = { texts: 0, characters: 0 };
  const lines = parts
    .filter((part) => !cut.dropped.has(part))
    .map((part) => render(lineOf(part, (field) => cut.longest(part, field), shortening)));
  const leftOut = [...droppedWords(cut.dropped), ...shortenedWords(shortening)];
  if (leftOut.length === 0) return { lines, leftOut };
  const text = `Left out for want of room: ${leftOut.join("; ")}.`;
  return { lines: [render({ section: "left_out", text }), ...lines], leftOut };
}

function lineOf(
  { section, turn, kind, fields }: Part,
  longest: (field: string) => number,
  shortening: { texts: number; characters: number },
): Record<string, Json> {
  const line: Record<string, Json> = { section, ...(turn === undefined ? {} : { turn }), kind };
  const lacking: Record<string, Json> = {};
  for (const [name, value] of Object.entries(fields)) {
    const { shown, lacks } = withoutMiddle(value, longest(name));
    line[name] = shown;
    if (lacks === 0) continue;
    lacking[name] = lacks;
    shortening.texts += 1;
    shortening.characters += lacks;
  }
  return Object.keys(lacking).length === 0 ? line : { ...line, leftOutCharacters: lacking };
}

/** A text without its middle, two thirds of what stays before it; of anything else than a text, its JSON. */
function withoutMiddle(value: Json, length: number): { shown: Json; lacks: number } {
  if (length === Number.POSITIVE_INFINITY) return { shown: value, lacks: 0 };
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text.length <= length) return { shown: value, lacks: 0 };
  const head = wholeEnd(text, Math.ceil((length * 2) / 3));
  const tail = wholeEnd(text, text.length - Math.floor(length / 3));
  return { shown: `${text.slice(0, head)}[…]${text.slice(tail)}`, lacks: tail - head };
}

/** Where a text may be cut so that no character is cut in half. */
function wholeEnd(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}

function droppedWords(dropped: ReadonlySet<Part>): string[] {
  const inContext = [...dropped].filter(({ section }) => section === "context");
  const turns = new Set(inContext.map(({ turn = 0 }) => turn));
  const tools = dropped.size - inContext.length;
  const [first, last] = [Math.min(...turns), Math.max(...turns)];
  const lines = `${inContext.length} ${inContext.length === 1 ? "line" : "lines"}`;
  return [
    ...(turns.size === 0 ? [] : [`${lines} of ${first === last ? `turn ${first}` : `turns ${first} to ${last}`}`]),
    ...(tools === 0 ? [] : [`${tools} available ${tools === 1 ? "tool" : "tools"}`]),
  ];
}

function shortenedWords({ texts, characters }: { texts: number; characters: number }): string[] {
  if (texts === 0) return [];
  return [`the middle of ${texts} ${texts === 1 ? "text" : "texts"}, ${characters} characters in all`];
}

/** In bytes, with the line ends before and after. */
function sizeOf(lines: readonly string[]): number {
  return lines.reduce((size, line) => size + Buffer.byteLength(line) + 1, 0);
}

/** The smallest number for which something is true that, once true, stays so. */
function smallest(from: number, to: number, holds: (count: number) => boolean): number | undefined {
  if (from > to || !holds(to)) return undefined;
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}
