/** Words that Cedar's grammar keeps for itself: none of them can name a type. */
const reserved = new Set(["true", "false", "if", "then", "else", "in", "like", "has", "is", "__cedar"]);

/** True for a name that Cedar's grammar takes as an identifier, as every type name must be one. */
export function isIdentifier(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !reserved.has(name) && !name.includes("__cedar");
}

/**
 * Gives each name an identifier of its own: the name itself where it is one, otherwise the nearest readable spelling
 * (`My-Target___get.it` becomes `My_Target___get_it`) with a number behind it if that is taken. Names that are
 * identifiers are served first, so that no odd name can take the name of another.
 *
 * @param mayKeep Whether a name needs no alias, and whether an alias is good; narrower than `isIdentifier` if given.
 */
export function identifiersFor(
  names: Iterable<string>,
  mayKeep: (name: string) => boolean = isIdentifier,
): Map<string, string> {
  const all = [...new Set(names)];
  const taken = new Set(all.filter(mayKeep));
  return new Map(all.map((name) => [name, mayKeep(name) ? name : claim(name, taken, mayKeep)]));
}

function claim(name: string, taken: Set<string>, mayKeep: (name: string) => boolean): string {
  const spelled = name.replaceAll(/[^A-Za-z0-9_]/gu, "_").replaceAll("__cedar", "_cedar");
  const base = isIdentifier(spelled) ? spelled : `_${spelled}`;
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? base : `${base}_${n}`;
    if (!taken.has(candidate) && mayKeep(candidate)) {
      taken.add(candidate);
      return candidate;
    }
  }
}
