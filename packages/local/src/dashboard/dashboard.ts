import type { IncomingMessage, ServerResponse } from "node:http";
import { messageOf } from "@gatehouse/core/errors.ts";
import { type Html, html } from "@gatehouse/core/html.ts";
import { binsOf, type TimeRange } from "@gatehouse/core/observability/widgets/bins.ts";
import { scopesOf } from "@gatehouse/core/observability/widgets/cells.ts";
import { drawSessions, sessionsInfo } from "@gatehouse/core/observability/widgets/sessions.ts";
import type { View } from "@gatehouse/core/observability/widgets/widget.ts";
import { type WidgetName, widgets } from "@gatehouse/core/observability/widgets/widgets.ts";
import type { AggregateRepository } from "@gatehouse/core/storage/aggregateRepository.ts";
import type { SpanRepository } from "@gatehouse/core/storage/spanRepository.ts";
import { refuse } from "../http/answer.ts";
import type { Mount } from "../http/front.ts";
import { isLoopback } from "../http/guard.ts";
import { type Choice, choiceOf, ranges } from "./choice.ts";
import { type Card, dashboardPage, pageHeaders } from "./page.ts";
import { sharedAggregates } from "./shared.ts";

/** What the dashboard reads. */
export interface DashboardSources {
  readonly aggregates: AggregateRepository;
  readonly spans: Pick<SpanRepository, "sessions">;
}

export interface DashboardOptions {
  readonly sources: DashboardSources;
  readonly log: (line: string) => void;
  readonly now?: () => number;
  /** How far the machine's clock is ahead of UTC at a moment, in minutes. */
  readonly offsetMinutes?: (now: number) => number;
}

const size = { width: 640, height: 220 } as const;

/**
 * The page `/dashboard`, for callers on loopback only: who is denied what is nobody else's business, and nobody has to sign
 * in here.
 */
export function createDashboard(options: DashboardOptions): Mount {
  return (request, response, path) => {
    if (path !== "/dashboard") return false;
    request.resume();
    if (!isLoopback(request.socket.remoteAddress)) {
      refuse(response, 403, "AccessDeniedException", "The dashboard is shown on its own machine only.");
    } else if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      refuse(response, 405, "MethodNotAllowedException", "The dashboard takes GET.");
    } else {
      void show(request, response, options);
    }
    return true;
  };
}

async function show(request: IncomingMessage, response: ServerResponse, options: DashboardOptions): Promise<void> {
  const choice = choiceOf(new URL(request.url ?? "/", "http://localhost").searchParams);
  try {
    const page = await draw(choice, options);
    response.writeHead(200, { ...pageHeaders, "content-length": Buffer.byteLength(page) });
    response.end(request.method === "HEAD" ? undefined : page);
  } catch (error) {
    options.log(`The dashboard could not be drawn: ${messageOf(error)}`);
    refuse(response, 500, "InternalServerException", "The dashboard could not be drawn: Gatehouse's output says why.");
  }
}

async function draw(choice: Choice, { sources, log, now = Date.now, offsetMinutes }: DashboardOptions) {
  const to = now();
  const range: TimeRange = { from: to - ranges[choice.range].milliseconds, to };
  const offset = offsetMinutes?.(to) ?? -new Date(to).getTimezoneOffset();
  const common = { ...size, range, offsetMinutes: offset };
  const aggregates = sharedAggregates(sources.aggregates);
  const gateways = await scopesOf(aggregates, "gateway", binsOf(range));
  const card = async (id: string, title: string, wide: boolean, content: (view: View) => Promise<Html>) => ({
    id,
    title,
    wide,
    content: await orApology(content({ ...common, id, scope: choice.gateway }), title, log),
  });
  const drawn = (Object.keys(widgets) as WidgetName[]).map((key) => {
    const { [key]: widget } = widgets;
    // Agents aren't known by gateways: those of models are shown whatever gateway is chosen.
    const scope = widget.scope === "gateway" ? choice.gateway : undefined;
    return card(key, widget.title, false, (view) => widget.draw(aggregates, { ...view, scope }));
  });
  const sessions = card("sessions", sessionsInfo.title, true, (view) => drawSessions(sources.spans, view));
  const cards: readonly Card[] = await Promise.all([...drawn, sessions]);
  return dashboardPage({ choice, gateways, cards, now: to, offsetMinutes: offset });
}

/** One widget that can't be drawn doesn't keep the others from being seen. */
async function orApology(content: Promise<Html>, title: string, log: (line: string) => void): Promise<Html> {
  try {
    return await content;
  } catch (error) {
    log(`The widget "${title}" could not be drawn: ${messageOf(error)}`);
    return html`<p class="gh-empty">This could not be drawn: Gatehouse's output says why.</p>`;
  }
}
