import { describe, expect, test } from "vitest";
import { problemsOfTexts } from "./texts.ts";

const composed = "R\u00e9gle";
const decomposed = "Re\u0301gle";

describe("T12 texts of a description", () => {
  test("are looked at wherever they are, and named by their place", () => {
    const tool = {
      name: "pay",
      title: composed,
      annotations: { title: "a\u200bb" },
      inputSchema: { anyOf: [{ properties: { x: { enum: ["ok", "a\u202eb"] } } }] },
    };
    expect(problemsOfTexts(tool)).toEqual([
      "an invisible character (U+200B) as character 2 of annotations.title",
      "a direction control (U+202E) as character 2 of inputSchema.anyOf[0].properties.x.enum[1]",
    ]);
  });

  test("must be composed where they are words, but not where they are data", () => {
    const problem = expect.stringContaining("NFC");
    expect(problemsOfTexts({ description: decomposed })).toEqual([problem]);
    expect(problemsOfTexts({ inputSchema: { properties: { [decomposed]: {} } } })).toEqual([problem]);
    expect(problemsOfTexts({ inputSchema: { properties: { x: { const: decomposed } } } })).toEqual([]);
    expect(problemsOfTexts({ inputSchema: { properties: { default: { description: decomposed } } } })).toEqual([
      problem,
    ]);
  });

  test("are bounded in depth and in what is said of them", () => {
    let deep: object = {};
    for (let level = 0; level < 5_000; level++) deep = { items: deep };
    expect(problemsOfTexts({ inputSchema: deep })).toEqual(["more than 64 levels"]);
    expect(problemsOfTexts({ many: Array(100).fill("\u200b") }, 3)).toHaveLength(3);
  });
});
