/** Longer URIs are not read. */
const longestUri = 2_048;

/** A URI's characters (RFC 3986), without the brackets of IPv6 addresses, which may stand nowhere in a path. */
const uri = /^[a-z][a-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-F]{2})+$/;
/** What needs no encoding, encoded all the same. */
const needlesslyEncoded = /%(?:2D|2E|5F|7E|3[0-9]|[46][1-9A-F]|[57][0-9A])/;
/** A template's literals and expressions (RFC 6570 sections 2.1 and 2.2); each alternative begins with another character. */
const template =
  /^(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-F]{2}|\{[+#./;?&]?[A-Za-z0-9_%.]+(?::[0-9]{1,4}|\*)?(?:,[A-Za-z0-9_%.]+(?::[0-9]{1,4}|\*)?)*\})+$/;

/**
 * What keeps a URI from being read: undefined for one in normal form (RFC 3986 section 6.2.2), with which a policy's `like`
 * means what it says. `file:///public/../secret`, `file:///%73ecret` and `FILE:///secret` are other spellings that a target
 * may take for the same.
 */
export function uriComplaint(text: string): string | undefined {
  if (text.length > longestUri) return `a URI may have ${longestUri} characters`;
  if (!uri.test(text)) return "it must be a URI (RFC 3986) with a scheme in lower case and encodings in upper case";
  if (needlesslyEncoded.test(text)) return "letters, digits, '-', '.', '_' and '~' must not be percent-encoded";
  const path = /^[^:]*:(?:\/\/[^/?#]*)?([^?#]*)/.exec(text)?.[1] ?? "";
  if (path.split("/").some((segment) => segment === "." || segment === "..")) return "it must not have dot segments";
  const normal = URL.parse(text)?.href;
  if (normal === undefined) return "it must be a URI (RFC 3986)";
  return normal === text ? undefined : `it must be spelt ${normal}`;
}

/** What keeps a template from being offered: what is made of it is looked at when it is read. */
export function templateComplaint(text: string): string | undefined {
  if (text.length > longestUri) return `a template may have ${longestUri} characters`;
  return template.test(text) ? undefined : "it must be a template of URIs (RFC 6570)";
}
