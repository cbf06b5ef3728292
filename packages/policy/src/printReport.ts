import { visible } from "@gatehouse/apply/visible.ts";
import type { ReplayReport, TopChanges } from "@gatehouse/core/policy/replay/report.ts";
import type { ReplayExample } from "@gatehouse/core/policy/replay/tally.ts";

/** A report for a person to read. */
export function printedReport(report: ReplayReport): string {
  const { calls, unchanged, newlyAllowed, newlyDenied, notReplayable, failures, from, until, examples } = report;
  const period = from === undefined ? "" : `, from ${from} until ${until}`;
  const lines = [
    `${count(calls, "call")}${period}`,
    `  ${count(unchanged, "call")} as before`,
    `  ${count(newlyAllowed, "call")} newly allowed`,
    `  ${count(newlyDenied, "call")} newly denied${failures === 0 ? "" : `, ${failures} because deciding failed`}`,
    `  ${count(notReplayable, "call")} not replayable`,
    ...notReplayableReasons(report),
    ...table("By tool", report.byTool),
    ...table("By principal", report.byPrincipal),
    ...table("By policy", report.byPolicy),
    ...exampleLines("Newly allowed, for example", examples.newlyAllowed),
    ...exampleLines("Newly denied, for example", examples.newlyDenied),
  ];
  return lines.map(visible).join("\n");
}

function notReplayableReasons({ notReplayableReasons }: ReplayReport): string[] {
  return notReplayableReasons.flatMap(({ message, calls, examples }) => [
    `    ${calls} × ${message}`,
    ...examples.map(({ line, detail }) => `      ${line === undefined ? "" : `line ${line}: `}${detail}`),
  ]);
}

function table(title: string, { top, more }: TopChanges): string[] {
  if (top.length === 0) return [];
  const width = Math.max(...top.map(({ key }) => key.length));
  const rows = top.map(
    ({ key, newlyAllowed, newlyDenied }) => `  ${key.padEnd(width)}  +${newlyAllowed} allowed  -${newlyDenied} denied`,
  );
  return ["", title, ...rows, ...(more === 0 ? [] : [`  and ${more} more`])];
}

function exampleLines(title: string, examples: readonly ReplayExample[]): string[] {
  if (examples.length === 0) return [];
  const lines = examples.flatMap(({ time, principal, tool, arguments: args, reason }) => [
    `  ${time} ${principal.id} ${tool} ${args === undefined ? "(long arguments)" : JSON.stringify(args)}`,
    `    ${reason}`,
  ]);
  return ["", title, ...lines];
}

function count(calls: number, noun: string): string {
  return `${calls} ${noun}${calls === 1 ? "" : "s"}`;
}
