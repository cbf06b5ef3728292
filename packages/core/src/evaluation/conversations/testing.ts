import type { JsonObject } from "../../json.ts";
import { testSpan } from "../../observability/otlp/testing.ts";
import type { Span } from "../../observability/spans/span.ts";

/** For tests only: nanoseconds since 1970, so many milliseconds after all of these tests begin. */
export function at(milliseconds: number): string {
  return String(1_795_680_000_000_000_000n + BigInt(milliseconds) * 1_000_000n);
}

/** For tests only: the span with a number, by which others name it as their parent, from one moment to another. */
export function numberedSpan(
  number: number,
  [from, to]: readonly [from: number, to: number],
  { parent, ...parts }: Partial<Span> & { readonly parent?: number } = {},
): Span {
  return testSpan({
    spanId: spanIdOf(number),
    ...(parent === undefined ? {} : { parentSpanId: spanIdOf(parent) }),
    startTimeUnixNano: at(from),
    endTimeUnixNano: at(to),
    ...parts,
    attributes: { "session.id": "session-1", ...parts.attributes },
  });
}

export function spanIdOf(number: number): string {
  return number.toString(16).padStart(16, "0");
}

export function event(name: string, attributes: JsonObject, milliseconds = 0): Span["events"][number] {
  return { name, timeUnixNano: at(milliseconds), attributes };
}

/** For tests only: a request that the gateway has decided about, as `gateway/tracing/spans.ts` makes its spans. */
export function gatewaySpan(
  number: number,
  times: readonly [number, number],
  parts: Parameters<typeof numberedSpan>[2] = {},
): Span {
  return numberedSpan(number, times, {
    name: "tools/call Carrier___track",
    kind: "SERVER",
    scope: { name: "gatehouse.gateway" },
    resource: { "service.name": "gatehouse" },
    ...parts,
    attributes: {
      "mcp.method.name": "tools/call",
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "Carrier___track",
      "gatehouse.decision.outcome": "allowed",
      ...parts.attributes,
    },
  });
}
