import type { SpansRecorded } from "@gatehouse/core/observability/events.ts";
import { spansRecorded } from "@gatehouse/core/observability/events.ts";
import type { SpanFacts } from "@gatehouse/core/observability/facts.ts";
import { unpackSpan } from "@gatehouse/core/observability/spans/pack.ts";
import type { Span } from "@gatehouse/core/observability/spans/span.ts";
import { type LoadFunction, loadFromPackage } from "@gatehouse/local/lambda/functions.ts";
import type { LambdaHandler } from "@gatehouse/local/lambda/handler.ts";
import type { SQSEvent } from "aws-lambda";

/** A span as it was published. */
export interface PublishedSpan {
  readonly source: SpansRecorded["source"];
  readonly span: Span;
  readonly sessionId?: string;
  readonly facts?: SpanFacts;
}

/** Sees the spans that reach `record`. */
export interface SpanTap {
  readonly loadFunction: LoadFunction;
  readonly spans: PublishedSpan[];
  /** The events as they were on the bus. */
  readonly texts: string[];
}

export async function tapSpans(): Promise<SpanTap> {
  const { topology } = await import("@gatehouse/functions/topology.ts");
  const load = loadFromPackage(topology);
  const spans: PublishedSpan[] = [];
  const texts: string[] = [];
  const see = (body: string): void => {
    const event = JSON.parse(body);
    if (event["detail-type"] !== "SpansRecorded") return;
    texts.push(body);
    const detail = spansRecorded.parse(event.detail);
    for (const packed of detail.spans) {
      const { sessionId, facts } = packed;
      // Of a test's spans none is so large that it comes in parts.
      const span = unpackSpan([packed]);
      if (span === undefined) throw new Error("A span came in parts.");
      spans.push({
        source: detail.source,
        span,
        ...(sessionId === undefined ? {} : { sessionId }),
        ...(facts === undefined ? {} : { facts }),
      });
    }
  };
  return {
    spans,
    texts,
    loadFunction: async (name) => {
      const handler = await load(name);
      if (name !== "record") return handler;
      const tapped = async (event: SQSEvent, context: unknown) => {
        for (const { body } of event.Records) see(body);
        // Every handler takes an event and a context; which ones is for the topology to say.
        return (handler as (event: SQSEvent, context: unknown) => unknown)(event, context);
      };
      return tapped as unknown as LambdaHandler; // As above.
    },
  };
}
