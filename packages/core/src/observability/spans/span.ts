import * as z from "zod";

/** 16 and 8 bytes in lower-case hexadecimal, neither all zero (W3C Trace Context, "trace-id", "parent-id"). */
const traceId = z.string().regex(/^(?!0{32})[\da-f]{32}$/);
const spanId = z.string().regex(/^(?!0{16})[\da-f]{16}$/);
/** Nanoseconds since 1970 as decimal digits: they are beyond what a number holds exactly. */
const unixNano = z.string().regex(/^\d{1,20}$/);

/** An attribute's value, as OTLP's JSON has it without the wrapping: integers beyond a number's are text (OTLP, `AnyValue`). */
const attributes = z.record(z.string(), z.json());

/** A span of OpenTelemetry, whoever it comes from: the gateway, or an agent by OTLP. */
export const span = z.object({
  traceId,
  spanId,
  parentSpanId: spanId.optional(),
  traceState: z.string().optional(),
  name: z.string(),
  kind: z.enum(["INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]),
  startTimeUnixNano: unixNano,
  endTimeUnixNano: unixNano,
  status: z.object({ code: z.enum(["UNSET", "OK", "ERROR"]), message: z.string().optional() }),
  attributes,
  events: z.array(z.object({ name: z.string(), timeUnixNano: unixNano, attributes })),
  links: z.array(z.object({ traceId, spanId, attributes })),
  /** The instrumentation that made it. */
  scope: z.object({ name: z.string(), version: z.string().optional() }),
  /** Whose it is: `service.name` and what else is known of the process. */
  resource: attributes,
});
export type Span = z.infer<typeof span>;
