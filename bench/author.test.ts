import { readFileSync } from "node:fs";
import { authorPolicies } from "@gatehouse/core/policy/authoring/author.ts";
import { gateways } from "@gatehouse/core/policy/authoring/corpus/gateways.ts";
import { expect, test } from "vitest";
import { benchAuthor } from "./author.ts";

const guide = readFileSync(new URL("../docs/author.md", import.meta.url), "utf8");

/** The cells of a section's last table, row by row, without its head. */
function rowsUnder(heading: string): string[][] {
  const [section = ""] = guide.split(`## ${heading}\n`)[1]?.split("\n## ") ?? [];
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(1).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test("docs/author.md says how well the author does", { timeout: 60_000 }, () => {
  const { scores } = benchAuthor();
  const wanted = [scores.all, scores["held back at first"]].map((score) => [
    score.sentences,
    score.translatable,
    score.translatedRight,
    score.translatedWrong,
    score.sentences - score.translatable,
    score.refusedRight,
  ]);
  const said = rowsUnder("How well it does").map((cells) => cells.map((cell) => Number(/\d+/.exec(cell)?.[0])));
  expect(said).toEqual(wanted);
});

test.each(rowsUnder("What is refused"))("docs/author.md says why this is refused: %s", (sentence, words) => {
  // What is in brackets at the end is advice.
  const reason = words?.replace(/ \([^)]*\)$/, "");
  const [authored] = authorPolicies(sentence ?? "", gateways.insurance);
  expect(authored).toMatchObject({ fragment: sentence, reason: expect.stringContaining(reason ?? "?") });
});
