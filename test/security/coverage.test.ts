import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = `${import.meta.dirname}/../..`;
const rows = readFileSync(`${root}/docs/security.md`, "utf8").matchAll(/^\| (T\d\d) \|.*\| ([^|]+) \|$/gm);
const states = new Map([...rows].map(([, id = "", state = ""]) => [id, state]));
const tests = globSync(["packages/*/src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"], { cwd: root })
  .map((file) => readFileSync(`${root}/${file}`, "utf8"))
  .join("\n");
// The name of a test or a describe: where an id must stand to be found with `-t`.
const cited = new Set(
  [...tests.matchAll(/(?:describe|test|it)[^"'`]*["'`]([^"'`]*)/g)].flatMap(
    ([, name = ""]) => name.match(/T\d\d/g) ?? [],
  ),
);

test("the table has all 24 rows", () => {
  expect([...states.keys()]).toEqual(
    Array.from({ length: 24 }, (_, index) => `T${String(index + 1).padStart(2, "0")}`),
  );
});

test.each([...states.keys()])("%s is cited by a test", (id) => {
  expect(cited).toContain(id);
});

test("nothing is planned any more", () => {
  expect([...states].filter(([, state]) => state === "planned")).toEqual([]);
});
