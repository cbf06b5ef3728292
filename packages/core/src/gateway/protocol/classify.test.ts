import { classifyInboundRequest } from "@modelcontextprotocol/server";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "../../json.ts";
import { classify } from "./classify.ts";

const version = "io.modelcontextprotocol/protocolVersion";
const capabilities = "io.modelcontextprotocol/clientCapabilities";
const info = "io.modelcontextprotocol/clientInfo";

/** As a rule what is right, and now and then anything. */
const mostly = <Value extends Json>(...right: Value[]): fc.Arbitrary<Json> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...right) },
    { weight: 1, arbitrary: fc.jsonValue() as fc.Arbitrary<Json> },
  );

const ids = mostly<Json>(1, 2, "a", "", 0.5, 2 ** 60, null);
const meta = fc.record(
  {
    [version]: mostly("2026-07-28", "2025-11-25"),
    [capabilities]: mostly<Json>({}, { elicitation: {} }),
    [info]: mostly<Json>({ name: "a", version: "1" }),
    progressToken: ids,
    traceparent: mostly("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    other: mostly<Json>(1),
  },
  { requiredKeys: [version, capabilities] },
);
const request = fc.record(
  {
    jsonrpc: mostly("2.0"),
    id: ids,
    method: mostly("tools/call", "tools/list", "initialize", "notifications/cancelled"),
    params: fc.oneof(
      {
        weight: 9,
        arbitrary: fc.record(
          {
            _meta: fc.oneof({ weight: 9, arbitrary: meta }, { weight: 1, arbitrary: fc.jsonValue() }),
            name: mostly("t"),
          },
          { requiredKeys: [] },
        ),
      },
      { weight: 1, arbitrary: fc.jsonValue() },
    ),
    result: mostly<Json>({}),
  },
  { requiredKeys: ["jsonrpc", "method"] },
) as fc.Arbitrary<Json>;
const headers = fc.record(
  {
    "mcp-protocol-version": fc.constantFrom("2026-07-28", "2025-11-25", "2019-01-01"),
    "mcp-method": fc.constantFrom("tools/call", "tools/list", "initialize"),
  },
  { requiredKeys: [] },
);

test("whether it was seen before or not, a message is of the era that the SDK says, and refused as the SDK refuses it", () => {
  const seen = { kinds: new Set<string>() };
  fc.assert(
    fc.property(request, headers, (message, given) => {
      const expected = classifyInboundRequest({
        httpMethod: "POST",
        body: message,
        protocolVersionHeader: given["mcp-protocol-version"],
        mcpMethodHeader: given["mcp-method"],
      } as Parameters<typeof classifyInboundRequest>[0]);
      seen.kinds.add(expected.kind);
      for (let time = 0; time < 2; time++) {
        const verdict = classify(message, new Headers(given as Record<string, string>));
        if (expected.kind === "modern")
          expect(verdict).toEqual({ kind: "modern", revision: expected.classification.revision });
        else if (expected.kind === "legacy") expect(verdict).toEqual({ kind: "legacy" });
        else
          expect(verdict).toMatchObject({ kind: "reject", httpStatus: expected.httpStatus, message: expected.message });
      }
    }),
    { numRuns: 5_000, seed: 1 },
  );
  expect([...seen.kinds].sort()).toEqual(["legacy", "modern", "reject"]);
});
