import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { setImmediate as turn } from "node:timers/promises";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { HttpResult } from "./http.ts";
import { type ResponseStream, type StreamingRuntime, streaming } from "./streaming.ts";
import { lambdaContext } from "./testing/context.ts";
import { delimiter, HttpResponseStream, lambdaStream } from "./testing/lambda/responseStream.ts";

type Streaming = (event: APIGatewayProxyEvent, stream: ResponseStream, context: typeof lambdaContext) => Promise<void>;

const json = { "content-type": "application/json" };
const ok = (body: string): APIGatewayProxyResult => ({ statusCode: 200, headers: json, body });
/** No handler here looks at its event. */
const event = {} as APIGatewayProxyEvent;

/** Calls a handler as Lambda's runtime does. */
function call(handle: () => Promise<HttpResult>) {
  const stream = new PassThrough();
  const runtime = { streamifyResponse: (handler: unknown) => handler, HttpResponseStream };
  // The runtime's own types are narrower on one side and wider on the other; at run time they are the same.
  const handler = streaming(runtime as unknown as StreamingRuntime, handle) as Streaming;
  const done = handler(event, lambdaStream(stream, () => {}) as unknown as ResponseStream, lambdaContext);
  return { done, stream };
}

async function answerOf({ done, stream }: ReturnType<typeof call>) {
  const [received] = await Promise.all([text(stream), done]);
  const at = received.indexOf(new TextDecoder().decode(delimiter));
  return { head: JSON.parse(received.slice(0, at)), body: received.slice(at + delimiter.length) };
}

describe("an answer", () => {
  test("has its status and headers first", async () => {
    const result = { statusCode: 404, headers: { a: "b" }, body: '{"message":"nothing"}' };
    expect(await answerOf(call(async () => result))).toEqual({
      head: { statusCode: 404, headers: { a: "b" } },
      body: '{"message":"nothing"}',
    });
  });

  test("without a body has its status and headers all the same", async () => {
    expect(await answerOf(call(async () => ({ statusCode: 202, body: "" })))).toEqual({
      head: { statusCode: 202 },
      body: "",
    });
  });

  test.each([16_383, 16_384, 1_000_001])(
    "of %i characters arrives whole, also those that need two units",
    async (n) => {
      const body = `${"x".repeat(n)}\u{1F600}`;
      expect((await answerOf(call(async () => ok(body)))).body).toBe(body);
    },
  );

  test("that fails fails the invocation, and nothing was sent", async () => {
    const { done, stream } = call(async () => {
      throw new Error("nobody is there");
    });
    await expect(done).rejects.toThrow("nobody is there");
    expect(stream.readableLength).toBe(0);
  });
});

describe("an answer that takes its time", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("begins before anybody gives up, and goes on beginning: in a quarter of an hour no silence is longer", async () => {
    const answer = Promise.withResolvers<APIGatewayProxyResult>();
    const running = call(() => answer.promise);
    const writes: number[] = [];
    running.stream.on("data", () => writes.push(Date.now()));
    const startedAt = Date.now();
    await vi.advanceTimersByTimeAsync(895_000);
    const silences = [...writes, Date.now()].map((time, at) => time - (writes[at - 1] ?? startedAt));
    expect(Math.max(...silences)).toBeLessThanOrEqual(20_000);
    answer.resolve(ok('{"jsonrpc":"2.0"}'));
    await running.done;
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is the same JSON, under status 200", async () => {
    const answer = Promise.withResolvers<APIGatewayProxyResult>();
    const received = answerOf(call(() => answer.promise));
    await vi.advanceTimersByTimeAsync(60_000);
    answer.resolve(ok('{"jsonrpc":"2.0","result":"\u{1F600}"}'));
    const { head, body } = await received;
    expect(head).toEqual({ statusCode: 200, headers: json });
    expect(JSON.parse(body)).toEqual({ jsonrpc: "2.0", result: "\u{1F600}" });
  });

  test("that fails fails the invocation, so that what was sent is no whole answer", async () => {
    const answer = Promise.withResolvers<APIGatewayProxyResult>();
    const { done, stream } = call(() => answer.promise);
    const failed = expect(done).rejects.toThrow("too late");
    await vi.advanceTimersByTimeAsync(30_000);
    answer.reject(new Error("too late"));
    await failed;
    expect(stream.writableEnded).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("an answer that is a stream", () => {
  const head = { statusCode: 200, headers: { "content-type": "text/event-stream" } };
  const encoder = new TextEncoder();

  test("goes out bit by bit, while more of it is to come", async () => {
    const { readable, writable } = new TransformStream<Uint8Array>();
    const writer = writable.getWriter();
    const { done, stream } = call(async () => ({ ...head, stream: readable }));
    const received: string[] = [];
    const first = Promise.withResolvers<void>();
    stream.on("data", (chunk: Buffer) => {
      received.push(chunk.toString());
      if (received.join("").includes("data: 1")) first.resolve();
    });
    void writer.write(encoder.encode("data: 1\n\n"));
    await first.promise;
    expect(JSON.parse(received[0] ?? "")).toEqual(head);
    void writer.write(encoder.encode("data: 2\n\n"));
    void writer.close();
    await done;
    expect(received.join("")).toMatch(/data: 1\n\ndata: 2\n\n$/);
  });

  test("is made no faster than it is taken", async () => {
    const chunk = new Uint8Array(64 * 1_024);
    let made = 0;
    async function* source() {
      for (; made < 1_000; made++) yield chunk;
    }
    const body = ReadableStream.from(source()) as ReadableStream<Uint8Array>;
    const running = call(async () => ({ ...head, stream: body }));
    // Nothing here waits for anything but its turn.
    for (let turns = 0; turns < 100; turns++) await turn();
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(10);
    expect((await answerOf(running)).body).toHaveLength(1_000 * chunk.length);
  });

  test("is ended at its source when nobody takes it any more", async () => {
    const cancelled = Promise.withResolvers<void>();
    const readable = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode(": still at it\n\n")),
      cancel: () => cancelled.resolve(),
    });
    const { done, stream } = call(async () => ({ ...head, stream: readable }));
    stream.on("data", (chunk: Buffer) => {
      // Once the answer's own first words have arrived.
      if (chunk.includes("still at it")) stream.destroy(new Error("the connection is gone"));
    });
    await expect(done).rejects.toThrow("the connection is gone");
    await cancelled.promise;
  });

  test("that comes after the answer has begun as JSON, and isn't one, fails the invocation and is ended", async () => {
    vi.useFakeTimers();
    const answer = Promise.withResolvers<HttpResult>();
    const { done, stream } = call(() => answer.promise);
    const failed = expect(done).rejects.toThrow("application/x-ndjson");
    await vi.advanceTimersByTimeAsync(30_000);
    const cancelled = Promise.withResolvers<void>();
    const lines = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(encoder.encode("{}\n")),
      cancel: () => cancelled.resolve(),
    });
    answer.resolve({ statusCode: 200, headers: { "content-type": "application/x-ndjson" }, stream: lines });
    await failed;
    await cancelled.promise;
    vi.useRealTimers();
    expect(String(stream.read())).not.toContain("{}");
    expect(stream.writableEnded).toBe(false);
  });

  test("that comes after the answer has begun as JSON is that JSON", async () => {
    vi.useFakeTimers();
    const answer = Promise.withResolvers<HttpResult>();
    const received = answerOf(call(() => answer.promise));
    await vi.advanceTimersByTimeAsync(30_000);
    const text = 'data: {"method":"n"}\n\nevent: message\ndata: {"result":"\\ndata: x"}\n\n';
    // Node's own web streams and the standard's are one; their types are not.
    answer.resolve({ ...head, stream: new Response(text).body as ReadableStream<Uint8Array> });
    await vi.advanceTimersByTimeAsync(0);
    vi.useRealTimers();
    expect(JSON.parse((await received).body)).toEqual({ result: "\ndata: x" });
  });
});
