import { describe, expect, test } from "vitest";
import type { SignedRequest } from "./signedRequest.ts";
import { accessKey } from "./testing.ts";
import { verifySignature } from "./verify.ts";

/** Requests and signatures of AWS's published test suite for Signature Version 4 (aws-sig-v4-test-suite). */
interface Vector extends Partial<Omit<SignedRequest, "headers">> {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signed?: string;
  readonly signature: string;
}

const alphabet = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const form = { method: "POST", body: "Param1=value1" };

const vectors: Readonly<Record<string, Vector>> = {
  "get-vanilla": { signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
  "get-unreserved": {
    path: `/${alphabet}`,
    signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
  },
  "get-utf8": { path: "/ሴ", signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
  "get-header-key-duplicate": {
    headers: { "My-Header1": "value2,value2,value1" },
    signed: "host;my-header1;x-amz-date",
    signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
  },
  "get-header-value-order": {
    headers: { "My-Header1": "value4,value1,value3,value2" },
    signed: "host;my-header1;x-amz-date",
    signature: "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
  },
  "get-header-value-trim": {
    headers: { "My-Header1": " value1", "My-Header2": ' "a   b   c"' },
    signed: "host;my-header1;my-header2;x-amz-date",
    signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
  },
  "get-vanilla-empty-query-key": {
    query: { Param1: ["value1"] },
    signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
  },
  "get-vanilla-query-order-key": {
    query: { Param1: ["value2", "Value1"] },
    signature: "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1",
  },
  "get-vanilla-query-order-key-case": {
    query: { Param2: ["value2"], Param1: ["value1"] },
    signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  },
  "get-vanilla-query-order-value": {
    query: { Param1: ["value2", "value1"] },
    signature: "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694",
  },
  "get-vanilla-query-unreserved": {
    query: { [alphabet]: [alphabet] },
    signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
  },
  "get-vanilla-utf8-query": {
    query: { ሴ: ["bar"] },
    signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
  },
  "post-vanilla": {
    method: "POST",
    signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
  },
  "post-header-value-case": {
    method: "POST",
    headers: { "My-Header1": "VALUE1" },
    signed: "host;my-header1;x-amz-date",
    signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
  },
  "post-vanilla-query": {
    method: "POST",
    query: { Param1: ["value1"] },
    signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
  },
  "post-x-www-form-urlencoded": {
    ...form,
    headers: { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": "13" },
    signed: "content-type;host;x-amz-date",
    signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  },
  "post-x-www-form-urlencoded-parameters": {
    ...form,
    headers: { "Content-Type": "application/x-www-form-urlencoded; charset=utf8", "Content-Length": "13" },
    signed: "content-type;host;x-amz-date",
    signature: "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
  },
};

/** Paths that the suite signs without their empty and dot segments. */
const ambiguous: Readonly<Record<string, Vector>> = {
  "get-relative": {
    path: "/example/..",
    signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  },
  "get-slash": { path: "//", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
  "get-slash-dot-slash": { path: "/./", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
  "get-slashes": {
    path: "//example//",
    signature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
  },
};

function verify({ method = "GET", path = "/", query = {}, headers = {}, body = "", ...vector }: Vector) {
  const { signed = "host;x-amz-date", signature } = vector;
  const scope = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
  const all = {
    Host: "example.amazonaws.com",
    "X-Amz-Date": "20150830T123600Z",
    Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=${signed}, Signature=${signature}`,
    ...headers,
  };
  return verifySignature(
    { method, path, query, headers: all, body },
    {
      region: "us-east-1",
      service: "service",
      now: new Date("2015-08-30T12:36:00Z"),
      findKey: async () => accessKey,
    },
  );
}

describe("T19 AWS's published test suite", () => {
  test.each(Object.entries(vectors))("%s verifies", async (_name, vector) => {
    expect(await verify(vector)).toBe(accessKey);
  });

  test.each(Object.entries(ambiguous))(
    "%s is refused: its path is not the one that is signed",
    async (_name, vector) => {
      await expect(verify(vector)).rejects.toMatchObject({
        code: "invalidSignature",
        message: expect.stringMatching(/empty segments/),
      });
    },
  );
});
