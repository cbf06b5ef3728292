import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type ResponseStream, type StreamingRuntime, streaming } from "./streaming.ts";
import { lambdaContext } from "./testing/context.ts";
import { delimiter, HttpResponseStream, lambdaStream } from "./testing/lambda/responseStream.ts";

type Streaming = (event: APIGatewayProxyEvent, stream: ResponseStream, context: typeof lambdaContext) => Promise<void>;

const json = { "content-type": "application/json" };
const ok = (body: string): APIGatewayProxyResult => ({ statusCode: 200, headers: json, body });
/** No handler here looks at its event. */
const event = {} as APIGatewayProxyEvent;

/** Calls a handler as Lambda's runtime does. */
function call(handle: () => Promise<APIGatewayProxyResult>) {
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
