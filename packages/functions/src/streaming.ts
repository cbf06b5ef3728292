import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import { type AfterAnswer, afterAnswer, type HttpResult } from "./http.ts";

/** Lambda's response stream, as its Node runtime gives it to a handler. */
export interface ResponseStream {
  write(chunk: string | Uint8Array): unknown;
  end(done: () => void): unknown;
  once(event: "error", listener: (error: Error) => void): unknown;
}

/** What Lambda's Node runtime brings for handlers that stream. */
export interface StreamingRuntime {
  streamifyResponse(
    handler: (event: APIGatewayProxyEvent, stream: ResponseStream, context: Context) => Promise<void>,
  ): unknown;
  readonly HttpResponseStream: { from(stream: ResponseStream, head: unknown): ResponseStream };
}

/**
 * How long nobody hears of an answer that takes its time: less than CloudFront waits for the next byte (a minute) and API
 * Gateway (five minutes).
 */
const silenceMilliseconds = 20_000;

/** What goes out where the answer isn't there yet: by then only its body is open. */
const early = { statusCode: 200, headers: { "content-type": "application/json" } };

/**
 * Lambda's Node runtime has a global for it, whichever way a function is invoked. The global alone proves nothing: a
 * library that Powertools uses makes one wherever it is loaded.
 */
export function streamingRuntime(): StreamingRuntime | undefined {
  const { awslambda } = globalThis as { readonly awslambda?: Partial<StreamingRuntime> };
  // Whoever has the one has both.
  return typeof awslambda?.streamifyResponse === "function" ? (awslambda as StreamingRuntime) : undefined;
}

/**
 * Makes a handler that answers through the response stream. What waits on the way ends a stream that is silent for too
 * long, so an answer that takes its time begins early: with status 200, which a JSON-RPC answer has whatever it says, and
 * with blanks, which JSON may begin with. So a call may take as long as its function may, a quarter of an hour. An answer
 * that is itself a stream keeps itself alive, and is there sooner than that.
 */
export function streaming(
  { streamifyResponse, HttpResponseStream }: StreamingRuntime,
  handle: (event: APIGatewayProxyEvent, context: Context) => Promise<HttpResult>,
): unknown {
  return streamifyResponse(async (event, stream, context) => {
    const later: (() => Promise<void>)[] = [];
    const afterwards: AfterAnswer = (work) => later.push(work);
    const answer = handle(event, Object.assign(context, { [afterAnswer]: afterwards }));
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    let beat = setTimeout(resolve, silenceMilliseconds, undefined);
    try {
      const inTime = await Promise.race([answer, late]);
      if (inTime !== undefined && "stream" in inTime) {
        const { stream: events, ...head } = inTime;
        return await pass(events, HttpResponseStream.from(stream, head));
      }
      const { body: _, ...head } = inTime ?? { ...early, body: "" };
      const open = HttpResponseStream.from(stream, head);
      // The head goes out with the first write, which an empty body wouldn't make.
      open.write("");
      if (inTime === undefined) {
        open.write(" ");
        beat = setInterval(() => open.write(" "), silenceMilliseconds);
      }
      // As bytes: a text cut into chunks can break a character in two.
      await finish(open, Buffer.from(await bodyOf(await answer)));
    } finally {
      clearTimeout(beat);
      // By now its caller has the answer: Lambda ends it with the stream, and the invocation with this function.
      for (const work of later) await work();
    }
  });
}

/** Hands events on as they come. That nobody takes them any more ends them at their source. */
async function pass(events: ReadableStream<Uint8Array>, open: ResponseStream): Promise<void> {
  open.write("");
  // Node's own web streams and the standard's are one, and Lambda's stream is a Node one; their types are not.
  const source = Readable.fromWeb(events as Parameters<typeof Readable.fromWeb>[0]);
  await pipeline(source, open as unknown as Writable);
}

/**
 * The one JSON object of an answer that has begun as one: of a stream of events, it is in the last.
 * @throws Error for any other stream, which is no JSON and may have no end.
 */
async function bodyOf(result: HttpResult): Promise<string> {
  if ("body" in result) return result.body;
  const type = String(result.headers?.["content-type"]);
  if (!type.startsWith("text/event-stream")) {
    const late = new Error(`A stream of ${type} came when its answer had begun as JSON.`);
    await result.stream.cancel(late);
    throw late;
  }
  const text = await new Response(result.stream).text();
  return text.slice(text.lastIndexOf("\ndata: ") + "\ndata: ".length).trim();
}

async function finish(stream: ResponseStream, body: Uint8Array): Promise<void> {
  if (body.length > 0) stream.write(body);
  await new Promise<void>((resolve, reject) => {
    stream.once("error", reject);
    stream.end(resolve);
  });
}
