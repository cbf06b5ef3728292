import { createHash } from "node:crypto";
import type { Json } from "../../json.ts";
import { type Fitted, fit } from "./fit.ts";
import type { Part } from "./parts.ts";

/** What a judge is shown of a subject: data, of which nothing is obeyed (T17). */
export interface Material {
  readonly text: string;
  /** What the lines `<material-BOUNDARY>` and `</material-BOUNDARY>` around it have in their middle. */
  readonly boundary: string;
  /** What the judge doesn't see for want of room, in words; empty where it sees everything. */
  readonly leftOut: readonly string[];
}

/** In bytes: what stands around the lines of a material. */
const envelopeSize = encloseLines([]).text.length;

/**
 * Renders what is judged: between two lines with a boundary, a line of JSON for each part. Inside, every `<` and every
 * character that isn't seen is escaped, so that no text can end the material, look like its end, or hide from a reader.
 *
 * The boundary is a digest of the lines. No text can be written so that it holds its own digest, and the same subject gives
 * the same question, so that verdicts can be cached and repeated.
 *
 * @param tokens As many as the material may have, roughly counted; `fit` says what goes where there is more.
 * @throws EvaluationError where what is judged doesn't fit at all.
 */
export function materialOf(parts: readonly Part[], tokens: number): Material {
  const { lines, leftOut }: Fitted = fit(parts, tokens, { envelopeSize, render: renderLine });
  return { ...encloseLines(lines), leftOut };
}

function encloseLines(lines: readonly string[]): { text: string; boundary: string } {
  const boundary = createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 32);
  return { boundary, text: [`<material-${boundary}>`, ...lines, `</material-${boundary}>`].join("\n") };
}

/** A part as one line: JSON that says the same to every parser, of characters that everybody sees. */
export function renderLine(line: Readonly<Record<string, Json>>): string {
  return JSON.stringify(line).replaceAll(unseen, escaped);
}

/** What must not stand in a line as it is: signs of markup, controls, what is invisible, what changes the order of reading. */
const unseen = /[<>\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** As JSON writes it inside a string, which is the only place where such a character can be. */
function escaped(character: string): string {
  let text = "";
  for (let unit = 0; unit < character.length; unit++) {
    text += `\\u${character.charCodeAt(unit).toString(16).padStart(4, "0")}`;
  }
  return text;
}
