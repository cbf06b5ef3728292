import { percentEncoded } from "../../percentEncoding.ts";

/** What of a request is signed. Header names are in lower case. */
export interface CanonicalParts {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, readonly string[]>>;
  readonly headers: ReadonlyMap<string, string>;
  readonly signedHeaders: readonly string[];
  /** SHA-256 of the body, in lowercase hexadecimal. */
  readonly bodyDigest: string;
}

/** The canonical request (AWS Signature Version 4, "Create a canonical request"). */
export function canonicalRequest({ method, path, query, headers, signedHeaders, bodyDigest }: CanonicalParts): string {
  const lines = signedHeaders.map((name) => `${name}:${canonicalValue(headers.get(name) ?? "")}`);
  const parts = [method, canonicalPath(path), canonicalQuery(query), ...lines, "", signedHeaders.join(";"), bodyDigest];
  return parts.join("\n");
}

/**
 * Whether a path has empty segments, `.` or `..`. Most clients sign such a path without them (AWS Signature Version 4,
 * "Normalize URI paths according to RFC 3986"), the Go SDK with them: the signature wouldn't say which of several paths
 * was meant.
 */
export function isAmbiguousPath(path: string): boolean {
  const [first = "", ...segments] = path.split("/");
  const inner = segments.slice(0, -1);
  return [first, ...segments].some((segment) => segment === "." || segment === "..") || inner.includes("");
}

/**
 * The path as it is sent, encoded once more, segment by segment: every service but S3 is signed so ("URI-encode each path
 * segment twice"), by botocore and by the SDK for JavaScript alike. A slash inside a segment has come as `%2F`.
 */
function canonicalPath(path: string): string {
  return path === "" ? "/" : path.split("/").map(percentEncoded).join("/");
}

/** By encoded name first and by encoded value second: `a=` comes before `a-=`, though `-` comes before `=`. */
function canonicalQuery(query: CanonicalParts["query"]): string {
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    values.map((value) => ({ name: percentEncoded(name), value: percentEncoded(value) })),
  );
  return pairs
    .sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join("&");
}

/** Without blanks at the ends, and one for several ("Trim", "sequential spaces"): what may happen to them on the way. */
function canonicalValue(value: string): string {
  return value.replace(/[ \t\r\n]+/g, " ").replace(/^ | $/g, "");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
