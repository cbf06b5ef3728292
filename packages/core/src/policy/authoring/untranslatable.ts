/** Why a text, or one reading of it, says nothing that a policy can say. Its message is for the author of the text. */
export class Untranslatable extends Error {}

/** Refuses a reading. @throws {Untranslatable} always. */
export function refuse(reason: string): never {
  throw new Untranslatable(reason);
}

/** A list for people: `a`, `b` or `c`, cut where it gets long. */
export function listed(names: Iterable<string>, joint: "or" | "and" = "or"): string {
  const all = [...names];
  const shown = all.slice(0, 12);
  if (all.length > shown.length) return `${shown.join(", ")} ${joint} ${all.length - shown.length} more`;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} ${joint} ${shown.at(-1)}`;
}
