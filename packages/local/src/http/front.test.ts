import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAfterwards } from "../lambda/afterwards.ts";
import { TaskTimedOut } from "../lambda/handler.ts";
import { testTopology } from "../testing/topology.ts";
import { createFront } from "./front.ts";
import { isLoopback } from "./guard.ts";
import { listen } from "./server.ts";

type Handler = (event: APIGatewayProxyEvent) => unknown;

async function start(handler: Handler, { bind = "127.0.0.1", address = "127.0.0.1" } = {}) {
  const log: string[] = [];
  const events: APIGatewayProxyEvent[] = [];
  const place = { region: "us-east-1", accountId: "000000000000" };
  const invoke = async (_name: string, event: unknown) => {
    // The front makes nothing else.
    const proxied = event as APIGatewayProxyEvent;
    events.push(proxied);
    return handler(proxied);
  };
  const front = createFront({
    bind,
    place,
    routes: testTopology.routes,
    mounts: [],
    invoke,
    afterwards: createAfterwards((line) => log.push(line)),
    log: (line) => log.push(line),
  });
  const server = await listen(front, address, 0);
  onTestFinished(() => server.close(Promise.resolve()));
  return { url: `http://127.0.0.1:${server.port}`, port: server.port, log, events };
}

/** fetch sets Host and hides what it can; this sends exactly what it is told. */
async function send(port: number, path: string, headers: Record<string, string>, method = "GET", to = "127.0.0.1") {
  const request = httpRequest({ port, host: to, path, method, headers });
  request.end();
  // `once` can't know what the event carries.
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const chunks = await response.toArray();
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(Buffer.concat(chunks).toString()) };
}

const ok: Handler = () => ({ statusCode: 200, body: "{}" });

describe("T07 the front answers only to its own names", () => {
  test.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example:4000",
    "169.254.169.254",
    "[::2]",
    "a b",
  ])("T07 a request for the host %s is refused", async (host) => {
    const { port, events } = await start(ok);
    for (const path of ["/web/1", "/healthz", "/anything", "/idp/token", "/_host/queues"]) {
      const answer = await send(port, path, { host });
      expect(answer).toMatchObject({ status: 403, body: { message: expect.stringContaining("Host") } });
    }
    expect(events).toEqual([]);
  });

  test.each(["http://evil.example", "https://localhost.evil.example", "null", "file://", "not a url"])(
    "T07 a request from a page of %s is refused",
    async (origin) => {
      const { port, events } = await start(ok);
      const answer = await send(port, "/web/1", { host: `127.0.0.1:${port}`, origin }, "POST");
      expect(answer).toMatchObject({ status: 403, body: { message: expect.stringContaining("Origin") } });
      expect(events).toEqual([]);
    },
  );

  test.each(["localhost", "127.0.0.1", "[::1]"])("T07 loopback by the name %s is served", async (name) => {
    const { port } = await start(ok);
    const headers = { host: `${name}:${port}`, origin: `http://${name}:6274` };
    expect(await send(port, "/web/1", headers)).toMatchObject({ status: 200 });
  });

  test("T07 the address it was bound to is served, too", async () => {
    const { port } = await start(ok, { bind: "192.0.2.7" });
    expect(await send(port, "/web/1", { host: "192.0.2.7:4000" })).toMatchObject({ status: 200 });
    expect(await send(port, "/web/1", { host: "192.0.2.8:4000" })).toMatchObject({ status: 403 });
  });
});

describe("a request", () => {
  test("reaches its function as API Gateway's event", async () => {
    const { url, events } = await start(ok);
    await fetch(`${url}/web/arn%3Aaws%2Fx?a=1&a=2&b=%C3%A4&__proto__=p`, {
      method: "POST",
      headers: { "X-Case": "Kept", "content-type": "application/json" },
      body: '{"ä":1}',
    });
    expect(events[0]).toMatchObject({
      resource: "/web/{id}",
      path: "/web/arn%3Aaws%2Fx",
      httpMethod: "POST",
      pathParameters: { id: "arn:aws/x" },
      queryStringParameters: { a: "2", b: "ä" },
      multiValueQueryStringParameters: { a: ["1", "2"], b: ["ä"] },
      headers: { "content-type": "application/json" },
      body: '{"ä":1}',
      isBase64Encoded: false,
      requestContext: { identity: { sourceIp: "127.0.0.1", userArn: null }, stage: "local" },
    });
    expect(Object.hasOwn(events[0]?.queryStringParameters ?? {}, "__proto__")).toBe(true);
  });

  test("without body and query has null for both", async () => {
    const { url, events } = await start(ok);
    await fetch(`${url}/web/1`);
    expect(events[0]).toMatchObject({ body: null, queryStringParameters: null, multiValueQueryStringParameters: null });
  });

  test("with a body that is no text reaches it in Base64, byte for byte", async () => {
    const { url, events } = await start(ok);
    const body = Uint8Array.from([0x1f, 0x8b, 0x00, 0xff, 0xfe]);
    await fetch(`${url}/web/1`, { method: "POST", body });
    expect(events[0]).toMatchObject({ isBase64Encoded: true, body: Buffer.from(body).toString("base64") });
  });

  test("of more than 6 MB in Base64 is refused with 413", async () => {
    const { url, events } = await start(ok);
    const answer = await fetch(`${url}/web/1`, { method: "POST", body: "x".repeat(4.5 * 1024 * 1024 + 1) });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toEqual({ message: expect.stringContaining("at most") });
    expect(events).toEqual([]);
  });

  test.each([
    ["/", 404],
    ["/web/%zz", 400],
  ])("for %s is answered with %i in JSON", async (path, status) => {
    const { port } = await start(ok);
    expect(await send(port, path, { host: "localhost" })).toMatchObject({
      status,
      body: { message: expect.any(String) },
    });
  });

  test("for another method than the route's is answered with 405", async () => {
    const { url } = await start(ok);
    expect((await fetch(`${url}/hasty`, { method: "POST" })).status).toBe(405);
  });

  test("for /healthz is answered by the host", async () => {
    const { url, events } = await start(ok);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(events).toEqual([]);
  });
});

test.each([
  ["127.0.0.1", true],
  ["127.8.8.8", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["::ffff:10.0.0.1", false],
  ["10.127.0.0.1", false],
  ["192.168.1.2", false],
  [undefined, false],
])("%s is loopback: %s", (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});

describe("a function's answer", () => {
  test("is written with its headers, also those with several values, and its body, also in base64", async () => {
    const { url } = await start(() => ({
      statusCode: 201,
      headers: { "X-One": 1, "Content-Length": 999 },
      multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] },
      body: Buffer.from("bytes").toString("base64"),
      isBase64Encoded: true,
    }));
    const answer = await fetch(`${url}/web/1`);
    expect(answer.status).toBe(201);
    expect(answer.headers.get("x-one")).toBe("1");
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await answer.text()).toBe("bytes");
  });

  test.each([
    ["that throws", () => Promise.reject(new Error("secret detail")), 502],
    ["that answers with no response", () => "hello", 502],
    ["that takes too long", () => Promise.reject(new TaskTimedOut("Task timed out")), 504],
  ])("%s gives no detail away", async (_case, handler: Handler, status) => {
    const { url, log } = await start(handler);
    const answer = await fetch(`${url}/web/1`);
    expect(answer.status).toBe(status);
    expect(await answer.text()).not.toContain("secret");
    expect(log).toHaveLength(1);
  });

  test("for a client that has gone does no harm", async () => {
    const called = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const { url, port } = await start(async ({ path }) => {
      called.resolve();
      if (path === "/web/slow") await finish.promise;
      return { statusCode: 200, body: "{}" };
    });
    const socket = connect(port, "127.0.0.1");
    socket.write("GET /web/slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await called.promise;
    socket.resetAndDestroy();
    await once(socket, "close");
    finish.resolve();
    expect((await fetch(`${url}/web/1`)).status).toBe(200);
  });
});
