import { expect, test } from "vitest";
import type { GatewayTool } from "../tools.ts";
import { searchTools } from "./search.ts";

const tools: GatewayTool[] = Array.from({ length: 300 }, (_, index) => ({
  name: `Target___tool_number_${index}`,
  description: {
    name: `tool_number_${index}`,
    description: index === 7 ? "Approves an insurance claim" : `Does the thing with the number ${index}`,
    inputSchema: { type: "object", properties: { claimAmount: { type: "integer" } } },
  },
}));

test("finds by description, name and parameter, best first, at most ten", () => {
  expect(searchTools("approve a claim", tools)[0]?.name).toBe("Target___tool_number_7");
  expect(searchTools("number 42", tools)[0]?.name).toBe("Target___tool_number_42");
  expect(searchTools("claim amount", tools)).toHaveLength(10);
  expect(searchTools("", tools)).toEqual([]);
});

test("T11 a query of many words costs no more than its first ones", () => {
  expect(searchTools("a ".repeat(100_000), tools).length).toBeLessThanOrEqual(10);
  const words = Array.from({ length: 20_000 }, (_, index) => `w${index}`).join(" ");
  expect(searchTools(`claim ${words}`, tools)).toHaveLength(10);
});
