import { type Html, html } from "../../html.ts";
import { agentScores } from "./agentScores.ts";
import { cost } from "./cost.ts";
import { decisions } from "./decisions.ts";
import { denials, denied } from "./denials.ts";
import { failures } from "./failures.ts";
import { flips } from "./flips.ts";
import { latency } from "./latency.ts";
import { scores } from "./scores.ts";
import { tokens } from "./tokens.ts";
import { verdicts } from "./verdicts.ts";
import type { Widget } from "./widget.ts";
import { worstSessions } from "./worstSessions.ts";

/** The widgets that read aggregates, in the order in which dashboards show them. */
export const widgets = {
  decisions,
  latency,
  denials,
  denied,
  flips,
  failures,
  tokens,
  cost,
  scores,
  verdicts,
  agentScores,
  worstSessions,
} as const satisfies Record<string, Widget>;
export type WidgetName = keyof typeof widgets;

/** A widget's content as what may stand in a page beside others; `styleOf` has its style. */
export function framed(content: Html): Html {
  return html`<div class="gh">${content}</div>`;
}
