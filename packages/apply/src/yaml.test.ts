import { expect, test } from "vitest";
import { readYaml } from "./yaml.ts";

test("reads YAML 1.2 with aliases, and knows where everything is", () => {
  const { value, problems, lineOf } = readYaml("a: &x\n  - b: 1\n  - yes\nc: *x\nd: 2020-01-01\n");
  expect(value).toEqual({ a: [{ b: 1 }, "yes"], c: [{ b: 1 }, "yes"], d: "2020-01-01" });
  expect(problems).toEqual([]);
  const places = ["a", "a[0].b", "a[1]", "c", "c[0].b", "d", "d.nowhere", "nowhere"].map(lineOf);
  expect(places).toEqual([1, 2, 3, 4, 4, 5, 5, undefined]);
});

const nested = (depth: number) => `a: ${"[".repeat(depth)}${"]".repeat(depth)}`;
const bomb = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
  .concat([..."bcdefgh"].map((name, i) => `${name}: &${name} [${Array(10).fill(`*${"abcdefgh"[i]}`)}]`))
  .join("\n");

test.each([
  ["a duplicate key", "a: 1\na: 2", /line 2: is not YAML: Map keys must be unique/],
  ["several documents", "a: 1\n---\nb: 2", /line 2: is not YAML: .*multiple documents/],
  ["broken syntax", "a: [1", /line 1: is not YAML/],
  ["a key that isn't text", "? [a]\n: b", /is not YAML/],
  ["a tag of its own", "a: !foo b", /line 1: is not YAML: Unresolved tag/],
  ["YAML 1.1", "%YAML 1.1\n---\na: yes", /must be YAML 1.2/],
  ["what is nested too deeply", nested(60), /nested too deeply/],
  ["what is nested far too deeply", nested(5000), /is not YAML/],
  ["aliases that grow", bomb, /too many parts/],
  ["an alias of itself", "a: &a\n  b: *a", /nested too deeply/],
  ["too much text", `a: ${"x".repeat(4_000_001)}`, /more than 4000000 characters/],
])("refuses %s", (_, text, message) => {
  expect(() => readYaml(text)).toThrow(message);
});

test.each([
  ["a number that can't be held", "a:\n  b: 12345678901234567890", "a.b", 2],
  ["infinity", "a: .inf", "a", 1],
  ["a tag", "a: !!binary aaaa", "a", 1],
  ["a name that reaches a prototype", "a: 1\nb:\n  __proto__: {}", "b.__proto__", 3],
  ["an alias of nothing", "a: *b", "a", 1],
])("tells %s as a problem", (_, text, path, line) => {
  expect(readYaml(text).problems).toEqual([{ path, line, message: expect.any(String) }]);
});
