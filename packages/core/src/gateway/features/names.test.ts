import { UriTemplate } from "@modelcontextprotocol/server";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ownedUri, qualifiedPrompt, qualifiedUri, shownNames } from "./names.ts";
import { normalUri, targetName } from "./testing.ts";
import { templateComplaint, uriComplaint } from "./uri.ts";

describe("a qualified URI", () => {
  test("is a URI in normal form that says whose it is, and gives back what it was made of", () => {
    fc.assert(
      fc.property(targetName, normalUri, (target, own) => {
        const uri = qualifiedUri({ target, own });
        expect(uriComplaint(uri)).toBeUndefined();
        // Clients that parse and write URIs change nothing in it.
        expect(new URL(uri).href).toBe(uri);
        expect(ownedUri(uri)).toEqual({ target, own });
      }),
    );
  });

  test("of a template is a template, of the qualified URIs of what the template makes", () => {
    fc.assert(
      fc.property(
        targetName,
        fc.constantFrom("docs://{id}", "file:///{+path}", "x:a{?q,r}"),
        fc.string(),
        (target, own, value) => {
          const template = qualifiedUri({ target, own });
          expect(templateComplaint(template)).toBeUndefined();
          const variables = { id: value, path: value, q: value, r: "" };
          const made = new UriTemplate(own).expand(variables);
          expect(new UriTemplate(template).expand(variables)).toBe(qualifiedUri({ target, own: made }));
        },
      ),
    );
  });

  test("keeps the case of the target's name, by which two targets may differ", () => {
    const uris = ["Docs", "docs"].map((target) => new URL(qualifiedUri({ target, own: "file:///a" })).href);
    expect(uris.map((uri) => ownedUri(uri)?.target)).toEqual(["Docs", "docs"]);
  });

  test.each(["file:///a", "gatehouse:", "gatehouse:Docs", "gatehouse:Docs/", "gatehouse:/x", "GATEHOUSE:Docs/x"])(
    "is not %s",
    (uri) => expect(ownedUri(uri)).toBeUndefined(),
  );
});

describe("plain names", () => {
  const named = (...things: [string, string][]) =>
    shownNames(
      things.map(([target, own]) => ({ target, own })),
      qualifiedPrompt,
      "PLAIN",
    );

  test("are the targets' own", () => {
    expect(named(["A", "x"], ["B", "y"])).toEqual(["x", "y"]);
  });

  test("T12 two of one name are both left out, also where they differ in case alone", () => {
    expect(named(["A", "x"], ["B", "X"], ["B", "y"])).toEqual([undefined, undefined, "y"]);
  });

  test("T12 no target's URI passes for the qualified one of another", () => {
    const things = [{ target: "A", own: "gatehouse:B/file:///secret" }];
    expect(shownNames(things, qualifiedUri, "PLAIN")).toEqual([undefined]);
  });
});
