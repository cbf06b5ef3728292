import { styleText } from "node:util";
import type { Json } from "@gatehouse/core/json.ts";
import type { Difference } from "./difference.ts";
import type { Change, Plan } from "./plan.ts";
import { describeResource } from "./steps.ts";
import { visible } from "./visible.ts";

const signs = { create: "+", change: "~", delete: "-" } as const;
const colours = { create: "green", change: "yellow", delete: "red" } as const;

/** A plan for a person to read. @param stream where it will be shown, for colours; without it there are none. */
export function printedPlan({ changes, leftAlone }: Plan, stream?: NodeJS.WriteStream): string {
  const lines = changes.flatMap((change) => printedChange(change, stream));
  const extras = leftAlone.map((resource) => `  ${describeResource(resource)}: not in the file, left alone`);
  const count = (action: Change["action"]) => changes.filter((change) => change.action === action).length;
  const summary =
    changes.length === 0
      ? "No difference."
      : `${count("create")} to create, ${count("change")} to change, ${count("delete")} to delete.`;
  return [...lines, ...extras.map(visible), summary].join("\n");
}

function printedChange(change: Change, stream: NodeJS.WriteStream | undefined): string[] {
  const { action, differences } = change;
  const head = visible(`${signs[action]} ${action} ${describeResource(change)}`);
  const detaches = differences.some(({ path, after }) => path === "policyEngine" && after === undefined);
  return [
    stream === undefined ? head : styleText(colours[action], head, { stream }),
    ...differences.flatMap(printedDifference).map(visible),
    ...(detaches ? ["    Without a policy engine every call of this gateway goes through."] : []),
  ];
}

function printedDifference({ path, before, after }: Difference): string[] {
  if (isLong(before) || isLong(after)) return [`    ${path}:`, ...changedLines(before, after)];
  return [`    ${path}: ${printedValue(before)} → ${printedValue(after)}`];
}

/** Text of several lines is shown by the lines that aren't the same at its beginning and its end. */
function changedLines(before: Json | undefined, after: Json | undefined): string[] {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  const shortest = Math.min(old.length, fresh.length);
  let start = 0;
  while (start < shortest && old[start] === fresh[start]) start += 1;
  let end = 0;
  while (end < shortest - start && old[old.length - 1 - end] === fresh[fresh.length - 1 - end]) end += 1;
  return [
    ...old.slice(start, old.length - end).map((line) => `      - ${line}`),
    ...fresh.slice(start, fresh.length - end).map((line) => `      + ${line}`),
  ];
}

function linesOf(value: Json | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? value.split("\n") : JSON.stringify(value, null, 2).split("\n");
}

function isLong(value: Json | undefined): boolean {
  return (
    value !== undefined && (printedValue(value).length > 80 || (typeof value === "string" && value.includes("\n")))
  );
}

function printedValue(value: Json | undefined): string {
  return value === undefined ? "(none)" : JSON.stringify(value);
}
