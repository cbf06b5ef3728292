import type { EventOutbox } from "../../observability/eventOutbox.ts";
import type { SessionEndRepository } from "../../storage/sessionEndRepository.ts";
import type { OnlineEvaluation } from "./config.ts";
import { isSampled } from "./sampling.ts";

/** What ends sessions works with. */
export interface SessionEndDependencies {
  readonly sessions: SessionEndRepository;
  readonly outbox: EventOutbox;
  readonly now: Date;
  readonly signal: AbortSignal;
  /** What was found to have ended before, as `endedKey` names it: it isn't looked at again. */
  readonly ended: Set<string>;
}

const minute = 60_000;
const hour = 60 * minute;
/** For so long after its time-out a session is still found whose spans came late. */
export const lateMilliseconds = hour;
const readAtATime = 16;

/**
 * Ends the sampled sessions in which nothing has happened for a configuration's time-out: each once, whoever else does the
 * same at the same time, with an event that exists if and only if the session is marked. What happens in a session
 * afterwards doesn't begin another: a session is evaluated once by a configuration.
 *
 * Time is that of the spans and decisions, to the minute. Those that come to the ledger more than an hour after their
 * session's time-out are too late.
 * @returns how many sessions have ended now.
 * @throws whatever the tables do, or the signal's reason: what is left is done the next time.
 */
export async function endSessions(config: OnlineEvaluation, dependencies: SessionEndDependencies): Promise<number> {
  const { sessions, now, signal, ended } = dependencies;
  const { configId, enabledAt, sessionTimeoutMinutes } = config;
  // Of a minute in which something happened, the last moment counts.
  const until = Math.floor((now.getTime() - sessionTimeoutMinutes * minute) / minute) * minute - minute;
  const before = (await sessions.cursor(configId)) ?? enabledAt;
  const from = Math.floor(Math.max(enabledAt, Math.min(before, until) - lateMilliseconds) / minute) * minute;
  const seen = new Set<string>();
  let count = 0;
  for (let start = Math.floor(from / hour) * hour; start <= until; start += hour) {
    const names = (await sessions.namesOf(new Date(start))).filter(
      (id) => !seen.has(id) && !ended.has(endedKey(configId, id)) && isSampled(id, config.samplingPercentage),
    );
    for (const id of names) seen.add(id);
    for (let at = 0; at < names.length; at += readAtATime) {
      signal.throwIfAborted();
      const some = names.slice(at, at + readAtATime).map(async (sessionId) => {
        const last = await sessions.lastActivity(sessionId, new Date(from));
        if (last === undefined || last < from || last > until) return false;
        const isNew = await endSession(configId, sessionId, last, dependencies);
        ended.add(endedKey(configId, sessionId));
        return isNew;
      });
      count += (await Promise.all(some)).filter(Boolean).length;
    }
  }
  if (until > before) await sessions.setCursor(configId, until);
  return count;
}

/** @returns whether it had not ended before. */
async function endSession(
  configId: string,
  sessionId: string,
  last: number,
  { sessions, outbox }: Pick<SessionEndDependencies, "sessions" | "outbox">,
): Promise<boolean> {
  const lastActivity = new Date(last).toISOString();
  const staged = outbox.stage([
    { type: "SessionEnded", detail: { schemaVersion: 1, configId, sessionId, lastActivity } },
  ]);
  const isNew = await sessions.end({ configId, sessionId, last }, staged.steps);
  if (isNew) await staged.forward();
  return isNew;
}

function endedKey(configId: string, sessionId: string): string {
  return `${configId} ${sessionId}`;
}
