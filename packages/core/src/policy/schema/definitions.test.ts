import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../json.ts";
import { cedarTypes, type GatewayConfiguration, type ToolDescription } from "../../storage/records.ts";
import { searchTool } from "../../tools.ts";
import { gatewayOf, tool, withSearch } from "../testing/configuration.ts";
import { definitionsToKeep } from "./definitions.ts";
import { generateDefinitions, generatorVersion } from "./generate.ts";
import { normalizeInputSchema } from "./normalize.ts";
import { buildSchema } from "./schema.ts";

type Targets = Readonly<Record<string, readonly ToolDescription[]>>;

/** The same tools, with what is kept of them. */
function kept(targets: Targets): Targets {
  return Object.fromEntries(
    Object.entries(targets).map(([target, tools]) => {
      const types = definitionsToKeep(target, tools);
      return [
        target,
        tools.map((tool, index) => ({ ...tool, ...(types[index] ? { [cedarTypes]: types[index] } : {}) })),
      ];
    }),
  );
}

/** All of a schema but its functions. */
function schemaOf(configuration: GatewayConfiguration) {
  const { text, describe: _, actions, ...rest } = buildSchema(configuration);
  return { ...rest, actions: [...actions], text: text() };
}

const name = fc.constantFrom("a", "b", "a_b", "a-b", "a.b", "x_Input_p", "if", "1st");
const scalar = fc.constantFrom<Json>(
  { type: "string" },
  { type: "integer" },
  { type: "number" },
  { type: "boolean" },
  { type: "null" },
  { type: "string", enum: ["x", "y"] },
  { type: "string", format: "date-time" },
  { $ref: "#/$defs/d" },
  { $ref: "#/$defs/missing" },
  { type: ["string", "null"] },
  {},
  true,
);
const property = fc.letrec<{ any: Json; object: Json }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    scalar,
    tie("object"),
    tie("any").map((items) => ({ type: "array", items })),
  ),
  object: fc
    .dictionary(name, tie("any"), { maxKeys: 3 })
    .map((properties) => ({ type: "object", properties, required: Object.keys(properties).slice(0, 1) })),
})).any;
const toolOf = fc.record({
  name,
  properties: fc.dictionary(fc.oneof(name, fc.constant("__entity")), property, { maxKeys: 4 }),
  d: property,
});
const targetsOf = fc.dictionary(
  fc.constantFrom("T", "T-1", "T_1", "Mcp"),
  fc.array(
    toolOf.map(({ name, properties, d }) => tool(name, properties, { $defs: { d } })),
    { maxLength: 5 },
  ),
  { minKeys: 1, maxKeys: 3 },
);

describe("kept definitions", () => {
  test("are what is generated, whatever the tools", { timeout: 120_000 }, () => {
    const tally = { used: 0 };
    fc.assert(
      fc.property(targetsOf, (targets) => {
        const withTypes = kept(targets);
        tally.used += Object.values(withTypes)
          .flat()
          .filter((tool) => cedarTypes in tool).length;
        expect(schemaOf(gatewayOf(withTypes, withSearch))).toEqual(schemaOf(gatewayOf(targets, withSearch)));
      }),
      { numRuns: 300 },
    );
    expect(tally.used).toBeGreaterThan(300);
  });

  test("are used: nothing is generated where they are right", () => {
    const targets = kept({ T: [tool("x", { p: { type: "string" } })] });
    // Marked, so that what comes from them can be told.
    const marked = targets.T?.map((tool) => ({
      ...tool,
      [cedarTypes]: String(tool[cedarTypes]).replace('"name":"String"', '"name":"Long"'),
    }));
    expect(buildSchema(gatewayOf({ T: marked ?? [] })).text()).toContain("p?: Long");
  });

  test.for<[string, (tool: ToolDescription) => Targets]>([
    ["of a target that was renamed", (tool) => ({ U: [tool] })],
    ["of another input", (tool) => ({ T: [{ ...tool, inputSchema: { ...tool.inputSchema, required: ["p"] } }] })],
    ["of a tool that was renamed", (tool) => ({ T: [{ ...tool, name: "y" }] })],
    [
      "of another generator",
      (tool) => ({ T: [{ ...tool, [cedarTypes]: String(tool[cedarTypes]).replace(/"of":"./, '"of":"_') }] }),
    ],
  ])("%s are not used", ([, change]) => {
    const [x] = kept({ T: [tool("x", { p: { type: "string" } })] }).T ?? [];
    const text = String(x?.[cedarTypes]).replace('"name":"String"', '"name":"Long"');
    const changed = change({ ...x, [cedarTypes]: text } as ToolDescription);
    const schema = buildSchema(gatewayOf(changed)).text();
    expect(schema).toMatch(/p\??: String/);
    expect(schema).not.toContain("Long");
  });

  test("of the search tool are what is generated", () => {
    const { inputSchema } = normalizeInputSchema(searchTool.inputSchema);
    const { commonTypes } = generateDefinitions([{ name: searchTool.name, inputSchema }]);
    expect(schemaOf(gatewayOf({}, withSearch)).json.AgentCore?.commonTypes).toEqual(commonTypes);
  });

  test("are those of the generator that is installed", () => {
    const { version } = createRequire(import.meta.url)("@cedar-policy/mcp-schema-generator-wasm/package.json");
    expect(generatorVersion.split("\n")[0]).toBe(version);
  });
});
