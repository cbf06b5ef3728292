import type { Increment, Mark } from "./effect.ts";
import { keyPart } from "./keyPart.ts";
import { daysKept, expiryOfPeriod } from "./retention.ts";

/**
 * What a session's counters of an hour grow by, with the minute in which it happened: so the first and the last are known,
 * whatever the order in which events come.
 */
export function activityOf(sessionId: string, time: number, counters: Readonly<Record<string, number>>): Increment[] {
  if (sessionId === "") return [];
  const at = new Date(time).toISOString();
  const hour = at.slice(0, 13);
  return [
    {
      table: "ledger",
      key: { pk: sessionPartition(sessionId), sk: `HOUR#${hour}` },
      says: { expiresAt: expiryOfPeriod(`${hour}:00Z`, daysKept.sessions) },
      add: Object.fromEntries(Object.entries(counters).filter(([, count]) => count !== 0)),
      include: { minutes: Number(at.slice(14, 16)) },
    },
  ];
}

/** Where all that is known of a session is. */
export function sessionPartition(sessionId: string): string {
  return `SESSION#${keyPart(sessionId)}`;
}

/** Where the sessions of an hour (ISO 8601 up to it) are named. */
export function sessionsPartition(hour: string): string {
  return `SESSIONS#${hour}`;
}

/**
 * The marks by which a session is found from its hours and its trace, its traces from the session, and who took part: what no decision
 * tells, which has its session in the index and its trace in itself. There is one a minute or a day, so that each says the same whoever writes it, its expiry included. Names are anybody's to choose: rows of
 * their own hold any number of them, which sets in the session's own items would not.
 */
export function sessionMarks(
  sessionId: string,
  time: number,
  { traceId, gateway, agent }: { traceId?: string | undefined; gateway?: string; agent?: string | undefined },
): Mark[] {
  if (sessionId === "") return [];
  const at = new Date(time).toISOString();
  const [day, hour, minute] = [at.slice(0, 10), at.slice(0, 13), at.slice(0, 16)];
  const session = sessionPartition(sessionId);
  const mark = (pk: string, sk: string, name: string): Mark => ({
    table: "ledger",
    item: { pk, sk, name, expiresAt: expiryOfPeriod(day, daysKept.sessions) },
  });
  return [
    mark(sessionsPartition(hour), keyPart(sessionId), sessionId),
    ...(traceId === undefined
      ? []
      : [
          mark(session, `TRACE#${minute}#${traceId}`, traceId),
          mark(`TRACE#${traceId}`, `SESSION#${day}#${keyPart(sessionId)}`, sessionId),
        ]),
    ...(gateway === undefined ? [] : [mark(session, `GATEWAY#${day}#${gateway}`, gateway)]),
    ...(agent === undefined ? [] : [mark(session, `AGENT#${day}#${keyPart(agent)}`, agent)]),
  ];
}
