/** How long a client hears nothing of a call under way: less than what waits on the way to it does (functions/streaming.ts). */
const silenceMilliseconds = 15_000;

const headers = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-cache, no-transform",
  // A proxy that keeps events until it has enough of them would keep them from the client.
  "X-Accel-Buffering": "no",
};

/**
 * A stream of server-sent events that carries JSON-RPC messages. It begins with the first message, or after a while of
 * silence with a comment: what stands between would take the client's connection for dead.
 */
export class EventStream {
  /** Resolves when there is something to send. */
  readonly begun: Promise<void>;
  readonly #begin: () => void;
  readonly #waiting: string[] = [];
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #ended = false;
  readonly #heart: NodeJS.Timeout;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.begun = promise;
    this.#begin = resolve;
    this.#heart = setInterval(() => this.#write(": still at it\n\n"), silenceMilliseconds);
    this.#heart.unref();
  }

  send(message: object): void {
    this.#write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  }

  /** No more is said. */
  end(): void {
    this.#ended = true;
    clearInterval(this.#heart);
    this.#controller?.close();
    this.#controller = undefined;
  }

  /** The stream as an HTTP answer. @param abandoned called when nobody reads it any more. */
  response(abandoned: () => void): Response {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const text of this.#waiting.splice(0)) controller.enqueue(encoder.encode(text));
        if (this.#ended) controller.close();
        else this.#controller = controller;
      },
      cancel: () => {
        this.#controller = undefined;
        this.end();
        abandoned();
      },
    });
    return new Response(body, { status: 200, headers });
  }

  #write(text: string): void {
    if (this.#ended) return;
    if (this.#controller === undefined) this.#waiting.push(text);
    else this.#controller.enqueue(encoder.encode(text));
    this.#begin();
  }
}

const encoder = new TextEncoder();
