/** What could not be decided, and why: it is outside of what the solver can follow, or the solver's time was up. */
export interface Undecided {
  readonly tools: readonly string[];
  readonly reason: string;
}

/** Collects what could not be decided, by reason. */
export class UndecidedList {
  readonly #tools = new Map<string, Set<string>>();

  add(reason: string, tools: Iterable<{ readonly name: string }>): void {
    const known = this.#tools.get(reason) ?? new Set();
    for (const { name } of tools) known.add(name);
    this.#tools.set(reason, known);
  }

  get all(): Undecided[] {
    return [...this.#tools].map(([reason, tools]) => ({ tools: [...tools], reason }));
  }
}
