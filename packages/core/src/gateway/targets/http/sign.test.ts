import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessKey, now, verify } from "../../../identity/sigv4/testing.ts";
import type { HttpRequest } from "./request.ts";
import { sendRequest } from "./send.ts";
import { createRequestSigner } from "./sign.ts";
import { startServer, type TestServer, targetNamed } from "./testing.ts";

const scope = { service: "orders", region: "eu-west-1" };
let server: TestServer;
beforeAll(async () => {
  server = await startServer((_, __, outgoing) => void outgoing.end());
});
afterAll(() => server[Symbol.asyncDispose]());

const gateway = { gatewayId: "shop-0123456789", roleArn: "arn:aws:iam::123456789012:role/shop" };
const signer = createRequestSigner({ credentials: async () => accessKey, now: () => now });

/** Sends a signed request, and gives it as it arrived. */
async function arrived(path: string, request: Partial<HttpRequest> = {}, sign = signer, signing = scope) {
  await sendRequest(
    { method: "POST", url: new URL(path, server.url), headers: {}, ...request },
    {
      target: targetNamed("Orders"),
      traceContext: { traceparent: "00-a-b-00" },
      headers: {},
      query: {},
      onResponseHeaders: () => {},
      signal: AbortSignal.timeout(10_000),
    },
    { allowLoopback: true, authorize: async (unsigned) => (await sign(gateway, signing))(unsigned) },
  );
  const received = server.received.at(-1);
  if (received === undefined) throw new Error("Nothing arrived.");
  return received;
}

test("what arrives verifies, for that service and region and no other", async () => {
  const request = await arrived("/orders/a%20b?x=1&x=0&sign=%2B", { body: "{}", headers: { "x-a": "1" } });
  expect(await verify(request, scope)).toBe(accessKey);
  await expect(verify(request, { ...scope, service: "other" })).rejects.toThrow();
  await expect(verify({ ...request, body: "{ }" }, scope)).rejects.toThrow();
  expect(request.headers["x-amz-content-sha256"]).toMatch(/^[\da-f]{64}$/);
});

test("trace headers are not signed", async () => {
  const { headers } = await arrived("/");
  expect(headers.traceparent).toBe("00-a-b-00");
  expect(headers.authorization).not.toContain("traceparent");
});

test("a session's token is sent and signed", async () => {
  const sign = createRequestSigner({
    credentials: async () => ({ ...accessKey, sessionToken: "token" }),
    now: () => now,
  });
  const { headers } = await arrived("/", {}, sign);
  expect(headers["x-amz-security-token"]).toBe("token");
  expect(headers.authorization).toContain("x-amz-security-token");
});

test("credentials that can't be had are a failure of the target", async () => {
  const sign = createRequestSigner({ credentials: () => Promise.reject(new Error("none found")) });
  await expect(arrived("/", {}, sign)).rejects.toThrow("Orders did not answer: none found");
});

test("whatever the path, the query, the headers and the body are, it verifies", async () => {
  const text = fc.string({ unit: "grapheme", maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(text.filter((segment) => segment !== "" && segment !== "." && segment !== "..")),
      fc.array(fc.tuple(text, text), { maxLength: 4 }),
      fc.stringMatching(/^[!-~]( ?[!-~]){0,8}$/),
      fc.string({ unit: "grapheme" }),
      async (segments, query, header, body) => {
        const path = `/${segments.map(encodeURIComponent).join("/")}`;
        const search = new URLSearchParams(query).toString();
        const request = await arrived(`${path}?${search}`, { headers: { "x-a": header }, body });
        await verify(request, scope);
        expect(request.query).toEqual(
          Object.fromEntries(
            Map.groupBy(query, ([name]) => name)
              .entries()
              .map(([name, pairs]) => [name, pairs.map(([, value]) => value)]),
          ),
        );
      },
    ),
    { numRuns: 60 },
  );
});
