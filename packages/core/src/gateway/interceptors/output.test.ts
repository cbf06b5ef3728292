import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../json.ts";
import { parseStrictly } from "../parse.ts";
import { InterceptorError } from "./invoke.ts";
import { readRequestOutput, readResponseOutput } from "./output.ts";

const attributes = [
  { name: "risk", type: "LONG" },
  { name: "country", type: "STRING" },
  { name: "vip", type: "BOOL" },
] as const;
const text = (mcp: unknown) => JSON.stringify({ interceptorOutputVersion: "1.0", mcp });
const request = (mcp: unknown) => readRequestOutput(text(mcp), attributes);

describe("what a REQUEST interceptor returns", () => {
  test("may leave everything as it is, in any way of saying nothing", () => {
    const unchanged = { kind: "request", headers: [], policyContext: {} };
    for (const mcp of [
      {},
      { transformedGatewayRequest: null, transformedGatewayResponse: null, policyContext: null },
      { transformedGatewayRequest: {} },
      { transformedGatewayRequest: { body: null, headers: null, path: "/mcp", httpMethod: "POST" } },
    ]) {
      expect(request(mcp)).toEqual(unchanged);
    }
  });

  test("has its request, its headers and what policies are told", () => {
    const body = { jsonrpc: "2.0", id: 1, method: "tools/list" };
    expect(
      request({
        transformedGatewayRequest: { body, headers: { "X-A": "1", "X-B": null } },
        policyContext: { risk: 3, vip: false },
      }),
    ).toEqual({
      kind: "request",
      body,
      headers: [
        ["X-A", "1"],
        ["X-B", null],
      ],
      policyContext: { risk: 3, vip: false },
    });
  });

  test("is an answer where it has one, whatever it says of the request", () => {
    const body = { jsonrpc: "2.0", id: 1, result: { constructor: "an answer may have any key" } };
    expect(request({ transformedGatewayRequest: 7, transformedGatewayResponse: { body } })).toEqual({
      kind: "answer",
      response: { headers: [], body },
    });
  });
});

test("T08, T14, T23 a request that a client could not send is not what an interceptor can make either", () => {
  const accepted = { strict: 0, refused: 0 };
  const bodyText = fc.oneof(
    fc.json(),
    fc
      .array(
        fc.constantFrom('"a":1', '"A":2', '"__proto__":{}', '"n":1e400', '"n":9007199254740993', '"s":"\\ud800"'),
        {
          maxLength: 3,
        },
      )
      .map((members) => `{${members.join()}}`),
  );
  fc.assert(
    fc.property(bodyText, (body) => {
      const output = `{"interceptorOutputVersion":"1.0","mcp":{"transformedGatewayRequest":{"body":${body}}}}`;
      let strict: Json | undefined;
      try {
        strict = parseStrictly(body);
      } catch {}
      const isObject = typeof strict === "object" && strict !== null && !Array.isArray(strict);
      if (strict === undefined || (strict !== null && !isObject)) {
        expect(() => readRequestOutput(output, [])).toThrow(InterceptorError);
        accepted.refused++;
      } else {
        const read = readRequestOutput(output, []);
        expect(read.kind === "request" && read.body).toEqual(strict ?? undefined);
        accepted.strict++;
      }
    }),
    { numRuns: 500 },
  );
  expect(Math.min(accepted.strict, accepted.refused)).toBeGreaterThan(20);
});

test("whatever an interceptor returns is read, or refused as its failure", () => {
  const member = fc.constantFrom(
    "interceptorOutputVersion",
    "mcp",
    "transformedGatewayRequest",
    "transformedGatewayResponse",
    "policyContext",
    "headers",
    "body",
    "statusCode",
    "risk",
  );
  const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<Json>("1.0", null, true, 200, -1, "x"),
      fc.dictionary(member, tie("tree"), { maxKeys: 4 }) as fc.Arbitrary<JsonObject>,
      fc.array(tie("tree"), { maxLength: 2 }),
    ),
  }));
  const output = fc.oneof(
    fc.string(),
    tree.map((value) => JSON.stringify(value)),
    tree.map(text),
  );
  fc.assert(
    fc.property(output, (returned) => {
      for (const read of [() => readRequestOutput(returned, attributes), () => readResponseOutput(returned)]) {
        try {
          read();
        } catch (error) {
          expect(error).toBeInstanceOf(InterceptorError);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
