import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { malformed } from "./errors.ts";
import { maxDepth, maxMessages } from "./limits.ts";

/*
 * What a request costs in memory depends on how many messages it holds, and how deep they are, more than on its bytes. Both
 * are looked at before anything is made of it (T11).
 */

/** @throws OtlpError for bytes that hold too many messages, or too deep ones, or that are no message. */
export function requireBoundedMessage(desc: DescMessage, bytes: Uint8Array): void {
  const counter = createCounter();
  const visit = (message: DescMessage, reader: BinaryReader, end: number, depth: number): void => {
    counter(depth);
    const fields = messageFields(message);
    while (reader.pos < end) {
      const [number, wireType] = reader.tag();
      const inner = wireType === WireType.LengthDelimited ? fields.get(number) : undefined;
      if (inner === undefined) {
        reader.skip(wireType, number);
        continue;
      }
      const length = reader.uint32();
      const innerEnd = reader.pos + length;
      if (innerEnd > end) throw malformed("A message ends before its length.");
      visit(inner, reader, innerEnd, depth + 1);
      if (reader.pos !== innerEnd) throw malformed("A message is longer than its length.");
    }
  };
  visit(desc, new BinaryReader(bytes), bytes.length, 0);
}

/** @throws OtlpError for JSON text that holds too many objects and lists, or too deep ones. */
export function requireBoundedJson(bytes: Uint8Array): void {
  const counter = createCounter();
  let depth = 0;
  let text = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (text) {
      if (byte === backslash) index++;
      else if (byte === quote) text = false;
    } else if (byte === quote) text = true;
    else if (byte === openBrace || byte === openBracket) counter(depth++);
    else if (byte === closeBrace || byte === closeBracket) depth--;
  }
}

const [quote, backslash] = [0x22, 0x5c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

function createCounter() {
  let messages = 0;
  return (depth: number) => {
    // A value in a value takes two or three messages each, in either encoding; around them are eight.
    if (depth > 3 * maxDepth) throw malformed(`Values are nested deeper than ${maxDepth} times.`);
    if (++messages > maxMessages) {
      throw malformed(`The request holds more than ${maxMessages} messages: send fewer spans at a time.`);
    }
  };
}

const known = new WeakMap<DescMessage, ReadonlyMap<number, DescMessage>>();

/** The fields of a message that hold messages, by their numbers. */
function messageFields(desc: DescMessage): ReadonlyMap<number, DescMessage> {
  const found = known.get(desc);
  if (found !== undefined) return found;
  const entries = desc.fields.flatMap((field): [number, DescMessage][] => {
    const inner = messageIn(field);
    return inner === undefined ? [] : [[field.number, inner]];
  });
  const fields = new Map(entries);
  known.set(desc, fields);
  return fields;
}

function messageIn(field: DescField): DescMessage | undefined {
  if (field.fieldKind === "message") return field.message;
  return field.fieldKind === "list" && field.listKind === "message" ? field.message : undefined;
}
