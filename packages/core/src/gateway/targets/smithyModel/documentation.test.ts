import fc from "fast-check";
import { expect, test } from "vitest";
import { plainText } from "./documentation.ts";

test.each([
  ["<p>Gets a &lt;thing&gt; &amp; its <code>id</code>.</p>\n <p>More&#46;</p>", "Gets a <thing> & its id. More."],
  ["&unknown; &#0; 1 < 2", "&unknown; &#0; 1 < 2"],
  ["<p> </p>", undefined],
  [undefined, undefined],
])("%j becomes %j", (documentation, text) => {
  expect(plainText(documentation, 100)).toBe(text);
});

test("what is too long ends with a sentence, or where it must", () => {
  expect(plainText("One sentence. Another one that is longer.", 30)).toBe("One sentence.");
  expect(plainText("x".repeat(40), 30)).toBe(`${"x".repeat(27)}...`);
});

test("whatever it is, it is one line, well-formed and not too long", () => {
  const parts = fc.constantFrom("<p>", "<", ">", "&lt;", "&#10;", "&#55357;", "&", "\n", "😀", "\ud800", "a", ". ");
  fc.assert(
    fc.property(fc.array(parts), (documentation) => {
      const text = plainText(documentation.join(""), 20) ?? "";
      expect(text.length).toBeLessThanOrEqual(20);
      expect(text).not.toMatch(/[\n\r]/);
      expect(text.isWellFormed()).toBe(true);
    }),
  );
});
