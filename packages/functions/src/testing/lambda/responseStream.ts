import type { ClientRequest } from "node:http";

/** What a handler that streams writes to: the request that carries its answer to the Runtime API. */
export interface ResponseStream extends ClientRequest {
  setContentType(type: string): void;
  onBeforeFirstWrite?: (write: (chunk: string | Uint8Array) => void) => void;
}

/** The content type of an answer for API Gateway: its status and headers come before its body. */
const integrationResponse = "application/vnd.awslambda.http-integration-response";
const delimiterBytes = 8;

/** Lambda's own: the status and headers go out with the first write, and so never where nothing is written. */
export const HttpResponseStream = {
  from(stream: ResponseStream, head: unknown): ResponseStream {
    stream.setContentType(integrationResponse);
    stream.onBeforeFirstWrite = (write) => {
      write(JSON.stringify(head));
      write(new Uint8Array(delimiterBytes));
    };
    return stream;
  },
};

/** Makes a request what a streaming handler expects. */
export function responseStream(request: ClientRequest): ResponseStream {
  const stream = request as ResponseStream; // Its further members are added here.
  const write = request.write.bind(request);
  let written = false;
  stream.setContentType = (type) => {
    if (written) throw new Error("The content type can't be set after something was written.");
    request.setHeader("content-type", type);
  };
  // Of the overloads of `write` all arguments are handed on as they are.
  stream.write = ((...args: Parameters<typeof write>) => {
    if (!written) stream.onBeforeFirstWrite?.((chunk) => write(chunk));
    written = true;
    return write(...args);
  }) as typeof write;
  return stream;
}
