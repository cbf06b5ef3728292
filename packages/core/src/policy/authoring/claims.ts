import { wordsOf } from "./stems.ts";
import type { Token } from "./tokens.ts";
import { listed, refuse } from "./untranslatable.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** The claim that words name, as it is spelled; undefined if they name none that is known. */
export function claimNamed(words: readonly Token[], { claims }: Vocabulary): string | undefined {
  const [only] = words;
  if (only && words.length === 1 && isSpelledOut(only)) return only.text;
  const wanted = words.map(({ lower }) => lower).join(" ");
  const found = claims.filter((claim) => wordsOf(claim).join(" ") === wanted || claim.toLowerCase() === wanted);
  return found.length === 1 ? found[0] : undefined;
}

/** A name that no one writes but who means exactly it: quoted, or with a sign or a capital inside. */
function isSpelledOut({ kind, text }: Token): boolean {
  return kind === "quoted"
    ? text !== ""
    : /^\p{L}[\p{L}\p{N}]*[_:][\p{L}\p{N}_:./-]*$|^\p{Ll}+\p{Lu}[\p{L}\p{N}]*$/u.test(text);
}

/** Claims whose values are lists, which their tags hold as JSON text. */
const lists = new Set([
  "roles",
  "groups",
  "scopes",
  "permissions",
  "entitlements",
  "cognito:groups",
  "scp",
  "aud",
  "amr",
]);

/** The claim of these words. @throws {Untranslatable} if there is no such claim, or it is a list. */
export function claimOf(words: readonly Token[], vocabulary: Vocabulary): string {
  const text = words.map((word) => word.text).join(" ");
  const claim = claimNamed(words, vocabulary);
  if (claim === undefined) {
    refuse(`${notClaim(text)}; write its exact name in quotes, or one of ${listed(vocabulary.claims)}`);
  }
  return lists.has(claim) ? refuse(notClaim(claim)) : claim;
}

/** Why words are no claim that a policy could look at. */
export function notClaim(text: string): string {
  return lists.has(text.toLowerCase())
    ? `"${text}" is a list, which policies see as one text; name a claim with one value, or a scope`
    : `"${text}" is no claim that is known`;
}

const plurals = new Map([
  ["departments", "department"],
  ["teams", "team"],
  ["regions", "region"],
  ["countries", "country"],
  ["divisions", "division"],
  ["tenants", "tenant"],
  ["organizations", "organization"],
  ["companies", "company"],
  ["offices", "office"],
  ["locations", "location"],
  ["projects", "project"],
]);

/** One claim for several values: "the finance and audit departments". */
export function singularClaim({ lower }: Token): string | undefined {
  return plurals.get(lower);
}
