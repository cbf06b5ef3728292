import { PassThrough, type Writable } from "node:stream";
import { text } from "node:stream/consumers";
import type { APIGatewayProxyResult } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { lambdaContext } from "./testing/context.ts";

vi.stubEnv("POWERTOOLS_TRACE_ENABLED", "false");
const { instrument } = await import("./middleware.ts");

type Streaming = (event: unknown, stream: Writable, context: typeof lambdaContext) => Promise<void>;

/** What Lambda's Node runtime brings: the head as JSON and eight zero bytes before the body, as API Gateway reads it. */
const runtime = {
  streamifyResponse: (handler: Streaming) => handler,
  HttpResponseStream: {
    from: (stream: Writable, head: unknown) => {
      stream.write(`${JSON.stringify(head)}${"\0".repeat(8)}`);
      return stream;
    },
  },
};

/** One business function for all of them. */
const greet = async ({ name }: { name: string }): Promise<APIGatewayProxyResult> => {
  if (name === "") throw new Error("nobody is there");
  return { statusCode: 200, headers: { "content-type": "text/plain" }, body: `hello ${name}` };
};
const make = (streams: boolean) => instrument().handler(greet, { streams });

describe("where Lambda can stream", () => {
  beforeEach(() => {
    vi.stubGlobal("awslambda", runtime);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  async function streamed(name: string): Promise<string> {
    const stream = new PassThrough();
    // What streamifyResponse gives back takes the stream second, which middy's own type doesn't say.
    const handler = make(true) as unknown as Streaming;
    const [received] = await Promise.all([text(stream), handler({ name }, stream, lambdaContext)]);
    return received;
  }

  test("an answer goes through the stream, status and headers first", async () => {
    const [head = "", body] = (await streamed("fiona")).split("\0".repeat(8));
    expect(JSON.parse(head)).toEqual({ statusCode: 200, headers: { "content-type": "text/plain" } });
    expect(body).toBe("hello fiona");
  });

  test("an answer larger than a chunk arrives whole", async () => {
    const name = "x".repeat(100_000);
    expect((await streamed(name)).endsWith(`hello ${name}`)).toBe(true);
  });

  test("a character is never cut in two, wherever chunks end", async () => {
    const whole = [16_000, 16_377, 16_378, 32_761].map((length) => `${"x".repeat(length)}\u{1F600}`);
    for (const name of whole) expect((await streamed(name)).endsWith(`hello ${name}`)).toBe(true);
  });

  test("a failure is one of the invocation", async () => {
    const handler = make(true) as unknown as Streaming;
    await expect(handler({ name: "" }, new PassThrough(), lambdaContext)).rejects.toThrow("nobody is there");
  });

  test("a function that doesn't stream returns its answer all the same", async () => {
    await expect(make(false)({ name: "fiona" }, lambdaContext)).resolves.toMatchObject({ body: "hello fiona" });
  });
});

test("where nothing can stream, a function that would returns its answer", async () => {
  await expect(make(true)({ name: "fiona" }, lambdaContext)).resolves.toEqual({
    statusCode: 200,
    headers: { "content-type": "text/plain" },
    body: "hello fiona",
  });
});
