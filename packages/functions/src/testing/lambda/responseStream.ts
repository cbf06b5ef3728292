import type { Writable } from "node:stream";

/** What a handler that streams writes to, as Lambda's Node runtime gives it. */
export interface LambdaStream extends Writable {
  setContentType(type: string): void;
  onBeforeFirstWrite?: (write: (chunk: string | Uint8Array) => void) => void;
}

/** The content type of an answer for API Gateway: its status and headers come before its body. */
const integrationResponse = "application/vnd.awslambda.http-integration-response";

/** What stands between head and body. */
export const delimiter = new Uint8Array(8);

/** Lambda's own: the status and headers go out with the first write, and so never where nothing is written. */
export const HttpResponseStream = {
  from(stream: LambdaStream, head: unknown): LambdaStream {
    stream.setContentType(integrationResponse);
    stream.onBeforeFirstWrite = (write) => {
      write(JSON.stringify(head));
      write(delimiter);
    };
    return stream;
  },
};

/** Makes a stream what a streaming handler expects. @param onContentType told of the type, before anything is written. */
export function lambdaStream(stream: Writable, onContentType: (type: string) => void): LambdaStream {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean; // All arguments are handed on as they are.
  let written = false;
  return Object.assign(stream as LambdaStream, {
    setContentType(type: string) {
      if (written) throw new Error("The content type can't be set after something was written.");
      onContentType(type);
    },
    write(this: LambdaStream, ...args: unknown[]) {
      if (!written) this.onBeforeFirstWrite?.((chunk) => write(chunk));
      written = true;
      return write(...args);
    },
  });
}
