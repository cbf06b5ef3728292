import type { LedgerRepository } from "../../storage/ledgerRepository.ts";
import type { ToolDecision } from "../events.ts";
import type { Decision } from "./answers.ts";
import type { Cell } from "./csv.ts";
import type { Range } from "./range.ts";

/** Which decisions: what is said must hold, of several values one. */
export interface DecisionFilter {
  readonly principal?: readonly string[] | undefined;
  readonly agent?: readonly string[] | undefined;
  readonly engine?: readonly string[] | undefined;
  readonly method?: readonly string[] | undefined;
  readonly target?: readonly string[] | undefined;
  readonly tool?: readonly string[] | undefined;
  readonly policy?: readonly string[] | undefined;
  readonly decision?: "ALLOW" | "DENY" | undefined;
  readonly outcome?: readonly string[] | undefined;
  readonly mode?: "ENFORCE" | "LOG_ONLY" | undefined;
  readonly flips?: boolean | undefined;
}

/** Whether a decision is one of those that are asked for. */
export function matches(decision: ToolDecision, filter: DecisionFilter): boolean {
  const { principal, agent, policyEngine: engine, method, target, tool, outcome, determiningPolicies } = decision;
  return (
    isOneOf(principal.id, filter.principal) &&
    isOneOf(agent, filter.agent) &&
    (filter.engine === undefined || filter.engine.some((named) => isEngine(engine?.arn, named))) &&
    isOneOf(method, filter.method) &&
    isOneOf(target, filter.target) &&
    isOneOf(tool, filter.tool) &&
    isOneOf(outcome, filter.outcome) &&
    (filter.policy === undefined || determiningPolicies.some((policy) => isOneOf(policy, filter.policy))) &&
    (filter.decision === undefined || decision.decision === filter.decision) &&
    (filter.mode === undefined || engine?.mode === filter.mode) &&
    (filter.flips === undefined || (decision.logOnly?.flips ?? false) === filter.flips)
  );
}

function isOneOf(value: string | undefined, values: readonly string[] | undefined): boolean {
  return values === undefined || (value !== undefined && values.includes(value));
}

/** Whether an engine, by its ARN, is the one that is named, by its ARN or its id. */
export function isEngine(arn: string | undefined, named: string): boolean {
  return arn !== undefined && (arn === named || arn.endsWith(`/${named}`));
}

/** A decision as it is shown. */
export function shown({ request: _, ...decision }: ToolDecision): Decision {
  return decision;
}

/** What a decision sorts by: text that orders as time does, then by id. */
export function positionOf({ time, decisionId }: Pick<ToolDecision, "time" | "decisionId">): string {
  return `${time}#${decisionId}`;
}

const hour = 3_600_000;
/** Most hours are empty, or nearly: so many are read before it is their turn. Each reader holds a megabyte at most. */
const maxHoursAhead = 8;
const maxReadersAhead = 32;

/** A decision, or that there is none before (after, where the latest come first) a position that was not there yet. */
export type Found =
  | { readonly position: string; readonly decision: ToolDecision }
  | { readonly position: string; readonly decision?: undefined };

/**
 * Decisions of several gateways in the order of time, or against it; and the ends of hours that were looked through, so that
 * whoever stops there can go on from there.
 * @param after where it goes on: a position that was found before. It is not found again.
 */
export async function* findDecisions(
  ledger: Pick<LedgerRepository, "decisions">,
  query: Range & {
    readonly gateways: readonly string[];
    readonly descending: boolean;
    readonly after?: string | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): AsyncGenerator<Found> {
  const { gateways, descending, after, signal } = query;
  const isNew = (position: string) => after === undefined || (descending ? position < after : position > after);
  const windows = [...hoursOf(resumed(query, after, descending), descending)];
  const ahead = Math.max(1, Math.min(maxHoursAhead, Math.floor(maxReadersAhead / Math.max(1, gateways.length))));
  const started = new Map<number, ReturnType<typeof begin>>();
  const begin = (window: Range) => {
    const sources = gateways.map((gatewayId) =>
      ledger.decisions({ ...window, gatewayId, descending, ...(signal === undefined ? {} : { signal }) }),
    );
    const decisions = merged(sources, descending);
    const first = decisions.next();
    // Where nobody comes to it any more, nobody hears of its failure.
    first.catch(() => {});
    return { decisions, first };
  };
  try {
    for (const [index, window] of windows.entries()) {
      signal?.throwIfAborted();
      for (const [offset, next] of windows.slice(index, index + ahead).entries()) {
        if (!started.has(index + offset)) started.set(index + offset, begin(next));
      }
      const { decisions, first } = started.get(index) ?? begin(window);
      for (let found = await first; !found.done; found = await decisions.next()) {
        const position = positionOf(found.value);
        if (isNew(position)) yield { position, decision: found.value };
      }
      started.delete(index);
      yield { position: (descending ? window.from : window.to).toISOString() };
    }
  } finally {
    await Promise.allSettled([...started.values()].map(({ decisions }) => decisions.return(undefined)));
  }
}

/** What is left of a range after a position. The millisecond of the position itself is looked through once more. */
function resumed({ from, to }: Range, after: string | undefined, descending: boolean): Range {
  if (after === undefined) return { from, to };
  const [time = "", id] = after.split("#");
  const at = new Date(time);
  if (!descending) return { from: at, to };
  return { from, to: id === undefined ? at : new Date(at.getTime() + 1) };
}

/** A range, hour by hour. */
export function* hoursOf({ from, to }: Range, descending: boolean): Generator<Range> {
  const first = Math.floor(from.getTime() / hour);
  const count = Math.max(0, Math.ceil(to.getTime() / hour) - first);
  for (let index = 0; index < count; index++) {
    const start = (first + (descending ? count - 1 - index : index)) * hour;
    yield {
      from: new Date(Math.max(start, from.getTime())),
      to: new Date(Math.min(start + hour, to.getTime())),
    };
  }
}

/** Several sequences in one order as one. All are begun at once, so that none waits for another's first answer. */
async function* merged(
  sources: readonly AsyncIterable<ToolDecision>[],
  descending: boolean,
): AsyncGenerator<ToolDecision> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  try {
    const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
    for (;;) {
      let first: number | undefined;
      for (const [index, head] of heads.entries()) {
        if (head.done) continue;
        const best = first === undefined ? undefined : heads[first];
        if (best === undefined || best.done || isBefore(head.value, best.value, descending)) first = index;
      }
      const head = first === undefined ? undefined : heads[first];
      const iterator = first === undefined ? undefined : iterators[first];
      if (first === undefined || head === undefined || head.done || iterator === undefined) return;
      yield head.value;
      heads[first] = await iterator.next();
    }
  } finally {
    await Promise.allSettled(iterators.map((iterator) => iterator.return?.()));
  }
}

function isBefore(a: ToolDecision, b: ToolDecision, descending: boolean): boolean {
  return descending ? positionOf(a) > positionOf(b) : positionOf(a) < positionOf(b);
}

/** The columns of decisions in CSV. */
export const decisionColumns = [
  "time",
  "decisionId",
  "gateway",
  "method",
  "principal",
  "agent",
  "target",
  "tool",
  "prompt",
  "resource",
  "decision",
  "outcome",
  "mode",
  "policyEngine",
  "determiningPolicies",
  "flips",
  "flippingPolicies",
  "reason",
  "durationMicroseconds",
  "sessionId",
  "traceId",
  "spanId",
] as const;

/** A decision as a row of these columns. */
export function decisionRow(decision: Decision): readonly Cell[] {
  const { policyEngine, logOnly } = decision;
  const cells: Record<(typeof decisionColumns)[number], Cell> = {
    ...decision,
    gateway: decision.gateway.id,
    principal: decision.principal.id,
    agent: decision.agent,
    target: decision.target,
    tool: decision.tool,
    prompt: decision.prompt,
    resource: decision.resource,
    mode: policyEngine?.mode,
    policyEngine: policyEngine?.arn,
    determiningPolicies: decision.determiningPolicies.join(" "),
    flips: logOnly?.flips,
    flippingPolicies: logOnly?.flippingPolicies.join(" "),
    sessionId: decision.sessionId,
    traceId: decision.traceId,
    spanId: decision.spanId,
  };
  return decisionColumns.map((column) => cells[column]);
}
