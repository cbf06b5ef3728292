/** The options that say which decisions, by the parameters of the query API. */
export const filterOptions = {
  gateway: { type: "string", multiple: true },
  principal: { type: "string", multiple: true },
  agent: { type: "string", multiple: true },
  engine: { type: "string", multiple: true },
  method: { type: "string", multiple: true },
  target: { type: "string", multiple: true },
  tool: { type: "string", multiple: true },
  policy: { type: "string", multiple: true },
  outcome: { type: "string", multiple: true },
  decision: { type: "string" },
  mode: { type: "string" },
  flips: { type: "boolean" },
} as const;

/** The options that say which evaluations, likewise. */
export const evaluationOptions = {
  config: { type: "string", multiple: true },
  evaluator: { type: "string", multiple: true },
  session: { type: "string", multiple: true },
  agent: { type: "string", multiple: true },
  label: { type: "string", multiple: true },
  error: { type: "string", multiple: true },
} as const;

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * A moment: a time of RFC 3339, or how long ago, as in `15m`.
 * @throws Error that says what an option takes.
 */
export function momentOf(option: string, text: string, now: Date): Date {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (unit !== undefined) return new Date(now.getTime() - Number(count) * units[unit as keyof typeof units]);
  const time = new Date(text);
  if (Number.isNaN(time.getTime()) || !/^\d{4}-\d\d-\d\d/.test(text)) {
    throw new Error(`--${option} takes a time, as in 2026-11-22T10:00:00Z, or how long ago, as in 15m: not "${text}".`);
  }
  return time;
}
