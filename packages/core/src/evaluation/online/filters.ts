import type { Json } from "../../json.ts";
import type { Span } from "../../observability/spans/span.ts";

/** A condition on sessions (AgentCore, `Filter`). */
export interface Filter {
  /** The name of an attribute of spans, or of the resource that they are of. */
  readonly key: string;
  readonly operator: FilterOperator;
  readonly value: string | number | boolean;
}

export type FilterOperator =
  | "Equals"
  | "NotEquals"
  | "GreaterThan"
  | "LessThan"
  | "GreaterThanOrEqual"
  | "LessThanOrEqual"
  | "Contains"
  | "NotContains";

/**
 * Whether a session's spans satisfy every filter. A filter looks at the values that its attribute has in any of them: one
 * that says what is must hold of one value, and one that says what is not (`NotEquals`, `NotContains`) of all of them, so
 * that it holds where nothing has the attribute. Values of another kind than the filter's are not equal to it, contain
 * nothing and are neither more nor less, but for numbers that a span says as text.
 */
export function satisfies(spans: readonly Span[], filters: readonly Filter[]): boolean {
  return filters.every((filter) => {
    const values = spans.flatMap((span) => valuesOf(span, filter.key));
    const { operator, value } = filter;
    if (operator === "NotEquals") return !values.some((one) => holds.Equals(one, value));
    if (operator === "NotContains") return !values.some((one) => holds.Contains(one, value));
    return values.some((one) => holds[operator](one, value));
  });
}

function valuesOf({ attributes, resource }: Span, key: string): Json[] {
  return [attributes, resource].flatMap((all) => {
    const value = Object.hasOwn(all, key) ? all[key] : undefined;
    return value === undefined ? [] : [value];
  });
}

type Test = (found: Json, value: Filter["value"]) => boolean;

const holds: Readonly<Record<Exclude<FilterOperator, "NotEquals" | "NotContains">, Test>> = {
  Equals: (found, value) => (typeof value === "number" ? numberOf(found) === value : found === value),
  GreaterThan: comparing((found, value) => found > value),
  LessThan: comparing((found, value) => found < value),
  GreaterThanOrEqual: comparing((found, value) => found >= value),
  LessThanOrEqual: comparing((found, value) => found <= value),
  Contains: (found, value) => {
    if (Array.isArray(found)) return found.some((one) => holds.Equals(one, value));
    return typeof found === "string" && typeof value === "string" && found.includes(value);
  },
};

/** Numbers by their size, texts by their characters: ISO 8601 times and versions of one length compare as one expects. */
function comparing(compare: <T extends number | string>(found: T, value: T) => boolean): Test {
  return (found, value) => {
    if (typeof value === "string") return typeof found === "string" && compare(found, value);
    const number = numberOf(found);
    return typeof value === "number" && number !== undefined && compare(number, value);
  };
}

/** Integers beyond a number's are text in a span. */
function numberOf(value: Json): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}
