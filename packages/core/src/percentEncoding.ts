/**
 * A text with everything encoded but the unreserved characters (RFC 3986, section 2.3), as AWS signs paths and queries. Half a
 * surrogate pair, which UTF-8 can't say, becomes U+FFFD as in every encoder.
 */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
