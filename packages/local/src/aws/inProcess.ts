import { Readable } from "node:stream";
import type { PutEventsCommandInput, ServiceInputTypes, ServiceOutputTypes } from "@aws-sdk/client-eventbridge";
import { HttpResponse } from "@smithy/core/protocols";
import type { HttpHandlerOptions, HttpRequest, InitializeMiddleware, RequestHandler } from "@smithy/types";
import { headersOf } from "./endpoint.ts";
import { payloadLimit } from "./invoke.ts";
import { failedEntries, type PutEvents } from "./putEvents.ts";
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

/**
 * PutEvents before anything is written, signed or parsed: every answer to an agent waits for one. It can't fail as the real
 * one can, by a lost connection or a throttle, so nothing is tried again.
 */
export function inProcessPutEvents(putEvents: PutEvents): InitializeMiddleware<ServiceInputTypes, ServiceOutputTypes> {
  return (next, { commandName }) =>
    async (call) => {
      if (commandName !== "PutEventsCommand") return next(call);
      // The command says which input it has.
      const Entries = await putEvents((call.input as PutEventsCommandInput).Entries ?? []);
      return { response: {}, output: { $metadata: {}, FailedEntryCount: failedEntries(Entries), Entries } };
    };
}

/** PutEvents and Invoke send text or bytes, never a stream. */
function textOf(body: unknown): string {
  if (typeof body === "string") return body;
  return body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8") : "";
}
