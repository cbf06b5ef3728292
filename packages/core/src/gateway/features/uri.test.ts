import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalUri } from "./testing.ts";
import { templateComplaint, uriComplaint } from "./uri.ts";

describe("a URI that is read", () => {
  test.each([
    "file:///public/readme.md",
    "docs://README",
    "test://static-text",
    "urn:isbn:0451450523",
    "https://example.com/a%20b?q=1&r=%C3%A4#part",
    "data:text/plain,hello",
    "postgres://db/table/1",
  ])("may be %s", (uri) => expect(uriComplaint(uri)).toBeUndefined());

  test("is in normal form", () => {
    fc.assert(
      fc.property(normalUri, (uri) => {
        expect(uriComplaint(uri)).toBeUndefined();
      }),
    );
  });

  test.each([
    ["file:///public/../secret/x", "dot segments"],
    ["file:///public/./x", "dot segments"],
    ["docs://a/..", "dot segments"],
    ["x:../secret", "dot segments"],
    ["file:///public/%2e%2e/secret", "upper case"],
    ["file:///public/%2E%2E/secret", "must not be percent-encoded"],
    ["file:///%73ecret", "must not be percent-encoded"],
    ["file:///%7Euser", "must not be percent-encoded"],
    ["file:///a%2fb", "upper case"],
    ["FILE:///secret", "lower case"],
    ["HTTPS://example.com/", "lower case"],
    ["https://EXAMPLE.com/secret", "https://example.com/secret"],
    ["https://example.com:443/secret", "https://example.com/secret"],
    ["https://example.com", "https://example.com/"],
    ["file://localhost/secret", "file:///secret"],
    ["file:///a\\..\\secret", "URI"],
    ["file:///a b", "URI"],
    ["file:///a\u0000", "URI"],
    ["file:///\u202esecret", "URI"],
    ["file:///ä", "URI"],
    ["file:///a\n", "URI"],
    [" file:///a", "URI"],
    ["https://[::1]/", "URI"],
    ["//example.com/", "URI"],
    ["/etc/passwd", "URI"],
    ["", "URI"],
    [`file:///${"a".repeat(3_000)}`, "2048"],
  ])("T08 may not be %j, which a target could take for another", (uri, complaint) => {
    expect(uriComplaint(uri)).toContain(complaint);
  });

  test("T08 two spellings that the URL standard takes for one are never both read", () => {
    const spelled = fc
      .array(fc.constantFrom("a", "A", ".", "..", "%2E", "%61", "%2F", "/", "//", "?", "#", "\\", ":", "@", " ", "%"))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.constantFrom("https://h/", "file:///", "docs://h/"), spelled, spelled, (start, one, other) => {
        const uris = [`${start}${one}`, `${start}${other}`];
        fc.pre(uris[0] !== uris[1] && uris.every((uri) => uriComplaint(uri) === undefined));
        expect(new URL(uris[0] ?? "").href).not.toBe(new URL(uris[1] ?? "").href);
      }),
    );
  });
});

describe("a template", () => {
  test.each(["docs://{id}", "file:///{+path}", "x:a{?q,r*}", "{+uri}", "a://b{/seg:3}{#part}", "plain://text"])(
    "may be %s",
    (template) => expect(templateComplaint(template)).toBeUndefined(),
  );

  test.each([
    "docs://{",
    "docs://}",
    "docs://{}",
    "docs://{a b}",
    "docs://{|a}",
    "docs://\u200b{a}",
    "docs:// {a}",
    "",
    "docs://{a}{",
  ])("may not be %j", (template) => expect(templateComplaint(template)).toBeDefined());
});
