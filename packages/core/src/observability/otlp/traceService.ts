import { awsErrors, GatehouseError } from "../../errors.ts";
import type { EventPublisher } from "../events.ts";
import { packSpans } from "../spans/pack.ts";
import { decompressedBody } from "./body.ts";
import { factsOf } from "./conventions/facts.ts";
import { sessionOf } from "./conventions/session.ts";
import { decodeRequest } from "./decode.ts";
import { type EncodedAnswer, type Encoding, encodeStatus, encodeSuccess, encodingOf } from "./encoding.ts";
import { OtlpError } from "./errors.ts";
import { readSpans } from "./readSpans.ts";

/** A request to OTLP's trace service over HTTP. */
export interface TraceRequest {
  readonly contentType: string;
  readonly contentEncoding: string;
  /** As it has arrived. */
  readonly body: Uint8Array;
}

/** An answer of it. */
export interface TraceAnswer extends EncodedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the trace service works with. */
export interface TraceServiceDependencies {
  readonly publisher: EventPublisher;
  now(): Date;
  /** Told of spans that were rejected, and why. */
  onRejected(count: number, reasons: string, sender: string): void;
  /** Told of requests that were refused for who has sent them; the error holds no secret. */
  onRefused(error: GatehouseError): void;
  /** Told of what went wrong that is Gatehouse's own fault. */
  onError(error: unknown): void;
}

/** Takes the spans of a request. @param authorize says who has sent it. @throws GatehouseError where they may not. */
export type TraceService = (request: TraceRequest, authorize: () => Promise<string>) => Promise<TraceAnswer>;

/**
 * OTLP's trace service over HTTP (OTLP 1.11, "OTLP/HTTP"). Spans are accepted by the bus, or the outbox, before the answer says
 * that they were taken. An exporter that doesn't hear of it sends them once more, and that changes nothing: the ledger knows
 * each span by its ids. Never rejects: whatever happens becomes an answer, in the request's encoding.
 */
export function createTraceService(dependencies: TraceServiceDependencies): TraceService {
  return async (request, authorize) => {
    const encoding = encodingOf(request.contentType);
    try {
      const sender = await authorize().catch(refuseSender);
      if (encoding === undefined) {
        throw new OtlpError(
          415,
          "invalidArgument",
          "Content-Type must be application/x-protobuf or application/json: set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf.",
        );
      }
      const rejected = await take(dependencies, request, encoding, sender);
      return { status: 200, headers: {}, ...encodeSuccess(encoding, partialOf(rejected)) };
    } catch (error) {
      return refusal(dependencies, encoding ?? "json", error);
    }
  };
}

/** @returns why spans were rejected. */
async function take(
  { publisher, now, onRejected }: TraceServiceDependencies,
  { body, contentEncoding }: TraceRequest,
  encoding: Encoding,
  sender: string,
): Promise<readonly string[]> {
  const decoded = decodeRequest(encoding, await decompressedBody(body, contentEncoding));
  const { spans, rejected } = readSpans(decoded, now());
  const toRecord = spans.map((span) => {
    const [sessionId, facts] = [sessionOf(span), factsOf(span)];
    return { span, ...(sessionId === undefined ? {} : { sessionId }), ...(facts === undefined ? {} : { facts }) };
  });
  const events = packSpans(toRecord, { source: "agent", sender });
  await Promise.all(events.map((event) => publisher.publish(event))).catch((cause: unknown) => {
    throw new OtlpError(503, "unavailable", "The spans could not be recorded: send them again later.", { cause });
  });
  if (rejected.length > 0) onRejected(rejected.length, summaryOf(rejected), sender);
  return rejected;
}

function partialOf(rejected: readonly string[]) {
  return rejected.length === 0
    ? undefined
    : { rejectedSpans: rejected.length, errorMessage: `Spans were rejected: ${summaryOf(rejected)}.` };
}

function summaryOf(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${reason} (${count})`).join("; ");
}

const challenge = 'Basic realm="Gatehouse", charset="UTF-8"';

function refusal(dependencies: TraceServiceDependencies, encoding: Encoding, error: unknown): TraceAnswer {
  if (error instanceof OtlpError) {
    if (error.cause instanceof GatehouseError && error.status < 500) dependencies.onRefused(error.cause);
    if (error.status >= 500) dependencies.onError(error);
    return answerOf(error, encoding);
  }
  dependencies.onError(error);
  return answerOf(
    new OtlpError(500, "internal", "Something went wrong inside Gatehouse; its log says what."),
    encoding,
  );
}

/**
 * Who isn't known is told 401, who may not 403: what AWS's clients are told beside that is none of OTLP's. Where it can't be
 * found out, as when the table of keys doesn't answer, the spans are to be sent again: exporters give up at a 500.
 */
function refuseSender(cause: unknown): never {
  if (!(cause instanceof GatehouseError) || cause.code === "internal") {
    throw new OtlpError(503, "unavailable", "Who sends the spans could not be found out: send them again later.", {
      cause,
    });
  }
  const { message } = cause;
  if (cause.code === "throttled") throw new OtlpError(429, "resourceExhausted", message, { cause });
  if (cause.code === "accessDenied") {
    throw new OtlpError(awsErrors.accessDenied.status, "permissionDenied", message, { cause });
  }
  throw new OtlpError(401, "unauthenticated", message, { cause });
}

function answerOf(error: OtlpError, encoding: Encoding): TraceAnswer {
  const headers: Record<string, string> = {
    ...(error.status === 401 ? { "www-authenticate": challenge } : {}),
    ...(error.status === 503 || error.status === 429 ? { "retry-after": "5" } : {}),
  };
  return { status: error.status, headers, ...encodeStatus(encoding, error) };
}
