import fc from "fast-check";
import { expect, test } from "vitest";
import { scrub, scrubbed, scrubText } from "./scrub.ts";

const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";
const pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabcdef\n-----END RSA PRIVATE KEY-----";
const secrets: Record<string, string> = {
  "a JWT": jwt,
  "an access key of AWS": "AKIAIOSFODNN7EXAMPLE",
  "an access key of a session": "ASIAIOSFODNN7EXAMPLE",
  "an access key of Gatehouse": "GHAKABCDEFGHIJKLMNOP",
  "a private key": pem,
  "a private key that is cut off": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg",
  "an API key": "sk-proj-abcdefghijklmnopqrstuvwxyz0123",
  "a token of GitHub": `ghp_${"a1B2".repeat(9)}`,
};

test.each(Object.entries(secrets))("T18 %s goes, wherever in a text it is", (_what, secret) => {
  for (const text of [secret, `Bearer ${secret}`, `the key "${secret}"`, `{"a":"${secret}"}`]) {
    const result = scrubText(text);
    expect(result).toContain(scrubbed);
    for (const line of secret.split("\n").filter((part) => !part.startsWith("-----")))
      expect(result).not.toContain(line);
  }
});

test("T18 a secret access key goes by what stands before it", () => {
  const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  for (const before of [
    "aws_secret_access_key = ",
    "AWS_SECRET_ACCESS_KEY=",
    '"SecretAccessKey": "',
    '\\"SecretAccessKey\\":\\"',
  ]) {
    expect(scrubText(`${before}${secret}`)).toBe(`${before}${scrubbed}`);
  }
});

test("T18 what stands under a name that says secret goes, whatever it looks like", () => {
  const attributes = {
    "http.request.header.authorization": ["Digest x"],
    "http.request.header.x-api-key": "short",
    "db.password": "short",
    access_token: { value: "short" },
    "gen_ai.usage.input_tokens": 12,
    "gen_ai.token.type": "input",
    "gen_ai.input.messages": "what is my password?",
  };
  expect(scrub(attributes)).toEqual({
    "http.request.header.authorization": [scrubbed],
    "http.request.header.x-api-key": scrubbed,
    "db.password": scrubbed,
    access_token: { value: scrubbed },
    "gen_ai.usage.input_tokens": 12,
    "gen_ai.token.type": "input",
    "gen_ai.input.messages": "what is my password?",
  });
});

test("what is no credential stays as it is", () => {
  for (const text of [
    "Where is order A-17?",
    "a bearer of bad news",
    "1.2.3-alpha.eyJ",
    "a".repeat(10_000),
    "eyJ short",
    "sk-8",
  ]) {
    expect(scrubText(text)).toBe(text);
  }
});

test("T18 no JWT is left, whatever is around it", () => {
  const around = fc.string({ unit: fc.constantFrom(...'aZ0 -_./"\\{:\n') });
  fc.assert(
    fc.property(around, around, (before, after) => {
      expect(scrubText(`${before}${jwt}${after}`)).not.toContain("eyJzdWIiOiJhbGljZSJ9");
    }),
  );
});

test.each([
  "eyJ-",
  "eyJ.",
  "Bearer ",
  "-----BEGIN PRIVATE KEY-----",
  "secret_access_key=",
  "sk-",
  "a.",
  "x-amz-security-token: ",
])("T11 a megabyte of %j takes no longer than its length says", (word) => {
  // A quadratic pattern would take hours for it, and the test's own time would end.
  scrubText(word.repeat(1_000_000 / word.length));
});
