import type { Readable } from "node:stream";

/** What ends an event (HTML, "Server-sent events"): an empty line, whichever of the three line ends is used. */
const emptyLines = ["\n\n", "\r\n\r\n", "\r\r", "\n\r\n", "\r\n\n"];
const longestEmptyLine = 4;

/**
 * An event stream as it comes: what nobody has read yet holds the sender back, and a reader that goes away ends it. It
 * fails when one event, or the whole of it, is larger than the limits, in bytes: a reader keeps an event until it ends.
 */
export function passEvents(incoming: Readable, limits: { event: number; stream: number }): ReadableStream {
  const size = eventSizes();
  let total = 0;
  // What has been received already still comes when nobody wants it any more.
  let wanted = true;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        incoming.on("data", (chunk: Buffer) => {
          if (!wanted) return;
          total += chunk.length;
          if (total > limits.stream) incoming.destroy(tooLarge("event stream", limits.stream));
          else if (size(chunk) > limits.event) incoming.destroy(tooLarge("event", limits.event));
          else {
            controller.enqueue(chunk);
            if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
          }
        });
        incoming.once("end", () => wanted && controller.close());
        incoming.once("error", (error) => controller.error(error));
        incoming.pause();
      },
      pull: () => void incoming.resume(),
      cancel() {
        wanted = false;
        incoming.destroy();
      },
    },
    { highWaterMark: 1 },
  );
}

function tooLarge(what: string, limit: number): TypeError {
  return new TypeError(`The answer has an ${what} of more than ${limit} bytes.`);
}

/**
 * Takes a stream's chunks one after the other, and gives for each the size of the largest event that it ends or goes on
 * with. Events within one chunk are smaller than it, and are not told apart.
 */
function eventSizes(): (chunk: Buffer) => number {
  let begun = 0;
  let tail = Buffer.alloc(0);
  return (chunk) => {
    const text = Buffer.concat([tail, chunk]);
    const ends = emptyLines.map((line) => ({ first: text.indexOf(line), last: text.lastIndexOf(line) }));
    const found = ends.filter(({ first }) => first >= 0);
    tail = Buffer.from(text.subarray(-(longestEmptyLine - 1)));
    if (found.length === 0) {
      begun += chunk.length;
      return begun;
    }
    const ended = begun + Math.min(...found.map(({ first }) => first));
    begun = text.length - Math.max(...found.map(({ last }) => last));
    return Math.max(ended, begun);
  };
}
