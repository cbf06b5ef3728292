import type { GatewayRequest } from "../request.ts";
import type { RequestTrace } from "./requestTrace.ts";

/** Tells whoever wants to know what became of a request, when its answer is known: of a stream when it has ended. */
export async function told(
  response: Response,
  trace: RequestTrace,
  onAnswered: GatewayRequest["onAnswered"],
): Promise<Response> {
  if (onAnswered === undefined) return response;
  trace.begin();
  const { status, headers, body } = response;
  if (body !== null && isStream(response)) {
    const end = (isAbandoned: boolean) => onAnswered(trace.end(status, isAbandoned));
    const observed = body.pipeThrough(new TransformStream({ flush: () => end(false), cancel: () => end(true) }));
    return new Response(observed, { status, headers });
  }
  // What has an error's status may have taken the place of the answer that there was.
  if ((trace.answer !== undefined && status < 400) || body === null) {
    onAnswered(trace.end(status, false));
    return response;
  }
  const text = await response.text();
  trace.answer = jsonIn(text);
  onAnswered(trace.end(status, false));
  return new Response(text, { status, headers });
}

function isStream({ headers }: Response): boolean {
  return headers.get("content-type")?.startsWith("text/event-stream") === true;
}

function jsonIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
