import { expect, test } from "vitest";
import type { TargetRecord } from "../../../storage/records.ts";
import { targetNamed } from "../http/testing.ts";
import { createSchemaReader } from "../schemas.ts";
import { discoverMcpServer } from "./discover.ts";

const schemas = createSchemaReader(async () => {
  throw new Error("nothing here is in S3");
});
const gateway = { gatewayId: "gateway", roleArn: "arn:aws:iam::123456789012:role/gateway" };
const tool = { name: "echo", inputSchema: { type: "object" }, annotations: { readOnlyHint: true }, more: 1 };

function targetWith(mcpToolSchema?: { inlinePayload: string }): TargetRecord {
  const mcpServer = { endpoint: "https://mcp.example.com/mcp", ...(mcpToolSchema ? { mcpToolSchema } : {}) };
  return { ...targetNamed("Docs"), targetConfiguration: { mcp: { mcpServer } } };
}

test.each([
  ["an answer to tools/list", { tools: [tool], nextCursor: "more", _meta: {} }],
  ["a list of tools", [tool]],
])("%s is read as it is, and nobody is asked", async (_, value) => {
  const discover = discoverMcpServer({ schemas }, async () => {
    throw new Error("the server was asked");
  });
  await expect(discover(targetWith({ inlinePayload: JSON.stringify(value) }), gateway)).resolves.toEqual({
    tools: [tool],
  });
});

test.each(["", "no JSON", "{}", '{"tools":{}}', '[{"name":"a"}]', '[{"name":"a","inputSchema":{"type":"string"}}]'])(
  "%j is no list of tools, which the target's status says",
  async (inlinePayload) => {
    const discover = discoverMcpServer({ schemas }, undefined);
    await expect(discover(targetWith({ inlinePayload }), gateway)).rejects.toThrow(
      /^The tool schema of the target is no(t JSON| answer)/,
    );
  },
);

test("without a list the server is asked", async () => {
  const asked = { tools: [tool] };
  await expect(discoverMcpServer({ schemas }, async () => asked)(targetWith(), gateway)).resolves.toBe(asked);
});
