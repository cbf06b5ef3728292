import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { validatePolicies } from "../validate.ts";
import { authorPolicies } from "./author.ts";
import { corpus } from "./corpus/corpus.ts";
import { gateways } from "./corpus/gateways.ts";

const statementsOf = (text: string, gateway: keyof typeof gateways) =>
  authorPolicies(text, gateways[gateway]).map((one) => ("statement" in one ? one.statement : undefined));

const translated = corpus.filter((entry) => "calls" in entry && statementsOf(entry.text, entry.gateway).every(Boolean));
const entry = fc.constantFrom(...translated);

describe("any text", { timeout: 240_000 }, () => {
  const vocabulary = [...new Set(corpus.flatMap(({ text }) => text.split(/\s+/)))];
  const texts = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 400 }),
    fc.string({ unit: "binary", maxLength: 400 }),
    fc.array(fc.constantFrom(...vocabulary), { maxLength: 30 }).map((words) => words.join(" ")),
    fc.tuple(fc.constantFrom(...vocabulary), fc.integer({ min: 1, max: 400 })).map(([word, n]) => `${word} `.repeat(n)),
    fc.tuple(entry, fc.constantFrom(...vocabulary), fc.nat(20)).map(([{ text }, word, at]) => {
      const words = text.split(" ");
      return words.toSpliced(at % words.length, 1, word).join(" ");
    }),
  );

  test("becomes valid policies and reasons, and never an error", () => {
    fc.assert(
      fc.property(texts, fc.constantFrom(...(Object.keys(gateways) as (keyof typeof gateways)[])), (text, gateway) => {
        for (const one of authorPolicies(text.slice(0, 2_000), gateways[gateway])) {
          if ("statement" in one) {
            expect(validatePolicies([{ policyId: "p", statement: one.statement }], gateways[gateway])).toEqual([]);
          } else expect(one.reason).not.toBe("");
        }
      }),
      { numRuns: 400 },
    );
  });

  test.each([
    "users with role ",
    "and ",
    "or ",
    "if the region is US or ",
    "create applications and ",
    "the ",
    "under 5 and ",
    '"',
    "'a ",
    "all tools of the ",
    "unless ",
    "allow users to ",
    "not ",
    "5 million ",
    "- ",
    ", ",
    "whose department is finance and ",
  ])("of 2,000 characters of %j is soon done with", (unit) => {
    for (const start of ["", "Allow users to create applications ", "Users "]) {
      const text = (start + unit.repeat(2_000)).slice(0, 2_000);
      expect(authorPolicies(text, gateways.insurance).length).toBeGreaterThan(0);
    }
  });
});

describe("a translated sentence", { timeout: 240_000 }, () => {
  test("means something else, or nothing, with another word in it", () => {
    // Words that no gateway and no grammar of the corpus knows.
    const word = fc.constantFrom(
      "verified",
      "purple",
      "quarterly",
      "flibber",
      "internal-only",
      "emergency",
      "Zorp",
      "remote",
    );
    fc.assert(
      fc.property(entry, word, fc.nat(200), ({ text, gateway }, inserted, at) => {
        const spots = [...text.matchAll(/ /g)].map(({ index }) => index).filter((index) => !inQuotes(text, index));
        const spot = spots[at % spots.length] ?? 0;
        const changed = `${text.slice(0, spot)} ${inserted}${text.slice(spot)}`;
        const before = statementsOf(text, gateway);
        const after = statementsOf(changed, gateway);
        // Unless refused, the word must be in some policy, as a value: it has not been overlooked.
        const lost = after.every(Boolean) && !after.join("\n").includes(inserted);
        expect({ changed, lost }).toEqual({ changed, lost: false });
        expect(after).not.toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  test("changes as its number does", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (number) => {
        const say = (text: string) => statementsOf(text, "insurance")[0];
        const plain = `Users may create applications with a coverage amount under ${number}.`;
        expect(say(plain)).toContain(`context.input.coverage_amount < ${number} }`);
        expect(say(plain.replace(`${number}`, number.toLocaleString("en-US")))).toBe(say(plain));
        expect(say(`Users may create applications under ${number} dollars.`)).toBe(say(plain));
      }),
      { numRuns: 50 },
    );
  });

  test("changes as the value of its claim does, to the letter", () => {
    const value = fc.string({
      unit: fc.constantFrom(..."aZ é\\*'$\n\t0".split("").filter((one) => one !== "\n")),
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(value, (department) => {
        const [statement] = statementsOf(
          `Users whose department is "${department}" may create applications.`,
          "insurance",
        );
        expect(statement).toContain(`principal.getTag("department") == ${cedarText(department)}`);
      }),
      { numRuns: 50 },
    );
  });
});

function inQuotes(text: string, index: number): boolean {
  return (
    (text.slice(0, index).split('"').length - 1) % 2 === 1 ||
    /'\S* \S*'/.test(text.slice(Math.max(0, index - 20), index + 20))
  );
}

/** A text as Cedar writes it. */
function cedarText(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\t", "\\t")}"`;
}
