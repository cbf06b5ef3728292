/**
 * For how many days what has happened is kept: decisions, spans, the sessions that they are of and their evaluations; who asks who changed
 * something, or who got a credential, mostly asks long after, and there are few of them. Counters by the minute are kept for as
 * long as a month is compared with the one before, those by the hour for a year and a month.
 */
export const daysKept = {
  decisions: 90,
  spans: 90,
  sessions: 90,
  evaluations: 90,
  changes: 400,
  credentials: 400,
  minutes: 40,
  hours: 400,
} as const;

/**
 * When what has happened expires, in seconds since 1970 (DynamoDB, "Time to Live").
 * @param time when it happened, in ISO 8601.
 */
export function expiry(time: string, days: number): number {
  return Math.floor(Date.parse(time) / 1_000) + days * 86_400;
}

/** When an item expires to which is added until a period is over, of a day at most: a day later. @param begin the period's, as above. */
export function expiryOfPeriod(begin: string, days: number): number {
  return expiry(begin, days + 1);
}
