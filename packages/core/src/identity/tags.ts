/** A token whose claims policies couldn't see all of: it is refused, because a policy that forbids could miss its claim. */
export class UnusableClaims extends Error {
  override readonly name = "UnusableClaims";
}

/** Deeper than any issuer's tokens, and shallow enough to walk through without a thought. */
const maxDepth = 32;
/** How many members below a claim have a tag of their own: as deep as this, and no more than these. */
const namedDepth = 4;
const maxNamed = 256;

/** A number of JSON text, as it is written: read as a float, large identifiers would become other ones. */
class NumberLiteral {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/**
 * The tags that policies see of a token's claims, which are strings without exception:
 *
 * - a string is itself, `true` and `false` are words, a number is written as the token writes it;
 * - a list or an object is its JSON text without blanks, from which it can be read again, so that
 *   `principal.getTag("groups") like "*\"admin\"*"` finds a member of a list of strings and nothing else: a quote
 *   inside of a text is written as `\u0022`, so that every quote that is there begins or ends a text;
 * - each member of an object, down to four levels, has a tag besides, named by its JSON Pointer (RFC 6901):
 *   `principal.getTag("/realm_access/roles")`. A claim that has such a name itself comes before it;
 * - `null` is as good as absent, and `__proto__` is no claim.
 *
 * @param payload the JSON text of the claims.
 * @throws UnusableClaims for objects and lists that are nested deeper than 32, or more than 256 members of objects.
 */
export function tagsOf(payload: string): Record<string, string> {
  const claims = readClaims(payload);
  const named = new Map<string, string>();
  for (const [name, claim] of membersOf(claims)) nameMembers(claim, `/${escaped(name)}`, 1, named);
  if (named.size > maxNamed) {
    throw new UnusableClaims(`its claims hold objects with ${named.size} members, and at most ${maxNamed} can be seen`);
  }
  for (const [name, claim] of membersOf(claims)) named.set(name, textOf(claim));
  return Object.fromEntries(named);
}

function readClaims(payload: string): unknown {
  return JSON.parse(payload, (_, value: unknown, context?: { readonly source?: string }) =>
    typeof value === "number" ? new NumberLiteral(context?.source ?? String(value)) : value,
  );
}

function nameMembers(claim: unknown, pointer: string, level: number, named: Map<string, string>): void {
  if (level > namedDepth || !isObject(claim)) return;
  for (const [name, member] of membersOf(claim)) {
    const path = `${pointer}/${escaped(name)}`;
    named.set(path, textOf(member));
    nameMembers(member, path, level + 1, named);
  }
}

/** What there is to see of an object: `__proto__` would be something else to a careless reader (T23). */
function membersOf(value: unknown): [string, unknown][] {
  if (!isObject(value)) return [];
  return Object.entries(value).filter(([name, member]) => member !== null && name !== "__proto__");
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof NumberLiteral);
}

/** A reference token of a JSON Pointer (RFC 6901, section 3). */
function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : jsonOf(value, 0);
}

function jsonOf(value: unknown, depth: number): string {
  if (depth > maxDepth) throw new UnusableClaims(`its claims are nested deeper than ${maxDepth} levels`);
  if (value instanceof NumberLiteral) return value.text;
  if (Array.isArray(value)) return `[${value.map((item) => jsonOf(item, depth + 1)).join(",")}]`;
  if (!isObject(value)) return typeof value === "string" ? quoted(value) : JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${quoted(name)}:${jsonOf(member, depth + 1)}`);
  return `{${members.join(",")}}`;
}

/** A text as JSON in which no quote is but at its ends: the text `"admin` would else hold `"admin"` with the quote at its end. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/\\(.)/g, (pair, character) => (character === '"' ? "\\u0022" : pair));
}
