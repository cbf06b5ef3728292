import type { JsonObject } from "../../../json.ts";
import type { Span } from "../../../observability/spans/span.ts";

/** A span as a document of AWS's distribution of OpenTelemetry, which is the form that `Evaluate` is sent spans in. */
export function spanDocument({ resource, ...span }: Span): JsonObject {
  const durationNano = String(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano));
  return { ...span, durationNano, resource: { attributes: resource } } as JsonObject; // A span is what JSON text has held.
}
