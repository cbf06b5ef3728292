import { GatehouseError } from "../../errors.ts";
import { type Authorization, algorithm } from "./authorization.ts";
import { isAmbiguousPath } from "./canonical.ts";
import { incomplete, invalid, unknown } from "./refusals.ts";
import { digestOf } from "./signature.ts";
import type { SignedRequest } from "./signedRequest.ts";

/** Headers by their names in lower case. */
type Headers = ReadonlyMap<string, string>;

const windowMilliseconds = 15 * 60_000;
/** As much as Node.js takes in all, and more than API Gateway does. */
const maxHeaderCharacters = 16_384;
/** CloudFront, before an edge-optimised API, adds this one on the way; it means nothing here. */
const addedOnTheWay = new Set(["x-amz-cf-id"]);

/** The headers by their names in lower case, of which there must not be two. */
export function lowerCased(headers: SignedRequest["headers"]): Headers {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name.toLowerCase(), value]],
  );
  const characters = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (characters > maxHeaderCharacters) {
    throw incomplete(`The headers are longer than ${maxHeaderCharacters} characters.`);
  }
  const lower = new Map(entries);
  if (lower.size < entries.length) throw incomplete("A header is there twice, in different cases.");
  return lower;
}

/** The `Authorization` header: the one place for a signature here, since a URL is too easily passed on. */
export function requireAuthorization({ query }: Pick<SignedRequest, "query">, headers: Headers): string {
  if (Object.keys(query).some((name) => name.toLowerCase().startsWith("x-amz-"))) {
    throw incomplete("Presigned URLs are not taken: sign the request in its Authorization header.");
  }
  const authorization = headers.get("authorization");
  if (authorization === undefined) {
    throw new GatehouseError(
      "missingAuthentication",
      `The request has no Authorization header: sign it with AWS Signature Version 4 (${algorithm}).`,
    );
  }
  return authorization;
}

/** A token that nobody checks must not look as though somebody did. */
export function refuseSessionToken(headers: Headers): void {
  if (headers.has("x-amz-security-token")) {
    throw unknown(
      "The request has a session token (X-Amz-Security-Token), and Gatehouse's access keys have none: unset AWS_SESSION_TOKEN.",
    );
  }
}

/** The date of the request, which must be no further than 15 minutes from `now`, so that a copy is soon worth nothing. */
export function requireDate(headers: Headers, now: Date): string {
  const date = headers.get("x-amz-date");
  const time = date === undefined ? undefined : timeOf(date);
  if (date === undefined || time === undefined) {
    throw incomplete("The header X-Amz-Date must say when the request was signed, in UTC: yyyymmddThhmmssZ.");
  }
  const age = now.getTime() - time;
  if (age > windowMilliseconds) {
    throw invalid(`Signature expired: ${date} is more than 15 minutes before ${now.toISOString()}. Check the clock.`);
  }
  // Not "age < -window": a time that isn't a number is never near.
  if (!(age >= -windowMilliseconds)) {
    throw invalid(`Signature not yet current: ${date} is more than 15 minutes after now. Check the clock.`);
  }
  return date;
}

/** Milliseconds since the epoch; `undefined` for what isn't a date, such as the 30th of February. */
function timeOf(date: string): number | undefined {
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6.000Z");
  const time = new Date(iso);
  return iso !== date && !Number.isNaN(time.getTime()) && time.toISOString() === iso ? time.getTime() : undefined;
}

/** A signature made for another region or service, or on another day, is not for here. */
export function requireScope({ scope }: Authorization, expected: string): void {
  if (scope !== expected) {
    throw invalid(`The credential scope must be "${expected}": the day of X-Amz-Date, the region and the service.`);
  }
}

/** What isn't signed could be changed on the way: whatever has a meaning must be (T19). */
export function requireSigned({ signedHeaders }: Authorization, headers: Headers, body: string | Uint8Array): void {
  const signed = new Set(signedHeaders);
  const required = [...headers.keys()].filter(
    (name) => (name.startsWith("x-amz-") && !addedOnTheWay.has(name)) || (name === "content-type" && body.length > 0),
  );
  const unsigned = ["host", ...required].filter((name) => !signed.has(name));
  if (unsigned.length > 0) throw incomplete(`SignedHeaders must name ${unsigned.slice(0, 5).join(", ")} too.`);
  const absent = signedHeaders.find((name) => !headers.has(name));
  if (absent !== undefined) throw invalid(`The header ${absent} is signed but has not arrived.`);
}

/** What is routed must be what was signed. */
export function requirePlainPath(path: string): void {
  if (isAmbiguousPath(path)) {
    throw invalid('The path must have no empty segments and no "." or "..": it would not be the path that is signed.');
  }
}

/** The digest of the body as it arrived, which `X-Amz-Content-Sha256` must be too where it is there. */
export function requireBodyDigest(headers: Headers, body: string | Uint8Array): string {
  const digest = digestOf(body);
  const stated = headers.get("x-amz-content-sha256")?.trim() ?? digest;
  if (stated !== digest) {
    throw invalid(
      "X-Amz-Content-Sha256 must be the SHA-256 of the body in lowercase hexadecimal. Unsigned and streaming payloads are not taken.",
    );
  }
  return digest;
}
