import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileJsonSchema } from "../../../jsonSchema.ts";
import { reviewTools } from "../../../review/tools.ts";
import { binding, type ToolDescription } from "../../../storage/records.ts";
import type { Discovery } from "../target.ts";
import type { HttpBinding } from "./binding.ts";
import { readDocument } from "./document.ts";
import { toolsOfDocument } from "./operations.ts";
import { requestOf } from "./request.ts";

const packages = join(import.meta.dirname, "../../../../../../node_modules");

/** Descriptions of large public APIs, as their makers publish them: how many tools they give, of how many operations. */
const descriptions = [
  ["Figma, 3.1 in YAML", "@figma/rest-api-spec", "openapi/openapi.yaml", 54, 54],
  ["ReadMe, 3.1 in JSON", "@readme/oas-examples", "3.1/json/readme.json", 54, 54],
  ["rclone, 3.0 in JSON", "rclone-openapi", "openapi.json", 101, 101],
  ["ShipEngine, 3.0 in YAML", "shipengine-openapi", "openapi.yaml", 76, 76],
  ["Dialogporten, 3.0 in JSON", "@digdir/dialogporten-schema", "swagger.verified.json", 44, 44],
] as const;

async function discoveryOf(name: string, file: string): Promise<{ discovery: Discovery; operations: number }> {
  const document = await readDocument(await readFile(join(packages, name, file), "utf8"));
  // One of them leaves it to its users to say where it is.
  const servers = document.servers ?? [{ url: "https://api.example" }];
  const discovery = await toolsOfDocument({ ...document, servers }, { allowLoopback: true });
  const methods = Object.values(document.paths).flatMap((item) => Object.keys(item ?? {}));
  const operations = methods.filter((method) => /^(get|put|post|delete|patch|head|options|trace)$/.test(method));
  return { discovery, operations: operations.length };
}

test.each(descriptions)("%s: every operation is a tool that can be used", async (_, name, file, tools, operations) => {
  const found = await discoveryOf(name, file);
  expect([found.discovery.tools.length, found.operations]).toEqual([tools, operations]);
  expect(found.discovery.warnings).toEqual([]);
  expect(reviewTools("T", found.discovery.tools).problems).toEqual([]);
  for (const tool of found.discovery.tools) {
    expect(() => compileJsonSchema(tool.inputSchema)).not.toThrow();
    if (tool.outputSchema !== undefined) expect(() => compileJsonSchema(tool.outputSchema ?? {})).not.toThrow();
    await expectRequest(tool);
  }
});

/** A call with some text for what must be there leads below the server, and has nothing left of the path's template. */
async function expectRequest(tool: ToolDescription): Promise<void> {
  const http = JSON.parse(tool[binding] ?? "") as HttpBinding;
  const inPath = http.parameters.filter((parameter) => parameter.in === "path");
  const request = await requestOf(
    { ...http, ...(http.body ? { body: { ...http.body, required: false } } : {}) },
    Object.fromEntries(inPath.map(({ argument }) => [argument, "some"])),
  );
  expect(request.url.href.startsWith(http.server)).toBe(true);
  expect(request.url.pathname).not.toMatch(/[{}]|%7B/);
}
