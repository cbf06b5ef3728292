import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json, JsonObject } from "../json.ts";
import { gatewayOf, tool } from "../policy/testing/configuration.ts";
import { toolsOf } from "../tools.ts";
import { featureCatalogueOf } from "./features/catalogue.ts";
import { headerMismatchOf, withMirrors } from "./mirroredHeaders.ts";
import type { Snapshot } from "./snapshot.ts";

const configuration = gatewayOf({
  T: [
    tool("pay", {
      amount: { type: "integer", "x-mcp-header": "Amount" },
      to: { type: "object", properties: { name: { type: "string", "x-mcp-header": "Payee" } } },
    }),
    tool("look", { place: { type: "string" } }),
  ],
});
const snapshot: Snapshot = {
  configuration,
  tools: new Map(toolsOf(configuration).map((one) => [one.name, one])),
  features: featureCatalogueOf({ targets: [] }),
  argumentsCheck: () => () => undefined,
};
const modern = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };

const otherName = fc.constantFrom("T___look", "T___été", "=?base64?eA==?=", " padded ", "");
const name = fc.oneof(fc.constant("T___pay"), otherName);
const args = fc.record(
  {
    amount: fc.oneof(fc.integer(), fc.constant(null), fc.constant("12")),
    to: fc.oneof(fc.record({ name: fc.string({ unit: "grapheme" }) }), fc.constant(1)),
  },
  { requiredKeys: [] },
);
const message = fc
  .record({ name, arguments: args, _meta: fc.constantFrom<JsonObject>(modern, {}) })
  .map(
    (params): JsonObject => ({ jsonrpc: "2.0", id: 1, method: "tools/call", params: params as unknown as JsonObject }),
  );

test("T10 headers that mirror a changed request agree with it, whatever it has become", () => {
  const given = fc.record(
    { "mcp-name": fc.constant("T___pay"), "mcp-param-amount": fc.constant("7"), "mcp-param-gone": fc.constant("x") },
    { requiredKeys: [] },
  );
  const agreed = { modern: 0, mirrored: 0 };
  fc.assert(
    fc.property(message, given, (changed, headers) => {
      const mirrored = withMirrors(new Headers({ ...headers, "mcp-method": "tools/call" }), changed, snapshot);
      expect(headerMismatchOf(changed, mirrored, snapshot)).toBeUndefined();
      expect(mirrored.has("mcp-name")).toBe("mcp-name" in headers);
      expect(mirrored.has("mcp-param-gone")).toBe(false);
      const params = changed.params as Record<string, Json>;
      if (params._meta === modern) agreed.modern++;
      if (mirrored.has("mcp-param-payee")) agreed.mirrored++;
    }),
    { numRuns: 500 },
  );
  expect(Math.min(agreed.modern, agreed.mirrored)).toBeGreaterThan(10);
});

test("headers are added only where the era or the client mirrors arguments", () => {
  const call = (meta: JsonObject) => ({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "T___pay", arguments: { amount: 5 }, _meta: meta },
  });
  expect([...withMirrors(new Headers(), call({}), snapshot)]).toEqual([]);
  expect(withMirrors(new Headers(), call(modern), snapshot).get("mcp-param-amount")).toBe("5");
});
