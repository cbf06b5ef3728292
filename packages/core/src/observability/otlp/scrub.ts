import type { Json, JsonObject } from "../../json.ts";

/** What stands where a credential was. */
export const scrubbed = "<scrubbed>";

/**
 * Texts that look like credentials, wherever in a longer text they are. Each pattern is matched in linear time: none has a
 * repetition whose end can be where its beginning could be, too (T11).
 */
const patterns: readonly (readonly [RegExp, string])[] = [
  // The ids of access keys: AWS's (IAM, "Unique identifiers"), and Gatehouse's own.
  [/\b(?:AKIA|ASIA|GHAK)[A-Z\d]{16}\b/g, scrubbed],
  // A secret access key looks like any other Base64: only what stands before tells.
  [/(secret_?access_?key["'\\]{0,4}\s{0,4}[:=]\s{0,4}["'\\]{0,4})[\w/+=]{40}/gi, `$1${scrubbed}`],
  [/(x-amz-security-token["'\\]{0,4}\s{0,4}[:=]\s{0,4}["'\\]{0,4})[\w/+=%-]{16,}/gi, `$1${scrubbed}`],
  [/\b(Bearer|Basic)(\s{1,4})[\w.~+/-]{8,}={0,2}/gi, `$1$2${scrubbed}`],
  // Tokens that are made to be found: OpenAI's and Anthropic's keys, GitHub's, Slack's, Google's.
  [/\b(?:sk|pk|rk)-[\w-]{20,}/g, scrubbed],
  [/\b(?:gh[pousr]_[A-Za-z\d]{30,}|github_pat_\w{30,}|xox[abeoprs]-[\w-]{10,}|AIza[\w-]{35})/g, scrubbed],
];

/** What every credential that is looked for has in it: most texts have nothing of it, and need no closer look. */
const suspicious =
  /eyJ|AKIA|ASIA|GHAK|PRIVATE KEY|AIza|[spr]k-|gh[pousr]_|github_pat|xox|bearer|basic|access_?key|security-token/i;

/** Names of attributes whose text is a credential, whatever it looks like. Counts of tokens are numbers, and stay. */
const secretName =
  /(?:^|[._-])(?:authorization|cookie|passw(?:or)?d|passphrase|secret|credentials?|private[_-]?key|api[_-]?key|(?:access|refresh|id|session|security|auth|bearer)[_-]?token|x-amz-security-token)$/i;

/**
 * The same value without texts that look like credentials: what a model was told, and what it has answered, is kept, because
 * an evaluation needs it, but nobody needs those (T18).
 */
export function scrub<T extends object>(value: T): T {
  // Every value of a span is JSON, and each is replaced by one of the same type.
  return scrubbedValue(value as unknown as Json) as T;
}

function scrubbedValue(value: Json): Json {
  if (typeof value === "string") return scrubText(value);
  if (Array.isArray(value)) return value.map(scrubbedValue);
  if (typeof value !== "object" || value === null) return value;
  const result: JsonObject = {};
  for (const [name, inner] of Object.entries(value)) {
    result[scrubText(name)] = saysSecret(name) ? maskedValue(inner) : scrubbedValue(inner);
  }
  return result;
}

/** Names come again and again. */
const knownNames = new Map<string, boolean>();
const mostKnownNames = 5_000;

function saysSecret(name: string): boolean {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  if (knownNames.size >= mostKnownNames) knownNames.clear();
  const secret = secretName.test(name);
  if (name.length < 200) knownNames.set(name, secret);
  return secret;
}

/** Everything but the form of what stands under a name that says secret. */
function maskedValue(value: Json): Json {
  if (typeof value === "string") return scrubbed;
  if (Array.isArray(value)) return value.map(maskedValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [scrubText(name), maskedValue(inner)]));
}

/** A text without what looks like a credential. */
export function scrubText(text: string): string {
  // No credential is shorter.
  if (text.length < 12 || !suspicious.test(text)) return text;
  return patterns.reduce((rest, [pattern, by]) => rest.replace(pattern, by), withoutJwts(withoutPrivateKeys(text)));
}

/** What `{"` is in base64url: the beginning of a JWT's header (RFC 7519, section 3.1). */
const jwtBegin = "eyJ";

/** JWTs are looked for part by part: as a pattern they would take quadratic time. */
function withoutJwts(text: string): string {
  if (!text.includes(jwtBegin)) return text;
  return text.replace(/[\w.-]{14,}/g, (run) => {
    const parts = run.split(".");
    const header = parts.findIndex((part, index) => beginsHeader(part) && (parts[index + 1] ?? "").length >= 2);
    if (header === -1) return run;
    const before = (parts[header] ?? "").slice(0, (parts[header] ?? "").indexOf(jwtBegin));
    return [...parts.slice(0, header), `${before}${scrubbed}`].join(".");
  });
}

function beginsHeader(part: string): boolean {
  const at = part.indexOf(jwtBegin);
  return at !== -1 && part.length - at >= 11;
}

const begin = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;

/** PEM (RFC 7468): from a key's beginning to its end, or to the text's where it is cut off before. */
function withoutPrivateKeys(text: string): string {
  if (!text.includes("PRIVATE KEY")) return text;
  const [before = "", ...keys] = text.split(begin);
  return [
    before,
    ...keys.map((rest) => rest.replace(/^[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/, "")),
  ].join(scrubbed);
}
