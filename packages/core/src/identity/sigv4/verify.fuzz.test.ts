import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GatehouseError } from "../../errors.ts";
import { accessKey, sign, verify, withAuthorization } from "./testing.ts";

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const arn = fc.uuid().map((id) => `arn%3Aaws%3Abedrock-agentcore%3Aus-east-1%3A123456789012%3Agateway%2F${id}`);
/** As a client writes it into the request line: encoded to the last character, or not more than it must. */
const segment = fc
  .oneof(
    arn,
    text.map(encodeURIComponent),
    text.map(encodeURI),
    fc.stringMatching(/^[A-Za-z0-9!'()*$&+,;=:@%~._-]{1,12}$/),
  )
  .filter((value) => !["", ".", ".."].includes(value) && !/[/?#]/.test(value));
const path = fc
  .tuple(fc.array(segment, { maxLength: 4 }), fc.boolean())
  .map(([segments, slash]) => `/${segments.join("/")}${slash && segments.length > 0 ? "/" : ""}`);
const query = fc.dictionary(
  // The signer keeps parameters in an object of its own, where `__proto__` is none.
  text.filter((name) => !name.toLowerCase().startsWith("x-amz-") && name !== "__proto__"),
  fc.array(text, { minLength: 1, maxLength: 3 }),
  { maxKeys: 4 },
);
const headerValue = fc.stringMatching(/^[ \t!-~]{0,20}$/);
const headers = fc
  .dictionary(fc.stringMatching(/^(x-amz-|x-|a)[a-z0-9-]{1,8}$/), headerValue, { maxKeys: 4 })
  .filter((all) => !["x-amz-date", "x-amz-security-token", "authorization"].some((name) => name in all));
const request = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE"),
  path,
  query,
  headers: fc.tuple(headers, headerValue).map(([all, type]) => ({ ...all, "content-type": type })),
  body: fc.string({ unit: "grapheme", maxLength: 100 }),
});

const codes = ["missingAuthentication", "incompleteSignature", "unknownClient", "invalidSignature"];

describe("T19 against the signer of the AWS SDK for JavaScript", () => {
  test("whatever it signs is verified", async () => {
    await fc.assert(
      fc.asyncProperty(request, fc.boolean(), async (unsigned, applyChecksum) => {
        expect(await verify(await sign(unsigned, { applyChecksum }))).toBe(accessKey);
      }),
      { numRuns: 500 },
    );
  });

  test("and nothing else: one change to a part, and it is refused", async () => {
    const parts = fc.constantFrom("method", "path", "query", "body", "headers");
    await fc.assert(
      fc.asyncProperty(request, request, parts, async (unsigned, other, part) => {
        fc.pre(JSON.stringify(canonical(unsigned[part])) !== JSON.stringify(canonical(other[part])));
        const signed = await sign(unsigned);
        const changed = part === "headers" ? { ...signed.headers, ...other.headers } : other[part];
        fc.pre(part !== "headers" || addsMeaning(signed.headers, other.headers));
        await expect(verify({ ...signed, [part]: changed })).rejects.toMatchObject({
          code: expect.stringMatching(/^(invalid|incomplete)Signature$/),
        });
      }),
      { numRuns: 300 },
    );
  });

  test("paths with empty and dot segments are refused, though it signs them", async () => {
    const messy = fc
      .tuple(fc.array(segment, { maxLength: 2 }), fc.constantFrom("/", ".", ".."), fc.array(segment, { maxLength: 2 }))
      .map(([before, mess, after]) => `/${[...before, mess, ...after].join("/")}`);
    await fc.assert(
      fc.asyncProperty(messy, async (path) => {
        await expect(verify(await sign({ path }))).rejects.toMatchObject({ code: "invalidSignature" });
      }),
    );
  });
});

describe("T19 garbage", () => {
  const refused = async (changed: Promise<unknown>) => {
    const error = await changed.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(GatehouseError);
    expect(codes).toContain((error as GatehouseError).code);
  };

  test("any text as Authorization is refused with a code of its own", async () => {
    const signed = await sign();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 200 }), async (header) => {
        await refused(verify(withAuthorization(signed, () => header)));
        await refused(
          verify(withAuthorization(signed, (right) => `${right.slice(0, 40)}${header}${right.slice(40)}x`)),
        );
      }),
      { numRuns: 500 },
    );
  });

  test("so is any header anywhere else that the signature covers", async () => {
    const signed = await sign();
    const names = fc.constantFrom("host", "x-amz-date", "x-amz-content-sha256", "x-amz-target", "x-amz-security-token");
    await fc.assert(
      fc.asyncProperty(names, fc.string({ unit: "binary", maxLength: 50 }), async (name, value) => {
        fc.pre(value.trim() !== signed.headers[name]);
        await refused(verify({ ...signed, headers: { ...signed.headers, [name]: value } }));
      }),
      { numRuns: 300 },
    );
  });

  test("half surrogate pairs in path, query and body end in an answer too", async () => {
    const signed = await sign({ query: { a: ["b"] }, body: "a" });
    for (const change of [{ path: "/\ud800" }, { query: { "\udc00": ["\ud800"] } }, { body: "\ud800" }]) {
      await refused(verify({ ...signed, ...change }));
    }
  });
});

/** Two queries are one if they differ only in the order of their names and values. */
function canonical(part: unknown): unknown {
  if (typeof part !== "object" || part === null) return part;
  return Object.entries(part)
    .map(([name, value]) => [name, Array.isArray(value) ? [...value].sort() : value])
    .sort();
}

/** Whether a header is changed that is signed, beyond its blanks, or one is added that has to be. */
function addsMeaning(signed: Readonly<Record<string, string | undefined>>, added: Readonly<Record<string, string>>) {
  const plain = (value: string | undefined) => value?.replace(/[ \t]+/g, " ").trim();
  return Object.entries(added).some(([name, value]) =>
    name in signed ? plain(signed[name]) !== plain(value) : name.startsWith("x-amz-") && name !== "x-amz-cf-id",
  );
}
