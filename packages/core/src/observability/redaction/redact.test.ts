import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../json.ts";
import { enumeratedIn } from "./enumerated.ts";
import { type Redaction, redacted } from "./redact.ts";
import { isSecretName } from "./secretNames.ts";

const read = (value: Json, redaction: Redaction, known?: ReadonlySet<string>) =>
  JSON.parse(redacted(value, redaction, known) ?? "null");

const call: Json = {
  to: "Bob Smith",
  amount: 120.5,
  account: 4_111_111_111_111_111,
  urgent: true,
  memo: null,
  channel: "email",
  apiKey: "abc",
  card: { number: 42, active: true },
  list: ["a", 1, { "bob@example.com": false }],
};

test("NONE keeps nothing", () => {
  expect(redacted(call, "NONE")).toBeUndefined();
});

test("SHAPES keeps names and types", () => {
  expect(read(call, "SHAPES")).toEqual({
    to: "string",
    amount: "number",
    account: "number",
    urgent: "boolean",
    memo: "null",
    channel: "string",
    apiKey: "string",
    card: { number: "number", active: "boolean" },
    list: ["string", "number", { "<name of 15>": "boolean" }],
  });
});

test("MASKED keeps what identifies nobody, and nothing under a name that says secret", () => {
  expect(read(call, "MASKED", new Set(["email"]))).toEqual({
    to: "<string of 9>",
    amount: 120.5,
    account: "<number of 16 digits>",
    urgent: true,
    memo: null,
    channel: "email",
    apiKey: "<masked>",
    card: "<masked>",
    list: ["<string of 1>", 1, { "<name of 15>": false }],
  });
});

test("FULL keeps all of it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(read(value as Json, "FULL")).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

/** JSON with a text in many places: as a value, within one, as a name that no programmer gives, and under names of secrets. */
const canary = "canary-4f1e";
const withCanary = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<Json>(canary, `${canary}!`, `x ${canary}`, 7, true, null, "other"),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom("name", "password", "Api-Key", `${canary}@example.com`, `has ${canary}`),
      tie("value"),
      {
        maxKeys: 4,
      },
    ),
  ),
})).value;

describe.each(["SHAPES", "MASKED"] as const)("T18 %s", (redaction) => {
  test("keeps no text of anybody's", () => {
    fc.assert(
      fc.property(withCanary, (value) => {
        expect(redacted(value, redaction)).not.toContain(canary);
      }),
    );
  });

  test("says nothing of any value that isn't a boolean, null, a short number, or known", () => {
    const own = (value: Json): Json[] =>
      typeof value === "object" && value !== null ? Object.values(value).flatMap(own) : [value];
    const isHarmless = (leaf: Json) =>
      typeof leaf === "boolean" ||
      leaf === null ||
      (typeof leaf === "number" && String(leaf).replaceAll(/\D/g, "").length < 9) ||
      /^(<(cut|masked|string of \d+|number of \d+ digits)>|string|number|boolean|null)$/.test(String(leaf));
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(own(read(value as Json, redaction)).filter((leaf) => !isHarmless(leaf))).toEqual([]);
      }),
    );
  });
});

test.each(["SHAPES", "MASKED", "FULL"] as const)(
  "%s keeps no more than a span has room for, and says so",
  (redaction) => {
    const deep = Array.from({ length: 5_000 }).reduce<Json>((inner) => ({ a: inner }), 1);
    const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`key${index}`, "\u0000".repeat(9)]));
    for (const value of [
      deep,
      wide,
      Array(100_000).fill(1),
      "\u0000".repeat(1_000_000),
      { ["k".repeat(1_000_000)]: 1 },
    ]) {
      const text = redacted(value as Json, redaction) ?? "";
      expect(text.length).toBeLessThan(70_000);
      expect(() => JSON.parse(text)).not.toThrow();
    }
    expect(redacted(wide, redaction)).toContain("<cut>");
    expect(redacted(deep, redaction)).toContain("<cut>");
  },
);

test("two names that can't be shown are told apart", () => {
  expect(read({ "a b": 1, "c d": 2 }, "MASKED")).toEqual({ "<name of 3>": 1, "<name of 3, 2>": 2 });
});

test("a name that reaches prototypes is a name like others", () => {
  expect(redacted(JSON.parse('{"__proto__":{"x":1},"constructor":2}'), "MASKED")).toBe(
    '{"__proto__":{"x":1},"constructor":2}',
  );
});

test.each([
  ...["password", "userPassword", "PASSWD", "client_secret", "secretKey", "access-token", "X-Api-Key", "apikey"],
  ...["Authorization", "proxy_authorization", "Cookie", "sessionId", "ssn", "cardNumber", "card", "CVV", "userPIN"],
  ...["privateKey", "aws_secret_access_key", "jwt", "otpCode", "creditCard", "Passwort", "ｐａｓｓｗｏｒｄ"],
])("%s is a secret's name", (name) => expect(isSecretName(name)).toBe(true));

test.each([
  "name",
  "amount",
  "discard",
  "shipping",
  "passenger",
  "author",
  "keyword",
  "description",
  "postcard",
  "opinion",
])("%s is not", (name) => expect(isSecretName(name)).toBe(false));

test("what a schema lists is known, and nobody's examples are", () => {
  const schema = {
    type: "object",
    properties: {
      channel: { enum: ["email", "post", 3] },
      kind: { const: "claim" },
      enum: { type: "string", default: "whatever", examples: [{ enum: ["mine"] }] },
      nested: { items: { anyOf: [{ enum: ["deep"] }] } },
    },
  };
  expect([...enumeratedIn(schema)].sort()).toEqual(["claim", "deep", "email", "post"]);
});

test("the examples of docs/metrics.md are what is kept", async () => {
  const guide = await readFile(`${import.meta.dirname}/../../../../../docs/metrics.md`, "utf8");
  const [given = ""] = /(?<=\| setting \| `)\{.*?\}(?=`)/.exec(guide) ?? [];
  const rows = [...guide.matchAll(/^\| `(SHAPES|MASKED)`.*? \| `(\{.*\})` \|$/gm)];
  expect(rows.map(([, redaction]) => redaction)).toEqual(["SHAPES", "MASKED"]);
  for (const [, redaction, kept] of rows) {
    expect(redacted(JSON.parse(given), redaction as Redaction, new Set(["email"]))).toBe(kept); // Of the two in the pattern.
  }
});
