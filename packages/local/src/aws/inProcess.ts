import { Readable } from "node:stream";
import { HttpResponse } from "@smithy/core/protocols";
import type { HttpHandlerOptions, HttpRequest, RequestHandler } from "@smithy/types";
import { headersOf } from "./endpoint.ts";
import { payloadLimit } from "./invoke.ts";
import type { AwsService } from "./service.ts";

/**
 * The AWS service without a network between: an SDK client of this very process hands over the request it has made and
 * signed. Two system calls and two parsers less on each side of every tool call.
 */
export function inProcessHandler(service: AwsService): RequestHandler<HttpRequest, HttpResponse, HttpHandlerOptions> {
  return {
    async handle({ method, path, headers, body }) {
      const text = textOf(body);
      const answer = await service({
        method,
        path,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
        body: Buffer.byteLength(text) > payloadLimit ? { tooLarge: true } : { text },
      });
      const response = new HttpResponse({
        statusCode: answer.status,
        headers: Object.fromEntries(
          Object.entries(headersOf(answer)).map(([name, value]) => [name.toLowerCase(), value]),
        ),
        body: Readable.from([Buffer.from(answer.body)]),
      });
      return { response };
    },
  };
}

/** PutEvents and Invoke send text or bytes, never a stream. */
function textOf(body: unknown): string {
  if (typeof body === "string") return body;
  return body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8") : "";
}
