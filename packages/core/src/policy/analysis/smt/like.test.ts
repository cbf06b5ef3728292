import { isAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseStatement } from "../../statement.ts";
import { matches, patternOf, textLike } from "./like.ts";

const principal = { type: "User", id: "u" };

function cedarLike(text: string, pattern: string): boolean {
  const answer = isAuthorized({
    principal,
    action: { type: "Action", id: "a" },
    resource: principal,
    context: { text },
    entities: [],
    policies: { staticPolicies: { p: statement(pattern) } },
  });
  return answer.type === "success" && answer.response.decision === "allow";
}

function statement(pattern: string): string {
  return `permit(principal, action, resource) when { context.text like "${pattern}" };`;
}

describe("like", () => {
  test("matches what Cedar's does", () => {
    const part = fc.constantFrom("a", "b", "*", "*", "\\*", "ab", "é");
    const pattern = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(""));
    const text = fc.array(fc.constantFrom("a", "b", "*", "é", "\n"), { maxLength: 6 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(pattern, text, (like, value) => {
        const [{ body } = { body: {} }] = parseStatement(statement(like)).json.conditions;
        const parts = (body as { like: { pattern: Parameters<typeof patternOf>[0] } }).like.pattern;
        expect(matches(value, patternOf(parts))).toBe(cedarLike(value, like));
      }),
      { numRuns: 1_000 },
    );
  });

  test("a text is found that matches some patterns and not others", () => {
    const find = (wanted: string[][], unwanted: string[][], taken: string[] = []) =>
      textLike(wanted, unwanted, ["word"], (text) => taken.includes(text));
    expect(find([["US-", ""]], [])).toBe("US-");
    expect(find([["US-", ""]], [["US-"]])).toBe("US-word");
    expect(
      find(
        [
          ["a", ""],
          ["", "z"],
        ],
        [["az"]],
      ),
    ).toBe("awordz");
    expect(find([], [["w", ""]])).toBe("1");
    expect(find([["a", ""]], [["a", ""]])).toBeUndefined();
  });
});
