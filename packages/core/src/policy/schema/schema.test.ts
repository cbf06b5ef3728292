import { checkParseSchema } from "@cedar-policy/cedar-wasm/nodejs";
import { describe, expect, test } from "vitest";
import type { Json } from "../../json.ts";
import { gatewayOf, insurance, tool, withSearch } from "../testing/configuration.ts";
import { buildSchema } from "./schema.ts";

/** The Cedar type of a tool's only property. */
function typeOf(property: Json, rest = {}): string {
  const { text, unrepresentable } = buildSchema(gatewayOf({ T: [tool("x", { p: property }, rest)] }));
  expect(unrepresentable.filter(({ policiesSee }) => policiesSee === "nothing")).toEqual([]);
  return /type T___xInput = \{\s+p\?: (.*?)\s*\};\n/s.exec(text())?.[1]?.replaceAll(/\s+/g, " ") ?? "";
}

describe("the schema of the insurance example", () => {
  const { text, json, unrepresentable } = buildSchema(insurance);

  test("has the contract's shapes", () => {
    expect(text()).toContain(`  type ApplicationToolTarget___create_applicationInput = {
    applicant_region?: String,
    coverage_amount: Long
  };`);
    expect(text()).toContain(`  type RiskModelToolTarget___invoke_risk_modelInput = {
    API_classification?: String,
    data_governance_approval?: Bool
  };`);
    expect(text()).toContain(`  entity OAuthUser = {
    id: String
  } tags String;`);
    expect(
      text(),
    ).toContain(`  action "ApplicationToolTarget___create_application" in [Action::"ApplicationToolTarget"] appliesTo {
    principal: [OAuthUser],
    resource: [Gateway],
    context: {
      input: ApplicationToolTarget___create_applicationInput,
      system: {
        now: datetime
      }
    }
  };`);
    expect([...unrepresentable]).toEqual([]);
  });

  test("puts a tool in its target's group, that in CallTool, that in Mcp, and the search tool in CallTool", () => {
    const actions = json.AgentCore?.actions;
    const parents = (name: string) => actions?.[name]?.memberOf?.map(({ id }) => id);
    expect(parents("ApprovalToolTarget___approve_underwriting")).toEqual(["ApprovalToolTarget"]);
    expect(parents("ApprovalToolTarget")).toEqual(["CallTool"]);
    expect(parents("CallTool")).toEqual(["Mcp"]);
    expect(parents("Mcp")).toBeUndefined();
    expect(parents("x_amz_bedrock_agentcore_search")).toEqual(["CallTool"]);
  });

  test("names the one type of principal that the authorizer lets in", () => {
    const signed = buildSchema({ ...insurance, gateway: { ...insurance.gateway, authorizerType: "AWS_IAM" } });
    expect(signed.principalType).toBe("AgentCore::IamEntity");
    expect(signed.text()).toContain("principal: [IamEntity]");
    expect(signed.text()).not.toContain("principal: [OAuthUser]");
  });
});

describe("a property's Cedar type", () => {
  test.for<[Json, string]>([
    [{ type: "string" }, "String"],
    [{ type: "string", pattern: "^a", minLength: 1 }, "String"],
    [{ type: "integer", minimum: 3 }, "Long"],
    [{ type: "integer", enum: [1, 2] }, "Long"],
    [{ type: "number" }, "decimal"],
    [{ type: "boolean" }, "Bool"],
    [{ type: "null" }, "AgentCore::Null"],
    [{ type: "string", format: "date" }, "datetime"],
    [{ type: "string", format: "date-time" }, "datetime"],
    [{ type: "string", format: "duration" }, "duration"],
    [{ type: "string", format: "ipv4" }, "ipaddr"],
    [{ type: "string", format: "ipv6" }, "ipaddr"],
    [{ type: "string", format: "decimal" }, "decimal"],
    [{ type: "string", format: "email" }, "String"],
    [{ type: "string", enum: ["a", "b c", "", "a"] }, "AgentCore::T___x_Input_p"],
    [{ type: "string", enum: ["a", null] }, "AgentCore::T___x_Input_p"],
    [{ type: "array", items: { type: "integer" } }, "Set<Long>"],
    [{ type: "array" }, "Set<AgentCore::Unknown>"],
    [{ type: "array", items: true }, "Set<AgentCore::Unknown>"],
    [{ type: "array", items: [{ type: "string" }], additionalItems: false }, "{ proj0: String }"],
    [
      { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], items: false },
      "{ proj0: String, proj1: Long }",
    ],
    [{ type: "array", prefixItems: [{ type: "string" }] }, "Set<AgentCore::Unknown>"],
    [{ type: "object", properties: { k: { type: "boolean" } } }, "AgentCore::T___x_Input_p"],
    [{ type: "object", additionalProperties: { type: "string" } }, "AgentCore::T___x_Input_p"],
    [{ type: ["string", "null"] }, "{ typeChoice0?: String, typeChoice1?: AgentCore::Null }"],
    [{ anyOf: [{ type: "string" }, { type: "integer" }] }, "{ typeChoice0?: String, typeChoice1?: Long }"],
    [{ oneOf: [{ type: "string" }, { type: "integer" }] }, "{ typeChoice0?: String, typeChoice1?: Long }"],
    [{ type: "string", const: "a" }, "String"],
    [{ const: "a" }, "String"],
    [{ const: 3 }, "Long"],
    [{ const: { a: 1 } }, "AgentCore::Unknown"],
    [{ enum: ["a"] }, "AgentCore::T___x_Input_p"],
    [{ enum: [1, 2] }, "Long"],
    [{ enum: [1, 2.5] }, "decimal"],
    [{ enum: [true] }, "Bool"],
    [{ enum: ["a", 1] }, "AgentCore::Unknown"],
    [{ type: "string", nullable: true }, "String"],
    [{ properties: { k: { type: "boolean" } } }, "AgentCore::T___x_Input_p"],
    [{ items: { type: "integer" } }, "Set<Long>"],
    [{ allOf: [{ type: "string" }] }, "String"],
    [{ allOf: [{ type: "string" }], description: "a text" }, "String"],
    [{ allOf: [{ type: "string" }, { type: "integer" }] }, "AgentCore::Unknown"],
    [{ type: "object", additionalProperties: true }, "AgentCore::T___x_Input_p"],
    [{ type: "object", additionalProperties: false }, "AgentCore::T___x_Input_p"],
    [{ anyOf: [{ type: "object", properties: { __extn: {} } }, { type: "integer" }] }, "AgentCore::Unknown"],
    [{ type: "any" }, "AgentCore::Unknown"],
    [{ type: ["string", "any"] }, "AgentCore::Unknown"],
    [{ $ref: "#/$defs/missing" }, "AgentCore::Unknown"],
    [{ $ref: "https://example.com/schema.json" }, "AgentCore::Unknown"],
    [{}, "AgentCore::Unknown"],
    [true, "AgentCore::Unknown"],
  ])("%j is %s", ([property, type]) => {
    expect(typeOf(property)).toBe(type);
  });

  test("follows references, in both spellings, and sees no further than a recursive one", () => {
    const address = { type: "object", properties: { city: { type: "string" } } };
    expect(typeOf({ $ref: "#/$defs/address" }, { $defs: { address } })).toBe("AgentCore::T___x_Input_address");
    expect(typeOf({ $ref: "#/definitions/address" }, { definitions: { address } })).toBe(
      "AgentCore::T___x_Input_address",
    );
    const node = { type: "object", properties: { next: { $ref: "#/$defs/node" } } };
    expect(typeOf({ $ref: "#/$defs/node" }, { $defs: { node } })).toBe("AgentCore::Unknown");
    const tree = { type: "object", properties: { first: { $ref: "#/$defs/node" } } };
    expect(typeOf({ $ref: "#/$defs/tree" }, { $defs: { tree, node } })).toBe("AgentCore::T___x_Input_tree");
  });
});

describe("names that are no Cedar identifiers", () => {
  test("keep their spelling where policies use them, and get readable type names", () => {
    const names = ["do-it", "do.it", "do it", "do_it", "tú", "1st", "if"];
    const { actions, text, unrepresentable } = buildSchema(
      gatewayOf({ "My-Target": names.map((name) => tool(name, { "max-n": { type: "integer" } })) }),
    );
    expect([...unrepresentable]).toEqual([]);
    expect([...actions.keys()]).toEqual(names.map((name) => `My-Target___${name}`));
    expect(new Set([...actions.values()].map(({ inputTypeName }) => inputTypeName)).size).toBe(names.length);
    expect(text()).toContain(`type My_Target___do_it_2Input = {\n    "max-n"?: Long\n  }`);
    expect(text()).toContain(`action "My-Target___do.it" in [Action::"My-Target"]`);
  });

  test("of properties keep their spelling at every depth", () => {
    const property = {
      type: "object",
      properties: { "b-c": { type: "object", properties: { in: { type: "string" } } } },
    };
    const { text } = buildSchema(gatewayOf({ T: [tool("x", { "$a!": property, typeChoice0: { type: "string" } })] }));
    expect(text()).toContain(`"$a": AgentCore::T___x_Input__a,`);
    expect(text()).toContain(`"b-c"?: AgentCore::T___x_Input__a_b_c`);
    expect(text()).toContain(`"in"?: String`);
    expect(text()).toContain("typeChoice0?: String");
  });

  test("whose type names would meet get different ones", () => {
    const { actions, json } = buildSchema(
      gatewayOf({
        A: [tool("b", { xInput: { type: "string", enum: ["1"] } }), tool("b_Input_x", { y: { type: "string" } })],
      }),
    );
    expect(actions.size).toBe(2);
    expect(checkParseSchema(json)).toEqual({ type: "success" });
  });
});

/** What is listed of a tool named `x`. */
function gapsOf(properties: Readonly<Record<string, Json>>, rest = {}) {
  const { unrepresentable } = buildSchema(gatewayOf({ T: [tool("x", properties, rest)] }));
  return unrepresentable.map(({ tool: _, ...gap }) => gap);
}

const deep = (levels: number): Json =>
  levels === 0 ? { type: "string" } : { type: "object", properties: { d: deep(levels - 1) } };

describe("what Cedar can't represent", () => {
  test("is left out of its tool with the reason, at any depth, and the tool stays", () => {
    const inside = { type: "object", properties: { __extn: { type: "string" }, ok: { type: "integer" } } };
    const { actions, unrepresentable, text } = buildSchema(
      gatewayOf({
        T: [tool("x", { "__entity!": { type: "string" }, "o!": inside, list: { type: "array", items: inside } })],
      }),
    );
    expect([...actions.keys()]).toEqual(["T___x"]);
    const reason = expect.stringContaining("escape");
    expect(unrepresentable).toEqual([
      { tool: "T___x", property: "input.__entity", reason, policiesSee: "nothing" },
      { tool: "T___x", property: "input.o.__extn", reason, policiesSee: "nothing" },
      { tool: "T___x", property: "input.list[].__extn", reason, policiesSee: "nothing" },
    ]);
    expect(text()).toContain("ok?: Long");
    expect(text()).not.toContain("__e");
  });

  test("is what is nested too deeply, also by way of definitions", () => {
    expect(gapsOf({ d: deep(40), e: { type: "string" } })).toEqual([
      {
        property: `input${".d".repeat(33)}`,
        reason: "it is nested more than 32 levels deep",
        policiesSee: "nothing",
      },
    ]);
    const chain = Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [
        `d${n}`,
        { type: "object", properties: { n: { $ref: `#/$defs/d${n + 1}` } } },
      ]),
    );
    const first = gapsOf({ a: { $ref: "#/$defs/d0" } }, { $defs: chain });
    expect(first).toHaveLength(1);
    // Definitions that were read in another order are as deep.
    const properties = Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [`p${n}`, { $ref: `#/$defs/d${59 - n}` }]),
    );
    const reversed = gapsOf(properties, { $defs: chain });
    expect(reversed.filter(({ policiesSee }) => policiesSee === "nothing").length).toBeGreaterThan(0);
  });

  test("is what the generator can't take: where two properties clash, the second", () => {
    const inner = { type: "object", properties: { b: { type: "string", enum: ["x"] } } };
    const gaps = gapsOf({ a: inner, a_b: { type: "string", enum: ["y"] }, c: { type: "string" } });
    expect(gaps).toEqual([
      { property: "input.a_b", reason: expect.stringContaining("Conflicting"), policiesSee: "nothing" },
    ]);
    expect(gapsOf({ a_b: { type: "string", enum: ["y"] }, a: inner })).toEqual([
      { property: "input.a.b", reason: expect.stringContaining("Conflicting"), policiesSee: "nothing" },
    ]);
    const open = { type: "object", properties: {}, additionalProperties: { type: "string" } };
    const record = { type: "object", properties: { b: { ...inner, properties: { c: { type: "string" } } } } };
    expect(gapsOf({ a_b: open, a: record })).toEqual([
      {
        property: "input.a.b",
        reason: "two types that are generated for it are named T___x_Input_a_b",
        policiesSee: "nothing",
      },
    ]);
  });

  test("is a definition that two types are generated for", () => {
    const d = { type: "array", items: { type: "string", enum: ["x", "y"] } };
    expect(gapsOf({ p: { $ref: "#/$defs/d" }, q: { type: "string" } }, { $defs: { d } })).toEqual([
      {
        property: "input.p",
        reason: "two types that are generated for it are named T___x_Input_d",
        policiesSee: "nothing",
      },
    ]);
  });

  test("is listed where policies see that there is a value but not into it, or not every value", () => {
    const node = { type: "object", properties: { next: { $ref: "#/$defs/node" } } };
    const properties = {
      any: true,
      node: { $ref: "#/$defs/node" },
      list: { type: "array" },
      open: { type: "object" },
      map: { type: "object", additionalProperties: {} },
      maybe: { type: "string", nullable: true },
      both: { allOf: [{ type: "string" }, { type: "integer" }] },
      fine: { type: "integer" },
    };
    const seen = gapsOf(properties, { $defs: { node } }).map(({ property, policiesSee }) => [property, policiesSee]);
    expect(seen).toEqual([
      ["input.any", "presence"],
      ["input.node", "presence"],
      ["input.list[]", "presence"],
      ["input.open", "presence"],
      ["input.map.*", "presence"],
      ["input.maybe", "value"],
      ["input.both", "presence"],
    ]);
  });

  test("is nothing of an allOf of objects that go together", () => {
    const base = { type: "object", properties: { id: { type: "string" } }, required: ["id"] };
    const own = { allOf: [{ $ref: "#/$defs/base" }, { type: "object", properties: { n: { type: "integer" } } }] };
    const { text, unrepresentable } = buildSchema(gatewayOf({ T: [tool("x", { p: own }, { $defs: { base } })] }));
    expect(unrepresentable).toEqual([]);
    expect(text()).toMatch(/id: String,\s+n\?: Long/);
  });

  test("are whole tools only where the tool's name or place is at fault", () => {
    const { actions, unrepresentableTools } = buildSchema(
      gatewayOf({
        T: [
          tool("good", { p: { type: "string" } }),
          { name: "proto", inputSchema: JSON.parse(`{"type":"object","properties":{"__proto__":{"type":"string"}}}`) },
          tool("twice"),
          tool("twice", { p: { type: "string" } }),
        ],
        Mcp: [tool("x")],
        T___good: [tool("x")],
      }),
    );
    expect([...actions.keys()]).toEqual(["T___proto", "T___good___x"]);
    expect(Object.fromEntries(unrepresentableTools)).toEqual({
      T___good: expect.stringContaining("action group"),
      T___twice: expect.stringContaining("two tools"),
      Mcp___x: expect.stringContaining("Mcp"),
    });
  });

  test("is described with the schema in both of its forms", () => {
    const schema = buildSchema(gatewayOf({ T: [tool("x", { __extn: true })] }));
    expect(schema.describe()).toEqual({
      cedarText: schema.text(),
      cedarJson: schema.json,
      unrepresentable: schema.unrepresentable,
    });
  });

  test("doesn't make the schema unreadable for Cedar", () => {
    const { json } = buildSchema(
      gatewayOf({ T: [tool("a", { p: true }), tool("b", { __entity: { type: "string" } })] }, withSearch),
    );
    expect(checkParseSchema(json)).toEqual({ type: "success" });
  });
});
