import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../json.ts";
import { binding, cedarTypes, quarantine, type ToolDescription } from "../storage/records.ts";
import { digestOf, digestOfTool } from "./digest.ts";

const pay: ToolDescription = {
  name: "pay",
  description: "Pays",
  inputSchema: { type: "object", properties: { amount: { type: "integer", minimum: 1 } } },
};

/** The same value with the members of its objects in another order. */
function reordered(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(reordered);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reordered(member)]),
  );
}

const json = fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value)) as Json);

describe("T13 a digest", () => {
  test("is the same in whatever order members are told", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (description) => {
        expect(digestOf("tool", reordered(description) as object)).toBe(digestOf("tool", description));
      }),
    );
  });

  test("differs where any member does", () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        const same = digestOf("tool", { ...pay, x: before }) === digestOf("tool", { ...pay, x: after });
        expect(same).toBe(JSON.stringify(sorted(before)) === JSON.stringify(sorted(after)));
      }),
    );
  });

  test.each([
    ["name", { ...pay, name: "pay2" }],
    ["title", { ...pay, title: "Pay" }],
    ["description", { ...pay, description: "Pays." }],
    ["annotations", { ...pay, annotations: { readOnlyHint: true } }],
    ["schema's order of required members", { ...pay, inputSchema: { ...pay.inputSchema, required: ["amount"] } }],
    ["output schema", { ...pay, outputSchema: { type: "object" } }],
    ["way to be called", { ...pay, [binding]: '{"method":"DELETE"}' }],
  ] satisfies [string, ToolDescription][])("differs with another %s", (_, changed) => {
    expect(digestOfTool(changed)).not.toBe(digestOfTool(pay));
  });

  test("leaves out what Gatehouse keeps with a tool, and what nobody goes by", () => {
    const kept = { ...pay, [cedarTypes]: "types", [quarantine]: "CHANGED", _meta: { at: 1 }, icons: [] } as const;
    expect(digestOfTool(kept)).toBe(digestOfTool(pay));
  });

  test("is of its kind: a prompt is no tool", () => {
    expect(digestOf("prompt", pay)).not.toBe(digestOf("tool", pay));
  });

  test("stays what it is from release to release", () => {
    // Another value here puts every tool of every deployment into quarantine.
    expect(digestOfTool(pay)).toBe("sha256:80c93f4ba942b12dabd8336d053adf0622e83c88f141656734555ead16c16c11");
  });

  test("is there for text that isn't well-formed, too", () => {
    const odd = { ...pay, description: "\ud800" };
    expect(digestOfTool(odd)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(digestOfTool(odd)).not.toBe(digestOfTool({ ...pay, description: "\ud801" }));
  });
});

function sorted(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}
