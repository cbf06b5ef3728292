import { afterAll, beforeAll, expect, test } from "vitest";
import { TargetError } from "../target.ts";
import type { HttpRequest } from "./request.ts";
import { type SendOptions, sendRequest } from "./send.ts";
import { startServer, type TestServer, targetNamed } from "./testing.ts";

const binary = Buffer.from([0, 255, 128, 10, 13]);
/** When the request for an answer that never comes has arrived. */
const hangs = Promise.withResolvers<void>();
let server: TestServer;
beforeAll(async () => {
  server = await startServer(({ path }, _, outgoing) => {
    if (path === "/redirect") outgoing.writeHead(307, { location: "/" }).end();
    else if (path === "/long") outgoing.end(Buffer.alloc(2_000));
    else if (path === "/endless") {
      outgoing.on("drain", () => outgoing.write(Buffer.alloc(60_000)));
      while (outgoing.write(Buffer.alloc(60_000)));
    } else if (path === "/stream")
      outgoing.writeHead(200, { "content-type": "text/event-stream" }).end("data: one\n\n");
    else if (path === "/gzip") outgoing.writeHead(200, { "content-encoding": "gzip" }).end(binary);
    else if (path === "/cut")
      outgoing.writeHead(200, { "content-length": "9" }).write("half", () => outgoing.destroy());
    else if (path === "/fails") outgoing.writeHead(503, { "content-type": "text/plain" }).end("later");
    else if (path === "/hang") hangs.resolve();
    else outgoing.writeHead(200, { "content-type": "application/octet-stream" }).end(binary);
  });
});
afterAll(() => server[Symbol.asyncDispose]());

function send(path: string, request: Partial<HttpRequest> = {}, options: Partial<SendOptions> = {}, traceContext = {}) {
  return sendRequest(
    { method: "GET", url: new URL(path, server.url), headers: {}, ...request },
    { ...invocation, traceContext, signal: AbortSignal.timeout(10_000) },
    { allowLoopback: true, ...options },
  );
}

const invocation = { target: targetNamed("Orders"), headers: {}, query: {}, onResponseHeaders: () => {} };

test("bytes go out and come back as they are", async () => {
  const answer = await send("/echo?a=1", { method: "PUT", headers: { "x-given": "yes" }, body: binary });
  expect([answer.status, Buffer.from(answer.body)]).toEqual([200, binary]);
  expect(server.received.at(-1)).toMatchObject({
    method: "PUT",
    path: "/echo",
    query: { a: ["1"] },
    bytes: binary,
    headers: { "x-given": "yes", "content-length": "5", "accept-encoding": "identity" },
  });
});

test("what of the agent's request may pass goes with it, unless the tool says it itself, and the answer's headers are told", async () => {
  const told: (string | null)[] = [];
  await sendRequest(
    { method: "GET", url: new URL("/orders?page=1", server.url), headers: { "x-tenant": "the tool's" } },
    {
      ...invocation,
      traceContext: {},
      headers: { "X-Tenant": "the agent's", "X-Region": "eu" },
      query: { page: ["2"], version: ["a&b=c", "d"] },
      onResponseHeaders: (headers) => told.push(headers.get("content-type")),
      signal: AbortSignal.timeout(10_000),
    },
    { allowLoopback: true },
  );
  expect(server.received.at(-1)).toMatchObject({
    query: { page: ["1"], version: ["a&b=c", "d"] },
    headers: { "x-tenant": "the tool's", "x-region": "eu" },
  });
  expect(told).toEqual(["application/octet-stream"]);
});

test("a status that says failure is an answer", async () => {
  expect((await send("/fails")).status).toBe(503);
});

test("an event stream is read to its end", async () => {
  expect(Buffer.from((await send("/stream")).body).toString()).toBe("data: one\n\n");
});

test("the trace context goes with the request, but not what can't be a header", async () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await send("/", {}, {}, { traceparent, tracestate: "a=b", baggage: "x=1\r\nx-injected: 1" });
  const { headers } = server.received.at(-1) ?? {};
  expect(headers).toMatchObject({ traceparent, tracestate: "a=b" });
  expect(headers).not.toHaveProperty("baggage");
  expect(headers).not.toHaveProperty("x-injected");
});

test.each([
  ["T06 a redirect is not followed", "/redirect", "redirect"],
  ["T21 an answer that is longer than allowed", "/long", "larger than 1000 bytes"],
  ["T21 an answer that never ends", "/endless", "larger than 1000 bytes"],
  ["an answer in an encoding nobody asked for", "/gzip", "the encoding gzip"],
  ["an answer that is cut off", "/cut", "did not answer"],
])("%s is a failure of the target", async (_, path, message) => {
  const failure = send(path, {}, { maximumBytes: 1_000 });
  await expect(failure).rejects.toThrow(TargetError);
  await expect(failure).rejects.toThrow(message);
});

test("T06 an address that may not be reached is not, whatever a signer would make of it", async () => {
  const before = server.received.length;
  await expect(send("/", {}, { allowLoopback: false })).rejects.toThrow(/Orders did not answer: .*not allowed here/);
  expect(server.received.length).toBe(before);
});

test.each(["Host", "content-length", "Transfer-Encoding", "connection", "proxy-authorization"])(
  "the header %s is not for tools to set",
  async (name) => {
    await expect(send("/", { headers: { [name]: "1" } })).rejects.toThrow(`can't set the header "${name}"`);
  },
);

test("a header's value with a line break is refused", async () => {
  await expect(send("/", { headers: { "x-a": "1\r\nx-b: 2" } })).rejects.toThrow(TargetError);
});

test("T21 a call that is given up ends its request", async () => {
  const controller = new AbortController();
  const failure = sendRequest(
    { method: "GET", url: new URL("/hang", server.url), headers: {} },
    { ...invocation, traceContext: {}, signal: controller.signal },
    { allowLoopback: true },
  );
  await hangs.promise;
  controller.abort(new Error("given up"));
  await expect(failure).rejects.toThrow(TargetError);
});
