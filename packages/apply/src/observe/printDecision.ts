import { styleText } from "node:util";
import type { Decision } from "@gatehouse/core/observability/query/answers.ts";
import { visible } from "../visible.ts";

const colours = {
  allowed: "green",
  listed: "gray",
  denied: "red",
  "would-deny": "yellow",
  rejected: "magenta",
} as const;

/**
 * A decision in one line, for a person to read. Whatever a terminal would act upon, or not show, is written out: names are
 * whatever somebody has called them.
 * @param stream where it will be shown, for colours; `NO_COLOR` and `FORCE_COLOR` are heeded. Without it there are none.
 */
export function printedDecision(decision: Decision, stream?: NodeJS.WriteStream): string {
  const { time, outcome, principal, agent, method, tool, prompt, resource, listed, reason, logOnly } = decision;
  const paint = (format: Parameters<typeof styleText>[0], text: string) =>
    stream === undefined ? text : styleText(format, text, { stream });
  const what = tool ?? prompt ?? resource ?? "";
  const who = agent === undefined ? principal.id : `${principal.id} by ${agent}`;
  const counts = listed === undefined ? [] : [`${listed.shown.count} shown, ${listed.hidden.count} hidden`];
  const flips =
    logOnly?.flips === true && outcome !== "would-deny" ? [paint("yellow", "enforced, LOG_ONLY would change it")] : [];
  return [
    paint("dim", `${time.slice(11, 23)}Z`),
    paint(colours[outcome], outcome.padEnd("would-deny".length)),
    visible(who),
    paint("bold", visible(what === "" ? method : what)),
    ...(method === "tools/call" || what === "" ? [] : [paint("dim", visible(method))]),
    ...counts,
    paint("dim", visible(reason)),
    ...flips,
  ].join("  ");
}
