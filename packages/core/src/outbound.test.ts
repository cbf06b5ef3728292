import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OutboundInit, outboundFetch } from "./outbound.ts";

let server: Server;
let url: string;
const fetchHere = (path: string, init: OutboundInit = {}) =>
  outboundFetch(`${url}${path}`, { ...init, allowLoopback: true });
beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { pathname } = new URL(request.url ?? "", "http://x");
    if (pathname === "/redirect") response.writeHead(302, { location: `${url}/echo` }).end();
    else if (pathname === "/empty") response.writeHead(204).end();
    else if (pathname === "/cut")
      response.writeHead(200, { "content-length": "9" }).write("half", () => response.destroy());
    else if (pathname === "/hang") response.flushHeaders();
    else if (pathname === "/stream") {
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: one\n\n");
      response.once("close", () => {});
    } else {
      response.setHeader("set-cookie", ["a=1", "b=2"]);
      response.end(JSON.stringify({ method: request.method, body, header: request.headers["x-given"] }));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test("sends method, headers and text, and gives status, headers and body", async () => {
  const response = await fetchHere("/echo", { method: "POST", headers: { "X-Given": "é?" }, body: "Grüße" });
  expect(response.status).toBe(200);
  expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  expect(await response.json()).toMatchObject({ method: "POST", body: "Grüße" });
});

test("a redirect is refused, not followed", async () => {
  await expect(fetchHere("/redirect")).rejects.toThrow("redirect");
});

test("an answer without a body has none", async () => {
  const response = await fetchHere("/empty");
  expect([response.status, response.body]).toEqual([204, null]);
});

test("an event stream is passed on before it ends, and ends when it is cancelled", async () => {
  const reader = (await fetchHere("/stream")).body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: one\n\n");
  await reader?.cancel();
});

test("an abort ends a request that hangs, before its answer and within it", async () => {
  await expect(fetchHere("/hang", { signal: AbortSignal.timeout(50) })).rejects.toThrow();
});

test("an answer that is cut off is an error", async () => {
  await expect(fetchHere("/cut")).rejects.toThrow();
});

test("a refused connection is an error", async () => {
  await expect(outboundFetch("http://127.0.0.1:9/", { allowLoopback: true })).rejects.toThrow();
});
