import { once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer } from "./egress/testing.ts";
import { createOutboundFetch, type OutboundInit, outboundFetch } from "./outbound.ts";

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

test("T06 an address that is not allowed is not connected to", async () => {
  await using server = await startServer((_, response) => response.end());
  await expect(outboundFetch(`http://127.0.0.1:${server.port}/`)).rejects.toThrow("on this very machine");
  await expect(outboundFetch("https://169.254.169.254/")).rejects.toThrow("special address");
  expect(server.connections).toBe(0);
});

describe("T21 an answer has bounds", () => {
  /** Asks a server of its own, and waits until it has seen that nobody reads on. */
  async function ask(answer: (response: ServerResponse) => void, init: OutboundInit): Promise<unknown> {
    const left = Promise.withResolvers<void>();
    const listener: RequestListener = (_, response) => {
      response.once("close", left.resolve);
      answer(response);
    };
    await using server = await startServer(listener);
    const asked = outboundFetch(`http://127.0.0.1:${server.port}/`, { allowLoopback: true, ...init });
    const outcome = await asked.then((response) => response.text()).catch((error: unknown) => error);
    await left.promise;
    return outcome;
  }
  const block = Buffer.alloc(65_536, "x");
  /** Writes for as long as somebody reads. */
  function endlessly(response: ServerResponse, text: string | Buffer = block) {
    const more = () => {
      if (response.destroyed) return;
      response.write(text, (error) => error ?? setImmediate(more));
    };
    more();
  }
  const events = { "content-type": "text/event-stream" };

  test("a body that says it is larger is not read", async () => {
    const answer = (response: ServerResponse) => response.writeHead(200, { "content-length": 10_000_000 }).write("x");
    expect(await ask(answer, { limits: { bodyBytes: 9_999_999 } })).toMatchObject({
      message: "The answer is larger than 9999999 bytes.",
    });
  });

  test("a body that doesn't end is read up to the limit", async () => {
    expect(await ask((response) => endlessly(response), {})).toMatchObject({
      message: "The answer is larger than 10485760 bytes.",
    });
  });

  test("a body of just the limit is whole", async () => {
    const answer = (response: ServerResponse) => response.end(block);
    expect(await ask(answer, { limits: { bodyBytes: block.length } })).toBe(String(block));
    expect(await ask(answer, { limits: { bodyBytes: block.length - 1 } })).toBeInstanceOf(TypeError);
  });

  test("a body that unpacks to more than was sent is not unpacked", async () => {
    const answer = (response: ServerResponse) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(10_000_000)));
    expect(await ask(answer, {})).toMatchObject({ message: expect.stringContaining("in the encoding gzip") });
  });

  test("a redirect's body is not read", async () => {
    const answer = (response: ServerResponse) => endlessly(response.writeHead(302, { location: "https://10.0.0.1/" }));
    expect(await ask(answer, {})).toMatchObject({ message: expect.stringContaining("redirect") });
  });

  test.each([
    ["an event that doesn't end", "data: x"],
    ["an event of lines that are all short", "data: x\n"],
    ["a comment that doesn't end", ":"],
  ])("%s ends the stream", async (_, text) => {
    const answer = (response: ServerResponse) => endlessly(response.writeHead(200, events), text.repeat(10_000));
    expect(await ask(answer, { limits: { eventBytes: 200_000 } })).toMatchObject({
      message: "The answer has an event of more than 200000 bytes.",
    });
  });

  test.each(["\n\n", "\r\n\r\n", "\r\r"])(
    "many small events, ended by %j, are one stream with its limit",
    async (end) => {
      // A prime number of bytes, so that the ends of events fall on both sides of the chunks' borders.
      const text = `data: ${"x".repeat(997)}${end}`;
      const answer = (response: ServerResponse) => endlessly(response.writeHead(200, events), text);
      expect(await ask(answer, { limits: { eventBytes: 150_000, streamBytes: 3_000_000 } })).toMatchObject({
        message: "The answer has an event stream of more than 3000000 bytes.",
      });
    },
  );

  test.each([
    ["no head", () => {}],
    ["a head and no body", (response: ServerResponse) => response.flushHeaders()],
    [
      "a body that doesn't go on",
      (response: ServerResponse) => response.writeHead(200, { "content-length": 9 }).write("x"),
    ],
    [
      "interim answers without end",
      (response: ServerResponse) => {
        const more = () => !response.destroyed && response.writeProcessing(() => setImmediate(more));
        more();
      },
    ],
  ])("%s: ends in time", async (_, answer) => {
    expect(await ask(answer, { limits: { answerMilliseconds: 50 } })).toMatchObject({
      message: expect.stringContaining("took longer than 50 ms"),
    });
  });

  test("an event stream may take as long as its reader wants", async () => {
    let answered: ServerResponse | undefined;
    await using server = await startServer((_, response) => {
      answered = response.writeHead(200, events);
      response.flushHeaders();
    });
    const init = { allowLoopback: true, limits: { answerMilliseconds: 200 } };
    const response = await outboundFetch(`http://127.0.0.1:${server.port}/`, init);
    // Whatever else takes as long has ended by then.
    await expect(outboundFetch(`http://127.0.0.1:${hanging.port}/`, init)).rejects.toThrow("longer than 200 ms");
    answered?.end("data: late\n\n");
    expect(await response.text()).toBe("data: late\n\n");
  });

  let hanging: Awaited<ReturnType<typeof startServer>>;
  beforeAll(async () => {
    hanging = await startServer(() => {});
  });
  afterAll(() => hanging[Symbol.asyncDispose]());

  test("a connection that isn't made ends in time", async () => {
    // It accepts connections, and never begins with TLS.
    const silent = createTcpServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const fetchIt = createOutboundFetch({ connectWithin: 50 });
    const late = fetchIt(`https://127.0.0.1:${port}/`, { allowLoopback: true });
    await expect(late).rejects.toThrow("No connection to 127.0.0.1 within 50 ms");
    silent.close();
  });

  test("a name that is never found ends in time", async () => {
    const fetchIt = createOutboundFetch({ connectWithin: 50, lookup: () => {} });
    await expect(fetchIt("https://example.com/")).rejects.toThrow("No connection to example.com within 50 ms");
  });
});

test("bytes are sent and received as they are", async () => {
  await using server = await startServer((request, response) => request.pipe(response));
  const bytes = new Uint8Array([0, 255, 128, 10]);
  const init = { method: "POST", body: bytes, allowLoopback: true };
  const response = await outboundFetch(`http://127.0.0.1:${server.port}/`, init);
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
});
