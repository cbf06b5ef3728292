import { styleText } from "node:util";
import type { ToolDrift } from "@gatehouse/core/control/own/toolDriftTypes.ts";
import type { Json } from "@gatehouse/core/json.ts";
import { diffWordsWithSpace } from "diff";
import type { TargetDrift } from "./toolDrift.ts";
import { visible } from "./visible.ts";

const heads = {
  CHANGED: ["~", "changed since it was approved", "yellow"],
  NEW: ["+", "new", "green"],
  REMOVED: ["-", "gone", "red"],
} as const;

/** Words are compared up to here; of longer texts, which take long to compare, both are shown. */
const longestCompared = 20_000;

type Difference = ToolDrift["differences"][number];

/**
 * What tools have changed, for a person to read: words taken away stand in `[-…-]`, words added in `{+…+}`. Whatever a
 * terminal would act upon, or not show, is written out.
 * @param stream where it will be shown, for colours; without it there are none.
 */
export function printedDrift(drift: readonly TargetDrift[], stream?: NodeJS.WriteStream): string {
  const paint = (colour: "red" | "green" | "yellow", text: string) =>
    stream === undefined ? text : styleText(colour, text, { stream });
  const lines = drift.flatMap(({ target, tools }) =>
    tools.flatMap(({ name, kind, differences, observedDigest }) => {
      const [sign, what, colour] = heads[kind];
      const refused = kind === "CHANGED" && observedDigest === undefined;
      return [
        paint(colour, visible(`${sign} ${target}___${name}: ${what}`)),
        ...(refused ? ["    What it says now was refused: see the target's statusReasons."] : []),
        ...differences.flatMap((difference) => printedDifference(difference, paint)),
      ];
    }),
  );
  const count = drift.reduce((sum, { tools }) => sum + tools.length, 0);
  const summary = count === 0 ? "Every tool is as it was approved." : `${count} of the tools to look at.`;
  return [...lines, summary].join("\n");
}

type Paint = (colour: "red" | "green" | "yellow", text: string) => string;

function printedDifference({ path, kind, before, after }: Difference, paint: Paint): string[] {
  const place = visible(path === "" ? "" : `${path}: `);
  if (kind === "ADDED") return indented(paint("green", `+ ${place}${shown(after)}`));
  if (kind === "REMOVED") return indented(paint("red", `- ${place}${shown(before)}`));
  if (typeof before === "string" && typeof after === "string" && before.length + after.length < longestCompared) {
    return indented(`~ ${place}${words(before, after, paint)}`);
  }
  return [
    ...indented(paint("red", `- ${place}${shown(before)}`)),
    ...indented(paint("green", `+ ${place}${shown(after)}`)),
  ];
}

function words(before: string, after: string, paint: Paint): string {
  return diffWordsWithSpace(before, after)
    .map(({ value, added, removed }) => {
      const text = lines(value);
      if (added) return paint("green", `{+${text}+}`);
      return removed ? paint("red", `[-${text}-]`) : text;
    })
    .join("");
}

function shown(value: Json | undefined): string {
  return lines(typeof value === "string" ? value : JSON.stringify(value, null, 2));
}

/** A text in which everything but the ends of lines is visible. */
function lines(text: string): string {
  return text.split("\n").map(visible).join("\n");
}

function indented(text: string): string[] {
  return text.split("\n").map((line) => `    ${line}`);
}
