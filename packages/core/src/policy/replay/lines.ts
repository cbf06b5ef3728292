import { isUtf8 } from "node:buffer";
import { parseRecordedCall, type RecordedCall, type Unreplayable } from "./recordedCall.ts";

/** Some whole lines of a file. */
export interface Lines {
  /** The number of the first of them, counted from 1. */
  readonly first: number;
  /** The lines with what ends them; null stands for one that is too long to be kept. */
  readonly bytes: Uint8Array<ArrayBuffer> | null;
}

/** No call is longer: a gateway records at most 100 KB of it. */
const longestLine = 16 * 1024 * 1024;
const newline = 0x0a;

/** Divides a file into portions of whole lines, one for each chunk with which a line ends; holds no more than one line. */
export async function* wholeLines(source: AsyncIterable<Uint8Array>, longest = longestLine): AsyncGenerator<Lines> {
  /** The beginning of a line. */
  let held: Uint8Array[] = [];
  let bytes = 0;
  let first = 1;
  for await (const chunk of source) {
    const end = chunk.lastIndexOf(newline) + 1;
    if (end > 0) {
      if (bytes > longest) yield { first, bytes: null };
      const begun = bytes > longest ? chunk.indexOf(newline) + 1 : 0;
      if (begun > 0) first += 1;
      const whole = joined([...held, chunk.subarray(begun, end)]);
      // Whoever gets the lines may give them away.
      const lines = newlinesIn(whole);
      if (lines > 0) yield { first, bytes: whole };
      first += lines;
      held = [];
      bytes = 0;
    }
    held.push(chunk.subarray(end));
    bytes += chunk.length - end;
    if (bytes > longest) held = [];
  }
  if (bytes > 0) yield { first, bytes: bytes > longest ? null : joined(held) };
}

/** The calls that stand in some lines; empty lines are none. */
export function* callsIn({ first, bytes }: Lines): Generator<RecordedCall | Unreplayable> {
  if (bytes === null) {
    yield { unreplayable: "notJson", detail: "it is too long", line: first };
    return;
  }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const utf8 = isUtf8(buffer);
  let line = first;
  for (let start = 0, end: number; start < buffer.length; start = end + 1, line += 1) {
    end = buffer.indexOf(newline, start);
    if (end < 0) end = buffer.length;
    const one = buffer.subarray(start, end);
    if (!utf8 && !isUtf8(one)) {
      yield { unreplayable: "notJson", detail: "it is not UTF-8", line };
      continue;
    }
    const text = one.toString("utf8").replace(/^\uFEFF/, "");
    if (text.trim() !== "") yield parseRecordedCall(text, line);
  }
}

/** A copy in memory of its own, which can be given away. */
function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function newlinesIn(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) lines += 1;
  return lines;
}
