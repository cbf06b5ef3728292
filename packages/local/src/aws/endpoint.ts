import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { messageOf } from "@gatehouse/core/errors.ts";
import { readBody } from "../http/body.ts";
import { createGuard } from "../http/guard.ts";
import { failed, type InvokeAnswer, payloadLimit } from "./invoke.ts";
import type { AwsService } from "./service.ts";

/** Headers included: 10 entries of 256 KB in total stay far below, and so does a payload of 6 MB. */
const bodyLimit = payloadLimit + 1;

/**
 * The AWS service over HTTP, for the SDKs of other processes. Signatures aren't verified, since the port is on loopback
 * and the credentials are made up; but a web page has no business here, so a foreign Host, any Origin, or a request
 * without `Authorization` is refused.
 */
export function createAwsEndpoint(service: AwsService, log: (line: string) => void): RequestListener {
  const guard = createGuard("127.0.0.1");
  return (request, response) => {
    const refusal = request.headers.origin !== undefined ? "An Origin isn't allowed here." : guard(request);
    if (refusal !== undefined || request.headers.authorization === undefined) {
      write(response, failed(403, "AccessDeniedException", refusal ?? "The request isn't signed."));
      return;
    }
    serve(request, service)
      .then((answer) => write(response, answer))
      .catch((error: unknown) => {
        log(`An AWS request ended early: ${messageOf(error)}`);
        response.destroy();
      });
  };
}

async function serve(request: IncomingMessage, service: AwsService): Promise<InvokeAnswer> {
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  const read = await readBody(request, bodyLimit);
  const body = "tooLarge" in read ? read : { text: read.bytes.toString("utf8") };
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]));
  return service({ method: request.method ?? "GET", path, headers, body });
}

function write(response: ServerResponse, answer: InvokeAnswer): void {
  if (response.destroyed) return;
  const { status, body } = answer;
  response.writeHead(status, { ...headersOf(answer), "content-length": Buffer.byteLength(body) });
  response.end(body);
}

/** The headers that every answer has. */
export function headersOf({ headers }: InvokeAnswer): Record<string, string> {
  return { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": randomUUID(), ...headers };
}
