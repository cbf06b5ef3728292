/** The present, as records keep it: ISO 8601 in UTC, to the millisecond. */
export function now(): string {
  return new Date().toISOString();
}

/** The present, and in any case after `previous`: `updatedAt` tells one state of a resource from the next. */
export function nowAfter(previous: string): string {
  return new Date(Math.max(Date.now(), Date.parse(previous) + 1)).toISOString();
}
