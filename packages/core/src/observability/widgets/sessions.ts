import { type Html, html } from "../../html.ts";
import type { SessionSummary, SpanRepository } from "../../storage/spanRepository.ts";
import { joined } from "./charts/axes.ts";
import { clock, full, moment, money, name, short } from "./charts/format.ts";
import { table } from "./charts/table.ts";
import { empty, note, summary, type View } from "./widget.ts";

const mostSessions = 10;

/** What the widget of sessions is called and shows. It reads the ledger, and so isn't among those that read aggregates. */
export const sessionsInfo = {
  title: "Sessions",
  description: "The newest sessions of agents, with what happened in each.",
} as const;

/** Draws the newest sessions. */
export async function drawSessions(spans: Pick<SpanRepository, "sessions">, view: View): Promise<Html> {
  const range = { from: new Date(view.range.from), to: new Date(view.range.to) };
  const found: SessionSummary[] = [];
  let more = false;
  for await (const session of spans.sessions(range)) {
    if (view.scope !== undefined && !session.gateways.includes(view.scope)) continue;
    more = found.length === mostSessions;
    if (more) break;
    found.push(session);
  }
  if (found.length === 0) return empty("No session in this time.");
  const number = (label: string) => ({ label, number: true });
  const columns = ["Decisions", "Denied", "Model requests", "Tokens", "Cost", "Errors"].map(number);
  return joined([
    summary(`${full(found.length)}${more ? "+" : ""}`, found.length === 1 ? "session" : "sessions"),
    html`<div class="gh-scroll">${table(
      sessionsInfo.title,
      [{ label: "Session" }, { label: "When" }, ...columns],
      found.map((session) => rowOf(session, view.offsetMinutes)),
    )}</div>`,
    ...(more ? [note("There are more: the newest are shown.")] : []),
  ]);
}

function rowOf(session: SessionSummary, offsetMinutes: number) {
  const { sessionId, from, to, agents, decisions, denials, modelCalls, inputTokens, outputTokens } = session;
  const who =
    agents.length === 0 ? undefined : html`<br><span class="gh-by"><bdi>${agents.map(name).join(", ")}</bdi></span>`;
  return [
    html`<bdi>${name(sessionId)}</bdi>${who}`,
    `${moment(from, offsetMinutes)}–${clock(to, offsetMinutes)}`,
    full(decisions),
    full(denials),
    full(modelCalls),
    short(inputTokens + outputTokens),
    money(session.costNanoDollars),
    full(session.errors),
  ];
}
