/** What stands for the ids, ARNs and addresses of the synthesis where something real has taken their place. */
export class Names {
  readonly #real = new Map<string, string>();

  /** Remembers that what the synthesis calls `assumed` is `real`; whatever isn't known of either is left as it is. */
  learn(assumed: Readonly<Record<string, unknown>>, real: Readonly<Record<string, string | undefined>>): void {
    for (const [output, value] of Object.entries(real)) {
      const name = assumed[output];
      if (value === undefined) throw new Error(`Nothing was said of ${output}.`);
      if (typeof name === "string") this.#real.set(name, value);
    }
  }

  /** A value with the real names in all its texts, policies in JSON included. */
  in<T>(value: T): T {
    return this.#replace(value) as T; // Of the same shape: only texts change.
  }

  #replace(value: unknown): unknown {
    if (typeof value === "string") return this.#replaceIn(value);
    if (Array.isArray(value)) return value.map((member) => this.#replace(member));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, this.#replace(member)]));
  }

  #replaceIn(text: string): string {
    // The longest first: an ARN has the id of its resource in it.
    const known = [...this.#real].sort(([a], [b]) => b.length - a.length);
    return known.reduce((changed, [assumed, real]) => changed.replaceAll(assumed, real), text);
  }
}
