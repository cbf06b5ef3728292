import fc from "fast-check";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { expect, test } from "vitest";
import { summaryOf } from "../thresholds.ts";
import { junitOf } from "./junit.ts";
import { element, escaped } from "./xml.ts";

const about = {
  evaluatorId: "Code",
  evaluatorArn: "Code",
  evaluatorName: "Code",
  context: { spanContext: { sessionId: "s" } },
};

test("whatever an evaluator says, the report is XML that says the same", () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom("<", "&", '"', "'", "]]>", "\n", "\u0000", "\ud800"), fc.string()),
  });
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "",
    trimValues: false,
    parseTagValue: false,
  });
  fc.assert(
    fc.property(text, text, (explanation, sessionId) => {
      const results = [
        { ...about, context: { spanContext: { sessionId } }, label: "Yes", explanation: `.${explanation}.` },
      ];
      const xml = junitOf([{ summary: summaryOf({ id: "Code" }, results, undefined), results }]);
      expect(XMLValidator.validate(xml)).toBe(true);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML 1.0 can't hold.
      expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
      expect(xml.isWellFormed()).toBe(true);
      const { testcase } = parser.parse(xml).testsuites.testsuite;
      expect(testcase["system-out"].replaceAll("\r", "\n")).toBe(shown(`Yes\n.${explanation}.`).replaceAll("\r", "\n"));
    }),
  );
});

/** What XML can't hold is a replacement character. */
const shown = (text: string) =>
  Array.from(text, (character) =>
    /[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.test(character) ? character : "\u{fffd}",
  ).join("");

test("attributes hold no quotes and no lines", () => {
  expect(element("a", { b: `"1"\n'2'\t<&>` })).toBe(`<a b="&quot;1&quot; &apos;2&apos; &lt;&amp;&gt;"/>`);
  expect(escaped("\u0007\u0000")).toBe("\u{fffd}\u{fffd}");
});
