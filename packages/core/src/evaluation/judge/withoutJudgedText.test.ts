import fc from "fast-check";
import { expect, test } from "vitest";
import { withoutJudgedText } from "./withoutJudgedText.ts";

test.each([
  ["what it repeats", "400 bad input: my card is 4539 1488", "I said: my card is 4539 1488.", "400 bad input: …"],
  ["what it repeats in between", 'no "hello, world" there', "Hello World", 'no "…" there'],
  ["what it repeats escaped", "bad: Gr\\u00fcnwald\\nSt", "Grünwald St", "bad: …"],
  ["what it repeats unescaped", "bad: Grünwald St", '"Gr\\u00fcnwald\\nSt"', "bad: …"],
  ["what it repeats escaped twice", 'bad: \\\\"a\\\\nlong story', '"a\nlong story"', 'bad: \\\\"…'],
  ["nothing that it doesn't repeat", "The model is busy: 429", "I have a model car", "The model is busy: 429"],
  ["all of it", "everything", "everything", "…"],
])("a message is shown without %s", (_, message, judged, shown) => {
  expect(withoutJudgedText(message, judged)).toBe(shown);
});

const letters = (text: string) => text.replaceAll(/[^\p{L}\p{N}]/gu, "").toLowerCase();
const words = fc.stringMatching(/^[A-Za-z0-9 ,.ÄöÜß]{0,60}$/);

test("T18: no eight letters in a row of what is judged are shown, however they are escaped", () => {
  const escapes = [
    (text: string) => text,
    (text: string) => JSON.stringify(text),
    (text: string) => JSON.stringify(JSON.stringify(text)),
    (text: string) => text.replaceAll(/[^ -~]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`),
    (text: string) => text.toUpperCase().replaceAll("SS", "ß"),
  ];
  fc.assert(
    fc.property(words, words, words, fc.constantFrom(...escapes), (before, judged, after, escaped) => {
      // Marks apart what the message has of its own, which may be anything.
      const shown = withoutJudgedText(`${before}${escaped(judged)}${after}`, judged);
      for (const part of shown.split("…")) {
        for (let index = 0; index + 8 <= letters(judged).length; index++) {
          expect(letters(part)).not.toContain(letters(judged).slice(index, index + 8));
        }
      }
    }),
  );
});

test("a message that repeats nothing is shown as it is", () => {
  fc.assert(
    fc.property(fc.string(), (message) => {
      expect(withoutJudgedText(message, "")).toBe(message);
    }),
  );
});
