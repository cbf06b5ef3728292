import { type Context, isAuthorized, validate } from "@cedar-policy/cedar-wasm/nodejs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json, JsonObject } from "../../json.ts";
import { encodeInput } from "../request/encode.ts";
import { gatewayArn, gatewayOf } from "../testing/configuration.ts";
import { definitionsToKeep } from "./definitions.ts";
import { buildSchema } from "./schema.ts";

const name = fc.constantFrom("a", "b", "a_b", "x-y", "__entity", "__extn", "typeChoice0", "if", "left_out_0", "Input");
const scalar = fc.constantFrom<Json>(
  { type: "string" },
  { type: "integer" },
  { type: "number" },
  { type: "boolean" },
  { type: "string", enum: ["x", "y"] },
  { enum: ["x", 1] },
  { const: "x" },
  { type: "string", nullable: true },
  { $ref: "#/$defs/d" },
  { $ref: "#/definitions/d" },
  { $ref: "#/$defs/missing" },
  { type: ["string", "null"] },
  { allOf: [{ $ref: "#/$defs/d" }] },
  { allOf: [{ type: "string" }, { type: "integer" }] },
  {},
  true,
);
const schemas = fc.letrec<{ any: Json; object: JsonObject }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    scalar,
    tie("object"),
    tie("any").map((items) => ({ type: "array", items })),
    fc.tuple(tie("any"), tie("any")).map((anyOf) => ({ anyOf })),
    fc.tuple(tie("object"), tie("object")).map((allOf) => ({ allOf })),
    tie("any").map((additionalProperties) => ({ type: "object", additionalProperties })),
  ),
  object: fc
    .dictionary(name, tie("any"), { maxKeys: 4 })
    .map((properties) => ({ type: "object", properties, required: Object.keys(properties).slice(0, 1) })),
}));
const inputSchema = fc
  .record({ object: schemas.object, d: schemas.any, e: schemas.any })
  .map(({ object, d, e }): JsonObject => ({ ...object, $defs: { d }, definitions: { d: e } }));

const value = fc.letrec<{ any: Json }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<Json>("x", "y", "", 0, 1, 2.5, true, null),
    fc.array(tie("any"), { maxLength: 2 }),
    fc.dictionary(name, tie("any"), { maxKeys: 3 }),
  ),
})).any;

const context = (input: Context) => ({ input, system: { now: { __extn: { fn: "datetime", arg: "2026-01-01" } } } });

test("no tool is lost because of a property, and arguments are what the Cedar type says", { timeout: 120_000 }, () => {
  const tally = { gaps: 0, encoded: 0 };
  fc.assert(
    fc.property(
      inputSchema,
      fc.array(fc.dictionary(name, value, { maxKeys: 4 }), { maxLength: 6 }),
      (schema, calls) => {
        const tool = { name: "x", inputSchema: schema };
        expect(definitionsToKeep("T", [tool])[0]).toBeTypeOf("string");
        const { actions, json, unrepresentable, unrepresentableTools } = buildSchema(gatewayOf({ T: [tool] }));
        expect([...unrepresentableTools]).toEqual([]);
        const action = actions.get("T___x");
        if (!action) throw new Error("The tool was lost.");
        const everything = "permit(principal, action, resource);";
        expect(validate({ schema: json, policies: { staticPolicies: everything } })).toMatchObject({
          type: "success",
          validationErrors: [],
        });
        if (unrepresentable.some(({ policiesSee }) => policiesSee === "nothing")) tally.gaps++;
        for (const args of calls) {
          const encoded = encodeInput(action.input, args);
          if (!encoded.ok) continue;
          tally.encoded++;
          const answer = isAuthorized({
            principal: { type: "AgentCore::OAuthUser", id: "alice" },
            action: { type: "AgentCore::Action", id: "T___x" },
            resource: { type: "AgentCore::Gateway", id: gatewayArn },
            context: context(encoded.input),
            entities: encoded.entities,
            policies: { staticPolicies: everything },
            schema: json,
            validateRequest: true,
          });
          expect(answer).toMatchObject({ type: "success", response: { decision: "allow" } });
        }
      },
    ),
    { numRuns },
  );
  expect(tally.gaps).toBeGreaterThan(numRuns / 10);
  expect(tally.encoded).toBeGreaterThan(numRuns / 2);
});

const numRuns = 300;
