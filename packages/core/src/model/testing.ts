import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { ModelTime } from "./attempts.ts";

/** What an endpoint has been asked. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An answer of HTTP/1.1, and of HTTP/2 as far as Node makes it look the same. */
export type Outgoing = Pick<ServerResponse, "writeHead" | "write" | "end" | "destroy" | "on" | "once">;

/** What an endpoint does with a request. */
export type Reply = (response: Outgoing, request: ReceivedRequest) => void;

/**
 * For tests only: an HTTP server on loopback that makes the replies it was given, one a request, the last one for ever.
 * Bedrock's client speaks HTTP/2, without encryption to an `http:` endpoint.
 */
export async function scriptedServer({ http2 = false } = {}) {
  const requests: ReceivedRequest[] = [];
  let script: readonly Reply[] = [];
  const listener = async (
    incoming: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ) => {
    let body = "";
    for await (const chunk of incoming) body += chunk;
    const request = { path: incoming.url ?? "", headers: incoming.headers, body };
    requests.push(request);
    const reply = script[requests.length - 1] ?? script.at(-1);
    if (reply === undefined) throw new Error("The test has not said what to reply.");
    // Node's types of the two have no more in common than their names.
    reply(response as unknown as Outgoing, request);
  };
  const server = http2 ? createHttp2Server(listener) : createServer(listener);
  const connections = new Set<{ destroy(): unknown }>();
  server.on("connection", (socket) => connections.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    requests,
    /** Begins anew. */
    script(...replies: readonly Reply[]) {
      script = replies;
      requests.length = 0;
    },
    async close() {
      server.close();
      for (const connection of connections) connection.destroy();
      await once(server, "close");
    },
  };
}

/** For tests only: time that passes at once and is written down. */
export function testTime() {
  const pauses: number[] = [];
  const deadline = new AbortController();
  const time: ModelTime = {
    deadline: () => deadline.signal,
    pause: async (milliseconds) => void pauses.push(milliseconds),
    random: () => 1,
  };
  return { time, pauses, runOut: () => deadline.abort(new DOMException("late", "TimeoutError")) };
}

/** A reply with a JSON body. */
export function jsonReply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
}

/** A reply of OpenAI's chat completions. */
export function openAiReply(text: string, reason = "stop"): Reply {
  return jsonReply(200, {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_764_000_000,
    model: "small",
    choices: [{ index: 0, message: { role: "assistant", content: text, refusal: null }, finish_reason: reason }],
    usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
  });
}

/** A reply of Bedrock's Converse. */
export function bedrockReply(text: string, stopReason = "end_turn"): Reply {
  return jsonReply(200, {
    output: { message: { role: "assistant", content: [{ text }] } },
    stopReason,
    usage: { inputTokens: 11, outputTokens: 7, totalTokens: 18 },
    metrics: { latencyMs: 5 },
  });
}
