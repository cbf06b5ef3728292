import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../../json.ts";
import type { BodyBinding, HttpBinding, ParameterBinding } from "./binding.ts";
import { requestOf } from "./request.ts";
import { Unwritable } from "./serialize.ts";

const server = "https://things.example/v1";

function parameter(place: ParameterBinding["in"], name: string, changes: Partial<ParameterBinding> = {}) {
  const style = place === "query" || place === "cookie" ? "form" : "simple";
  return { argument: name, name, in: place, style, explode: style === "form", ...changes } as const;
}

function bindingWith(parameters: readonly ParameterBinding[], path = "/things", body?: BodyBinding): HttpBinding {
  return { method: "POST", server, path, parameters, accept: "application/json", ...(body ? { body } : {}) };
}

async function written(one: ParameterBinding, value: Json) {
  const path = one.in === "path" ? `/things/{${one.name}}/x` : "/things";
  const { url, headers } = await requestOf(bindingWith([one], path), { [one.argument]: value });
  return { path: url.pathname.slice("/v1/things".length), query: url.search.slice(1), headers };
}

const list = ["a b", "c&d"];
const object = { r: 100, g: "x y" };

describe("every style of OpenAPI's table", () => {
  test.each([
    ["simple", false, "a%20b,c%26d", "r,100,g,x%20y", "5"],
    ["simple", true, "a%20b,c%26d", "r=100,g=x%20y", "5"],
    ["label", false, ".a%20b,c%26d", ".r,100,g,x%20y", ".5"],
    ["label", true, ".a%20b.c%26d", ".r=100.g=x%20y", ".5"],
    ["matrix", false, ";p=a%20b,c%26d", ";p=r,100,g,x%20y", ";p=5"],
    ["matrix", true, ";p=a%20b;p=c%26d", ";r=100;g=x%20y", ";p=5"],
  ] as const)("path, %s, explode %s", async (style, explode, ofList, ofObject, ofNumber) => {
    const one = parameter("path", "p", { style, explode });
    const paths = await Promise.all([list, object, 5].map(async (value) => (await written(one, value)).path));
    expect(paths).toEqual([`/${ofList}/x`, `/${ofObject}/x`, `/${ofNumber}/x`]);
  });

  test.each([
    ["form", true, "q=a%20b&q=c%26d", "r=100&g=x%20y"],
    ["form", false, "q=a%20b,c%26d", "q=r,100,g,x%20y"],
    ["spaceDelimited", false, undefined, undefined],
    ["pipeDelimited", false, "q=a%20b%7Cc%26d", undefined],
    ["deepObject", true, undefined, "q%5Br%5D=100&q%5Bg%5D=x%20y"],
  ] as const)("query, %s, explode %s", async (style, explode, ofList, ofObject) => {
    const one = parameter("query", "q", { style, explode });
    if (ofList !== undefined) expect((await written(one, list)).query).toBe(ofList);
    if (ofObject !== undefined) expect((await written(one, object)).query).toBe(ofObject);
  });

  test("headers and cookies", async () => {
    const binding = bindingWith([parameter("header", "X-List"), parameter("cookie", "session")]);
    const { headers } = await requestOf(binding, { "X-List": ["a", "b"], session: "x; y=1" });
    expect(headers).toMatchObject({ "x-list": "a,b", cookie: "session=x%3B%20y%3D1" });
  });

  test("content, reserved characters, nesting, and what isn't there", async () => {
    const json = parameter("query", "filter[a]", { argument: "filter_a", json: true });
    expect((await written(json, { a: [1, { b: null }] })).query).toBe(
      `filter%5Ba%5D=${encodeURIComponent('{"a":[1,{"b":null}]}')}`,
    );
    const reserved = parameter("query", "q", { allowReserved: true });
    expect((await written(reserved, "a/b?c:d@e#f&g=h+i")).query).toBe("q=a/b?c:d@e%23f%26g%3Dh%2Bi");
    const deep = parameter("query", "q", { style: "deepObject" });
    expect(decodeURIComponent((await written(deep, { a: { b: [1, 2] } })).query)).toBe("q[a][b][0]=1&q[a][b][1]=2");
    expect((await written(parameter("query", "q"), null)).query).toBe("");
    expect((await written(parameter("query", "q"), [])).query).toBe("");
  });
});

test.each<[string, ParameterBinding, Json]>([
  ["a step back", parameter("path", "p"), ".."],
  ["the same folder", parameter("path", "p"), "."],
  ["an encoded step back", parameter("path", "p", { style: "label" }), "."],
  ["nothing in the path", parameter("path", "p"), ""],
  ["null in the path", parameter("path", "p"), null],
  ["a line break in a header", parameter("header", "h"), "a\r\nx-admin: 1"],
  ["a null character in a header", parameter("header", "h"), "a\0"],
  ["a comma in a list with commas", parameter("query", "q", { explode: false }), ["a,b"]],
  ["a pipe in a list with pipes", parameter("query", "q", { style: "pipeDelimited", explode: false }), ["a|b"]],
  ["brackets in a deep object", parameter("query", "q", { style: "deepObject" }), { "a][b": 1 }],
  ["a list in a list", parameter("query", "q"), [["a"]]],
  ["a list in a header's object", parameter("header", "h"), { a: ["b"] }],
  ["an equals sign in a property's name", parameter("header", "h", { explode: true }), { "a=b": 1 }],
])("T06 %s is no request", async (_, one, value) => {
  await expect(written(one, value)).rejects.toThrow(Unwritable);
});

test("a required path parameter that isn't there is no request", async () => {
  await expect(requestOf(bindingWith([parameter("path", "p")], "/{p}"), {})).rejects.toThrow(/"p" is required/);
});

test("T08 a property of an object in the query can't be another parameter", async () => {
  const binding = bindingWith([parameter("query", "filter"), parameter("query", "admin")]);
  await expect(requestOf(binding, { filter: { admin: "yes" } })).rejects.toThrow(/parameter "admin"/);
  expect((await requestOf(binding, { filter: { other: "yes" } })).url.search).toBe("?other=yes");
});

test("arguments that the binding doesn't name go nowhere", async () => {
  const { url, headers, body } = await requestOf(bindingWith([parameter("query", "q")]), { q: 1, x: 2, __proto__: 3 });
  expect([url.href, headers, body]).toEqual([`${server}/things?q=1`, { accept: "application/json" }, undefined]);
});

test("T06 whatever the arguments are, each stays in its place", async () => {
  const binding = bindingWith(
    [parameter("path", "id"), parameter("query", "q"), parameter("header", "x-h"), parameter("cookie", "c")],
    "/things/{id}/parts",
  );
  const text = fc.string({ unit: "binary", maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(text, text, text, text, async (id, q, h, c) => {
      const args: JsonObject = { id, q, "x-h": h, c };
      // Half of a character can't be written at all.
      if ([id, q, c].some((value) => !value.isWellFormed())) return;
      let request: Awaited<ReturnType<typeof requestOf>>;
      try {
        request = await requestOf(binding, args);
      } catch (error) {
        expect(error).toBeInstanceOf(Unwritable);
        return;
      }
      const { url, headers } = request;
      expect(url.origin).toBe("https://things.example");
      const segments = url.pathname.split("/");
      expect([segments.length, segments[1], segments[2], segments[4]]).toEqual([5, "v1", "things", "parts"]);
      expect(decodeURIComponent(segments[3] ?? "")).toBe(id);
      expect([...new URLSearchParams(url.search)]).toEqual([["q", q]]);
      expect(url.hash).toBe("");
      expect(headers["x-h"]).toBe(h);
      expect(headers["x-h"]).not.toMatch(/[\r\n\0]/);
      const [name, value, ...others] = (headers.cookie ?? "").split(/[=;]/);
      expect([name, decodeURIComponent(value ?? ""), others]).toEqual(["c", c, []]);
    }),
    { numRuns: 500 },
  );
});

describe("bodies", () => {
  const body = (changes: Partial<BodyBinding>): BodyBinding => ({
    contentType: "application/json",
    encoding: "json",
    properties: ["a", "b"],
    required: true,
    ...changes,
  });
  const send = (binding: BodyBinding, args: JsonObject) => requestOf(bindingWith([], "/things", binding), args);

  test("JSON of properties, or whole", async () => {
    const of = await send(body({}), { a: { x: [1] }, b: null, c: "elsewhere" });
    expect([of.headers["content-type"], of.body]).toEqual(["application/json", '{"a":{"x":[1]},"b":null}']);
    const { properties: _, ...whole } = body({ argument: "body" });
    expect((await send(whole, { body: [1, 2] })).body).toBe("[1,2]");
  });

  test("a body that is required is empty rather than absent; another one isn't there", async () => {
    expect((await send(body({}), {})).body).toBe("{}");
    const optional = await send(body({ required: false }), {});
    expect([optional.body, optional.headers["content-type"]]).toEqual([undefined, undefined]);
  });

  test("forms", async () => {
    const form = body({
      contentType: "application/x-www-form-urlencoded",
      encoding: "form",
      properties: ["a", "b", "c", "d", "e"],
      parts: { c: { deepObject: true }, e: { commas: true } },
    });
    const args = { a: "x&admin=1", b: [1, 2], c: { d: { e: true } }, d: { f: 1 }, e: ["y", "z"] };
    const { body: text, headers } = await send(form, args);
    expect(headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect([...new URLSearchParams(String(text))]).toEqual([
      ["a", "x&admin=1"],
      ["b", "1"],
      ["b", "2"],
      ["c[d][e]", "true"],
      ["d", '{"f":1}'],
      ["e", "y,z"],
    ]);
    await expect(send(form, { e: ["y,z"] })).rejects.toThrow(Unwritable);
  });

  test("multipart, with bytes, and nothing that ends a part early", async () => {
    const multipart = body({
      contentType: "multipart/form-data",
      encoding: "multipart",
      properties: ["file", "note", "meta", 'odd"\r\nname'],
      parts: { file: { binary: true, contentType: "image/png" } },
    });
    const note = '--x\r\nContent-Disposition: form-data; name="admin"\r\n\r\nyes';
    const { body: bytes, headers } = await send(multipart, {
      file: Buffer.from([0, 255]).toString("base64"),
      note,
      meta: { a: 1 },
      'odd"\r\nname': "v",
    });
    const sent = new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: [["content-type", headers["content-type"] ?? ""]],
    });
    const form = await sent.formData();
    expect([...form.keys()].length).toBe(4);
    // A form's text has line breaks of two characters.
    expect(form.get("note")).toBe(note);
    const file = form.get("file") as File;
    expect([file.type, [...(await file.bytes())]]).toEqual(["image/png", [0, 255]]);
    expect(await (form.get("meta") as File).text()).toBe('{"a":1}');
    await expect(send(multipart, { file: "not base64!" })).rejects.toThrow(/must be base64/);
  });

  test("text and bytes", async () => {
    const text = body({ contentType: "text/plain", encoding: "text", argument: "body" });
    expect((await send(text, { body: "Grüße" })).body).toBe("Grüße");
    const bytes = body({ contentType: "application/pdf", encoding: "binary", argument: "body" });
    expect((await send(bytes, { body: "AP8=" })).body).toEqual(new Uint8Array([0, 255]));
    await expect(send(bytes, { body: 5 })).rejects.toThrow(Unwritable);
  });
});
