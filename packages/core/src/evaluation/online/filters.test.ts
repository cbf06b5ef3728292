import { expect, test } from "vitest";
import type { Span } from "../../observability/spans/span.ts";
import { type FilterOperator, satisfies } from "./filters.ts";

const span = (attributes: Span["attributes"], resource: Span["resource"] = {}): Span => ({
  traceId: "1".repeat(32),
  spanId: "1".repeat(16),
  name: "span",
  kind: "INTERNAL",
  startTimeUnixNano: "1",
  endTimeUnixNano: "2",
  status: { code: "UNSET" },
  attributes,
  events: [],
  links: [],
  scope: { name: "test" },
  resource,
});
const session = [
  span({ "user.tier": "gold", tokens: 120, big: "9007199254740993", tags: ["a", "beta"], retried: false }),
  span({ "user.tier": "free" }, { "service.name": "shop", "service.version": "1.4.0" }),
];

test.each<[string, FilterOperator, string | number | boolean, boolean]>([
  ["user.tier", "Equals", "gold", true],
  ["user.tier", "Equals", "free", true],
  ["user.tier", "Equals", "silver", false],
  ["user.tier", "NotEquals", "gold", false],
  ["user.tier", "NotEquals", "silver", true],
  ["nowhere", "NotEquals", "x", true],
  ["nowhere", "Equals", "x", false],
  ["service.name", "Equals", "shop", true],
  ["service.version", "GreaterThanOrEqual", "1.4.0", true],
  ["service.version", "GreaterThan", "1.4.0", false],
  ["service.version", "LessThan", "1.5.0", true],
  ["tokens", "GreaterThan", 119, true],
  ["tokens", "GreaterThan", 120, false],
  ["tokens", "LessThanOrEqual", 120, true],
  ["tokens", "Equals", 120, true],
  ["tokens", "Equals", "120", false],
  ["tokens", "GreaterThan", "1", false],
  ["big", "GreaterThan", 9e15, true],
  ["retried", "Equals", false, true],
  ["retried", "Equals", true, false],
  ["retried", "LessThan", 1, false],
  ["tags", "Contains", "beta", true],
  ["tags", "Contains", "bet", false],
  ["tags", "NotContains", "beta", false],
  ["user.tier", "Contains", "ol", true],
  ["user.tier", "NotContains", "ol", false],
  ["toString", "NotContains", "x", true],
  ["toString", "Contains", "", false],
])("%s %s %j: %s", (key, operator, value, expected) => {
  expect(satisfies(session, [{ key, operator, value }])).toBe(expected);
});

test("all filters must hold, each of any span", () => {
  const gold = { key: "user.tier", operator: "Equals", value: "gold" } as const;
  const shop = { key: "service.name", operator: "Equals", value: "shop" } as const;
  expect(satisfies(session, [gold, shop])).toBe(true);
  expect(satisfies(session, [gold, { ...shop, value: "other" }])).toBe(false);
  expect(satisfies(session, [])).toBe(true);
});
