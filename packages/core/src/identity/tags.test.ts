import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tagsOf, UnusableClaims } from "./tags.ts";

describe("the tags of a token's claims", () => {
  test.each([
    ["a text", '"finance"', "finance"],
    ["an empty text", '""', ""],
    ["a word", "true", "true"],
    ["a number", "7", "7"],
    ["a number as it is written", "7.50", "7.50"],
    ["an identifier beyond 2^53", "12345678901234567890", "12345678901234567890"],
    ["a list", '[ "a", "b\\"c", "\\\\" ]', '["a","b\\u0022c","\\\\"]'],
    ["a list of such identifiers", "[12345678901234567890, null, false]", "[12345678901234567890,null,false]"],
    ["an object", '{ "b": 1, "a": { "__proto__": [] } }', '{"b":1,"a":{"__proto__":[]}}'],
  ])("%s", (_, claim, expected) => {
    expect(tagsOf(`{"claim":${claim}}`)).toMatchObject({ claim: expected });
  });

  test("null is no tag, and neither is __proto__ (T23)", () => {
    const tags = tagsOf('{"sub":"alice","a":null,"__proto__":{"polluted":"yes"}}');
    expect(tags).toEqual({ sub: "alice" });
    expect("polluted" in tags).toBe(false);
  });

  test("members of objects are named by JSON Pointers, four levels down", () => {
    const claims = { realm_access: { roles: ["admin"] }, "a/b": { "c~d": { e: { f: { g: 1 } }, none: null } } };
    expect(tagsOf(JSON.stringify(claims))).toEqual({
      realm_access: '{"roles":["admin"]}',
      "/realm_access/roles": '["admin"]',
      "a/b": '{"c~d":{"e":{"f":{"g":1}},"none":null}}',
      "/a~1b/c~0d": '{"e":{"f":{"g":1}},"none":null}',
      "/a~1b/c~0d/e": '{"f":{"g":1}}',
      "/a~1b/c~0d/e/f": '{"g":1}',
      "/a~1b/c~0d/e/f/g": "1",
    });
  });

  test("a claim comes before a member of the same name", () => {
    expect(tagsOf('{"/a/b":"the claim","a":{"b":"the member"}}')["/a/b"]).toBe("the claim");
    expect(tagsOf('{"a":{"b":"the member"},"/a/b":"the claim"}')["/a/b"]).toBe("the claim");
  });

  test("what policies could not see all of is refused", () => {
    const deep = `${"[".repeat(40)}${"]".repeat(40)}`;
    expect(() => tagsOf(`{"claim":${deep}}`)).toThrow(UnusableClaims);
    expect(() => tagsOf(`{"claim":{"a":${deep}}}`)).toThrow(UnusableClaims);
    const many = Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`m${index}`, index]));
    expect(() => tagsOf(JSON.stringify({ many }))).toThrow("257 members");
    expect(Object.keys(tagsOf(JSON.stringify(many)))).toHaveLength(257);
  });
});

test("every claim can be read again from its tag", () => {
  const claim = fc.oneof(fc.string(), fc.jsonValue({ maxDepth: 3 }));
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), claim, { maxKeys: 5 }), (claims) => {
      const tags = tagsOf(JSON.stringify(claims));
      for (const [name, value] of Object.entries(claims)) {
        if (value === null || name === "__proto__") expect(Object.hasOwn(tags, name)).toBe(false);
        else if (typeof value === "string") expect(tags[name]).toBe(value);
        else expect(JSON.parse(tags[name] ?? "")).toEqual(JSON.parse(JSON.stringify(value)));
      }
    }),
  );
});

test("a member of a list of strings is found by its quotes, and by nothing that a member holds", () => {
  const wanted = "ab";
  // Whatever could look like a member that it isn't.
  const alike = fc
    .array(fc.constantFrom('"', "\\", ",", "[", "]", "a", "b", "ab", '"ab', 'ab"', "\\u0022"), { maxLength: 4 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.array(alike), (list) => {
      const tag = tagsOf(JSON.stringify({ groups: list })).groups ?? "";
      expect(tag.includes(`"${wanted}"`)).toBe(list.includes(wanted));
    }),
    { numRuns: 2_000 },
  );
});
