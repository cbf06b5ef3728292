import { describe, expect, test } from "vitest";
import { GatehouseError, messageOf } from "../../errors.ts";
import type { SignedRequest } from "./signedRequest.ts";
import { accessKey, now, sign, verify, withAuthorization } from "./testing.ts";
import { isSignatureV4, verifySignature } from "./verify.ts";

const json = { "content-type": "application/json" };
const put = { method: "PUT", path: "/gateways/a-0123456789/", headers: json, body: '{"name":"a"}' };

async function refusal(request: SignedRequest, changes?: Parameters<typeof verify>[1]): Promise<GatehouseError> {
  const error = await verify(request, changes).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GatehouseError)) throw new Error(`It was not refused: ${messageOf(error)}`);
  return error;
}

describe("T19 a signed request", () => {
  test("is let in as the key it is signed with", async () => {
    expect(await verify(await sign(put))).toBe(accessKey);
  });

  test("may have its header names in any case and its blanks anywhere", async () => {
    const { headers, ...rest } = await sign({ ...put, headers: { ...json, "x-amz-meta": "a b" } });
    const shouted = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));
    expect(await verify({ ...rest, headers: { ...shouted, "X-AMZ-META": "  a   b " } })).toBe(accessKey);
  });

  test("may come with headers that nobody signs, such as those of a proxy", async () => {
    const request = await sign(put);
    const added = { "x-forwarded-for": "10.0.0.1", "x-amzn-trace-id": "Root=1", "x-amz-cf-id": "a", via: "2.0 b" };
    expect(await verify({ ...request, headers: { ...request.headers, ...added } })).toBe(accessKey);
  });

  test("may have the parts of its Authorization in any order, with or without blanks", async () => {
    const request = withAuthorization(await sign(put), (header) => {
      const [, credential, signed, signature] = header.split(/, | /);
      return `AWS4-HMAC-SHA256 ${signature},${signed},   ${credential}`;
    });
    expect(await verify(request)).toBe(accessKey);
  });

  test("does without X-Amz-Content-Sha256, as botocore's do", async () => {
    expect(await verify(await sign(put, { applyChecksum: false }))).toBe(accessKey);
    expect((await refusal({ ...(await sign(put, { applyChecksum: false })), body: "{}" })).code).toBe(
      "invalidSignature",
    );
  });
});

describe("T19 replay", () => {
  const at = (seconds: number) => ({ now: new Date(now.getTime() + seconds * 1_000) });

  test.each([-900, -1, 0, 900])("a request is taken %i seconds after it was signed", async (seconds) => {
    expect(await verify(await sign(put), at(seconds))).toBe(accessKey);
  });

  test.each([-901, 901, -900.001, 900.001, 86_400 * 365, Number.NaN])("but not %d seconds after", async (seconds) => {
    expect((await refusal(await sign(put), at(seconds))).code).toBe("invalidSignature");
  });
});

describe("T19 a signature for something else is refused", () => {
  test.each([
    ["another region", { region: "eu-west-1" }],
    ["another service", { service: "s3" }],
    ["another secret", { credentials: { ...accessKey, secretAccessKey: "x".repeat(40) } }],
  ])("%s", async (_case, options) => {
    expect((await refusal(await sign(put, options))).code).toBe("invalidSignature");
  });

  test.each([
    ["another terminator", "aws4_request", "aws4_requests"],
    ["another day in its scope", "/20261122/", "/20261121/"],
    ["another region in its scope", "/us-east-1/", "/us-east-2/"],
    ["another service in its scope", "/bedrock-agentcore/", "/bedrock/"],
  ])("%s", async (_case, from, to) => {
    const request = withAuthorization(await sign(put), (header) => header.replace(from, to));
    expect((await refusal(request)).code).toBe("invalidSignature");
  });

  test("the scope's day must be that of X-Amz-Date, even around midnight", async () => {
    const night = new Date("2026-11-22T23:59:59Z");
    const request = await sign(put, { signingDate: night });
    const later = { now: new Date("2026-11-23T00:05:00Z") };
    expect(await verify(request, later)).toBe(accessKey);
    const redated = { ...request, headers: { ...request.headers, "x-amz-date": "20261123T000000Z" } };
    expect((await refusal(redated, later)).code).toBe("invalidSignature");
  });

  test("the message names the scope that is due", async () => {
    const { message } = await refusal(await sign(put, { region: "eu-west-1" }));
    expect(message).toContain("20261122/us-east-1/bedrock-agentcore/aws4_request");
  });
});

describe("T19 a request that was altered is refused", () => {
  const query = { maxResults: ["5"], filter: ["a", "b"] };
  test.each<[string, Partial<SignedRequest>]>([
    ["its body", { body: '{"name":"b"}' }],
    ["its body, taken away", { body: "" }],
    ["its path", { path: "/gateways/b-0123456789/" }],
    ["its path, by a slash", { path: "/gateways/a-0123456789" }],
    ["its path, decoded", { path: "/gateways/a%2D0123456789/" }],
    ["its path, by an empty segment", { path: "//gateways/a-0123456789/" }],
    ["its path, by a dot segment", { path: "/gateways/b/../a-0123456789/" }],
    ["its method", { method: "POST" }],
    ["its query", { query: { maxResults: ["6"], filter: ["a", "b"] } }],
    ["its query, by one more value", { query: { maxResults: ["5"], filter: ["a", "b", "c"] } }],
    ["its query, taken away", { query: {} }],
  ])("%s", async (_case, change) => {
    const request = await sign({ ...put, query });
    expect(await verify(request)).toBe(accessKey);
    expect((await refusal({ ...request, ...change })).code).toBe("invalidSignature");
  });

  test.each([
    ["host", "elsewhere.example"],
    ["content-type", "text/plain"],
    ["x-amz-date", "20261122T100001Z"],
    ["x-amz-content-sha256", "0".repeat(64)],
  ])("its header %s", async (name, value) => {
    const request = await sign(put);
    const altered = { ...request, headers: { ...request.headers, [name]: value } };
    expect((await refusal(altered)).code).toBe("invalidSignature");
  });

  test("a signed header that was taken away", async () => {
    const request = await sign({ ...put, headers: { ...json, "x-other": "a" } });
    const without = { ...request, headers: { ...request.headers, "x-other": undefined } };
    expect((await refusal(without)).code).toBe("invalidSignature");
  });
});

describe("T19 what has a meaning must be signed", () => {
  test.each([
    ["an X-Amz header that was added later", { "x-amz-target": "a" }],
    ["a content type that was added later", json],
  ])("%s", async (_case, headers) => {
    const request = await sign({ method: "POST", body: "{}" });
    const added = { ...request, headers: { ...request.headers, ...headers } };
    expect((await refusal(added)).code).toBe("incompleteSignature");
  });

  test("host", async () => {
    const request = withAuthorization(await sign(put), (header) => header.replace("host;", ""));
    expect(await refusal(request)).toMatchObject({
      code: "incompleteSignature",
      message: expect.stringMatching(/host/),
    });
  });

  test.each(["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])(
    "the body: %s",
    async (value) => {
      // The signer takes over what the header says, so that the signature itself is right.
      const request = await sign({ ...put, headers: { ...json, "x-amz-content-sha256": value } });
      expect((await refusal(request)).code).toBe("invalidSignature");
    },
  );

  test("a header must not be there in two cases", async () => {
    const request = await sign(put);
    const twice = { ...request, headers: { ...request.headers, Host: "elsewhere.example" } };
    expect((await refusal(twice)).code).toBe("incompleteSignature");
  });
});

describe("T19 who signs", () => {
  test("an unknown access key id is refused", async () => {
    const request = await sign(put, { credentials: { ...accessKey, accessKeyId: "AKIDOTHER" } });
    expect((await refusal(request)).code).toBe("unknownClient");
    expect((await refusal({ ...request, body: "altered" })).code).toBe("invalidSignature"); // Its digest tells already.
  });

  test("a session token is refused with what to do", async () => {
    const request = await sign(put, { credentials: { ...accessKey, sessionToken: "token" } });
    expect(await refusal(request)).toMatchObject({
      code: "unknownClient",
      message: expect.stringMatching(/AWS_SESSION_TOKEN/),
    });
  });

  test("an error of the lookup is not taken for a refusal", async () => {
    const broken = new Error("no database");
    const findKey = () => Promise.reject(broken);
    const options = { region: "us-east-1", service: "bedrock-agentcore", now, findKey };
    await expect(verifySignature(await sign(put), options)).rejects.toBe(broken);
  });
});

describe("T19 a header that is not whole is refused", () => {
  test("none at all", async () => {
    const { headers, ...rest } = await sign(put);
    expect((await refusal({ ...rest, headers: { ...headers, authorization: undefined } })).code).toBe(
      "missingAuthentication",
    );
  });

  test.each<[string, (header: string) => string]>([
    ["a truncated signature", (header) => header.slice(0, -1)],
    ["a signature that is too long", (header) => `${header}0`],
    ["uppercase hexadecimal", (header) => header.replace(/[0-9a-f]+$/, (hex) => hex.toUpperCase())],
    ["no signature", (header) => header.replace(/, Signature=.*/, "")],
    ["an empty signature", (header) => header.replace(/Signature=.*/, "Signature=")],
    ["no credential", (header) => header.replace(/Credential=[^,]*, /, "")],
    ["a credential without a scope", (header) => header.replace(/Credential=[^,]*/, "Credential=AKIDEXAMPLE")],
    ["a part twice", (header) => `${header}, ${header.split(", ").at(-1)}`],
    ["two credentials", (header) => header.replace(/(Credential=[^,]*)/, "$1, $1")],
    ["a part that doesn't belong there", (header) => `${header}, Other=a`],
    ["another algorithm", (header) => header.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")],
    ["another algorithm's case", (header) => header.replace("AWS4-HMAC-SHA256", "aws4-hmac-sha256")],
    ["signed headers out of order", (header) => header.replace("content-type;host", "host;content-type")],
    ["a signed header twice", (header) => header.replace(";host;", ";host;host;")],
    ["a signed header in upper case", (header) => header.replace(";host;", ";Host;")],
    ["8 KB", (header) => header.padEnd(8_192, " ")],
    ["a bearer token", () => "Bearer eyJhbGciOiJSUzI1NiJ9"],
  ])("%s", async (_case, change) => {
    const request = await sign(put);
    const changed = withAuthorization(request, change);
    expect(changed.headers.authorization).not.toBe(request.headers.authorization);
    expect((await refusal(changed)).code).toBe("incompleteSignature");
  });

  test.each([
    undefined,
    "",
    "Sun, 22 Nov 2026 10:00:00 GMT",
    "2026-11-22T10:00:00Z",
    "20261131T100000Z",
    "20261122T240000Z",
  ])("X-Amz-Date: %s", async (value) => {
    const { headers, ...rest } = await sign(put);
    expect((await refusal({ ...rest, headers: { ...headers, "x-amz-date": value } })).code).toBe("incompleteSignature");
  });

  test("more headers than anybody sends", async () => {
    const { headers, ...rest } = await sign(put);
    expect((await refusal({ ...rest, headers: { ...headers, "x-long": "x".repeat(20_000) } })).code).toBe(
      "incompleteSignature",
    );
  });

  test.each(["X-Amz-Signature", "X-Amz-Algorithm", "x-amz-credential"])("a presigned URL: %s", async (name) => {
    const request = await sign(put);
    expect((await refusal({ ...request, query: { [name]: ["a"] } })).code).toBe("incompleteSignature");
    expect((await refusal({ ...request, headers: {}, query: { [name]: ["a"] } })).code).toBe("incompleteSignature");
  });
});

test("T19 only a header of Signature Version 4 counts as one", () => {
  expect(isSignatureV4({ Authorization: "AWS4-HMAC-SHA256 Credential=a" })).toBe(true);
  expect(isSignatureV4({ authorization: "AWS4-ECDSA-P256-SHA256 Credential=a" })).toBe(true);
  expect(isSignatureV4({ authorization: "Bearer AWS4-HMAC-SHA256" })).toBe(false);
  expect(isSignatureV4({ authorization: undefined, other: "AWS4-HMAC-SHA256" })).toBe(false);
});

test("T18, T19 no refusal tells a secret or the signature that would have been right", async () => {
  const request = await sign(put);
  const right = request.headers.authorization?.slice(-64) ?? "";
  const wrong = withAuthorization(request, (header) => header.replace(/[0-9a-f]{64}$/, "0".repeat(64)));
  const messages = await Promise.all(
    [wrong, { ...wrong, headers: { ...wrong.headers, "x-amz-date": "20261122T100000" } }].map(async (altered) => {
      const { message, stack } = await refusal(altered);
      return `${message} ${stack}`;
    }),
  );
  for (const text of messages) {
    expect(text).not.toContain(right);
    expect(text).not.toContain(accessKey.secretAccessKey);
  }
});
