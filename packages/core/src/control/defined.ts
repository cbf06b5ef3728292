type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** The members of an object that aren't undefined: the SDK's types allow undefined where records know only absent. */
export function defined<T extends object>(members: T): Partial<Defined<T>> {
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Partial<Defined<T>>; // Nothing but undefined was left out.
}
