import type { Json } from "../../json.ts";
import { bytesPerToken } from "../../model/tokens.ts";
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
  /** A line has at least as many bytes as the texts in it have characters. */
  render(line: Readonly<Record<string, Json>>): string;
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
  const { show, leastSize } = shower(parts, rendering);
  const room = tokens * bytesPerToken - rendering.envelopeSize;
  // Most cuts of a long session are far from fitting, and need not be rendered to see it.
  const fits = (cut: Cut) => leastSize(cut) <= room && sizeOf(show(cut).lines) <= room;

  const last = parts.reduce((latest, { turn = 0 }) => Math.max(latest, turn), 0);
  const more = shortenedMore(last);
  for (const cut of [everything, shortened, more]) if (fits(cut)) return show(cut);

  const turns = turnsInTheMiddle(parts, last);
  const withoutTurns = (count: number) => without(more, new Set(turns.slice(0, count).flat()));
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
/** @param last The last turn: what the session came to, or what is judged was an answer to. */
function shortenedMore(last: number): Cut {
  return {
    ...everything,
    longest(part, field) {
      if (isDetail(part, field)) return 400;
      const earlier = part.kind === "systemInstructions" || (part.turn !== undefined && part.turn < last);
      return part.section === "context" && earlier ? 2_000 : Number.POSITIVE_INFINITY;
    },
  };
}

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
function turnsInTheMiddle(parts: readonly Part[], last: number): Part[][] {
  const turns = new Map<number, Part[]>();
  for (const part of parts) {
    if (part.section !== "context" || part.turn === undefined || part.kind === "systemInstructions") continue;
    const lines = turns.get(part.turn) ?? [];
    turns.set(part.turn, lines);
    lines.push(part);
  }
  return [...turns].filter(([number]) => number > 1 && number < last).map(([, lines]) => lines);
}

function linesToSpare(parts: readonly Part[], dropped: ReadonlySet<Part>): Part[] {
  const left = parts.filter((part) => !dropped.has(part));
  const tools = left.filter(({ section }) => section === "available_tools").reverse();
  return [...left.filter(({ section }) => section === "context"), ...tools];
}

/** Makes the lines of cuts, and says how large they are at least. A line that two cuts in a row have alike is rendered once. */
function shower(parts: readonly Part[], { render }: Rendering) {
  const fieldsOf = new Map(parts.map((part) => [part, Object.entries(part.fields).map(measured)]));
  const known = new Map<Part, { readonly limits: readonly number[]; readonly line: Line }>();
  const limitsOf = (part: Part, cut: Cut): number[] =>
    (fieldsOf.get(part) ?? []).map(({ name, length }) => {
      const limit = cut.longest(part, name);
      return limit < length ? limit : Number.POSITIVE_INFINITY;
    });
  const lineOf = (part: Part, cut: Cut): Line => {
    const limits = limitsOf(part, cut);
    const before = known.get(part);
    if (before?.limits.every((limit, index) => limit === limits[index])) return before.line;
    const line = shorten(part, limits, render);
    known.set(part, { limits, line });
    return line;
  };
  const leftBy = ({ dropped }: Cut) => parts.filter((part) => !dropped.has(part));
  return {
    /** In bytes, without what stands around the texts. */
    leastSize(cut: Cut): number {
      let size = 0;
      for (const part of leftBy(cut)) {
        for (const { name, length } of fieldsOf.get(part) ?? []) size += Math.min(length, cut.longest(part, name));
      }
      return size;
    },
    show(cut: Cut): Fitted {
      const shown = leftBy(cut).map((part) => lineOf(part, cut));
      const lines = shown.map(({ text }) => text);
      const leftOut = [...droppedWords(cut.dropped), ...shortenedWords(shown.flatMap(({ lacks }) => lacks))];
      if (leftOut.length === 0) return { lines, leftOut };
      const text = `Left out for want of room: ${leftOut.join("; ")}.`;
      return { lines: [render({ section: "left_out", text }), ...lines], leftOut };
    },
  };
}

/** A field with how many characters its text has. */
function measured([name, value]: [string, Json]) {
  return { name, length: textOf(value).length };
}

interface Line {
  readonly text: string;
  /** How many characters each text that was shortened lacks. */
  readonly lacks: readonly number[];
}

/** @param limits How many characters each of the part's fields may keep: infinitely many where it has no more. */
function shorten({ section, turn, kind, fields }: Part, limits: readonly number[], render: Rendering["render"]): Line {
  const line: Record<string, Json> = { section, ...(turn === undefined ? {} : { turn }), kind };
  const leftOutCharacters: Record<string, number> = {};
  for (const [index, [name, value]] of Object.entries(fields).entries()) {
    const { shown, lacks } = withoutMiddle(value, limits[index] ?? 0);
    line[name] = shown;
    if (lacks > 0) leftOutCharacters[name] = lacks;
  }
  const lacks = Object.values(leftOutCharacters);
  return { text: render(lacks.length === 0 ? line : { ...line, leftOutCharacters }), lacks };
}

/** A text as it is; of anything else, its JSON. */
function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A text without its middle, two thirds of what stays before it. */
function withoutMiddle(value: Json, length: number): { shown: Json; lacks: number } {
  if (length === Number.POSITIVE_INFINITY) return { shown: value, lacks: 0 };
  const text = textOf(value);
  if (text.length <= length) return { shown: value, lacks: 0 };
  const end = Math.ceil((length * 2) / 3);
  const start = text.length - Math.floor(length / 3);
  // No character is cut in half, which makes the middle longer, never shorter.
  const head = isInCharacter(text, end) ? end - 1 : end;
  const tail = isInCharacter(text, start) ? start + 1 : start;
  return { shown: `${text.slice(0, head)}[…]${text.slice(tail)}`, lacks: tail - head };
}

/** Whether a place is between the two halves of a surrogate pair. */
function isInCharacter(text: string, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1));
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

function shortenedWords(lacks: readonly number[]): string[] {
  if (lacks.length === 0) return [];
  const characters = lacks.reduce((sum, one) => sum + one, 0);
  return [`the middle of ${lacks.length} ${lacks.length === 1 ? "text" : "texts"}, ${characters} characters in all`];
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
