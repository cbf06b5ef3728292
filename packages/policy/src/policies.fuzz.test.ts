import fc from "fast-check";
import { expect, test } from "vitest";
import { policiesIn } from "./policies.ts";

const space = fc.constantFrom(" ", "\n", "\n\n", "\n  ", "\t");
/** What may stand before a policy. */
const between = fc.array(
  fc.oneof(space, fc.constantFrom("// so; far\n", '// "open\n', "// permit(principal, action, resource);\n")),
);
const text = fc.constantFrom("a", "a;b", "// no comment; none", '\\"; \\\\', "é;\u{1F600}", `\${gateway.shop.arn};`);
const policy = fc
  .record({ name: fc.option(fc.constantFrom("one", "two", "three"), { nil: undefined }), text, space })
  .map(({ name, text, space }) => ({
    name,
    statement: `${name === undefined ? "" : `@id("${name}")${space}`}permit(principal,${space}action, resource) // until; here\nwhen { principal.id == "${text}" };`,
  }));

test("a file's policies are found one by one, whatever stands in texts and comments", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(between, policy), { maxLength: 5 }), between, (parts, end) => {
      let file = "";
      const expected = parts.map(([before, { name, statement }], index) => {
        // What stands before a policy is part of it, but for white space.
        const whole = `${before.join("")}${statement}`;
        const start = file + whole.slice(0, whole.search(/\S/));
        file += whole;
        const lines = start.split("\n");
        const place = { file: "some.cedar", line: lines.length, column: [...(lines.at(-1) ?? "")].length + 1 };
        return { name: name ?? `some_${index + 1}`, statement: whole.trim(), place };
      });
      expect(policiesIn(file + end.join(""), "some.cedar")).toEqual({ policies: expected, findings: [] });
    }),
  );
});

test("each policy that can't be read is found in its place, and takes no other with it", () => {
  const good = "permit(principal, action, resource);";
  const { policies, findings } = policiesIn(`${good}\n\n  permit(principl, action, resource); ${good}`, "a/some.cedar");
  expect(policies.map(({ name, place }) => `${name} ${place.line}:${place.column}`)).toEqual([
    "some_1 1:1",
    "some_3 3:39",
  ]);
  expect(findings).toMatchObject([{ severity: "error", place: { file: "a/some.cedar", line: 3, column: 10 } }]);
});
