import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { connectClient } from "../support/mcp.ts";

/** An OpenAI-compatible embedding model that knows a few words for the same thing, and can be made to fail. */
const concepts = [
  ["invoice", "owe"],
  ["weather", "hot"],
];
const state = { fails: false, asked: [] as string[] };
const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  // Refused, not busy: who is busy is asked again after a second.
  if (state.fails) return response.writeHead(400).end();
  const { input }: { input: string[] } = JSON.parse(body);
  state.asked.push(...input);
  const data = input.map((text, index) => ({
    index,
    embedding: concepts.map((words) => words.filter((word) => text.includes(word)).length),
  }));
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data }));
});

const functionArn = "arn:aws:lambda:us-east-1:000000000000:function:anything";
const tool = (name: string, description: string) => ({ name, description, inputSchema: { type: "object" as const } });
const tools = [
  tool("list_unpaid", "Every invoice that is still open"),
  tool("forecast", "The weather of tomorrow"),
  tool("close_books", "Closes the books of an invoice run"),
];

let gatehouse: TestGatehouse;
let gateway: TestGateway;
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.env.GATEHOUSE_EMBEDDING_MODEL_ID = "concepts";
  process.env.GATEHOUSE_EMBEDDING_MODEL_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  gatehouse = await startGatehouse();
  gateway = await gatehouse.createGateway({ search: true });
  await gatehouse.addTarget(gateway, "Office", {
    lambda: { lambdaArn: functionArn, toolSchema: { inlinePayload: tools } },
  });
  await gatehouse.attach(gateway, "ENFORCE", {
    search: `permit(principal, action == AgentCore::Action::"x_amz_bedrock_agentcore_search", resource == AgentCore::Gateway::"{gateway}");`,
    office: `permit(principal, action in AgentCore::Action::"Office", resource == AgentCore::Gateway::"{gateway}")
      unless { action == AgentCore::Action::"Office___close_books" && !(principal.hasTag("role") && principal.getTag("role") == "accountant") };`,
  });
});
afterAll(async () => {
  await gatehouse?.[Symbol.asyncDispose]();
  server.close();
});
beforeEach(() => {
  state.fails = false;
  state.asked.length = 0;
});

async function find(query: string, claims: Record<string, string> = {}, user = "alice"): Promise<string[]> {
  const client = await connectClient(gateway.url, await gatehouse.token(gateway, user, claims));
  const result = await client.callTool({ name: "x_amz_bedrock_agentcore_search", arguments: { query } });
  await client.close();
  const { tools: found } = result.structuredContent as { tools: { name: string }[] };
  return found.map(({ name }) => name);
}

test("tools are found by what they mean, those of an inline schema as well, and only those that the caller may use", async () => {
  expect(await find("who will owe us")).toEqual(["Office___list_unpaid", "Office___forecast"]);
  expect(state.asked).toEqual(["who will owe us"]);
  const accountant = await find("who will owe us", { role: "accountant" });
  expect(accountant.slice(0, 2).toSorted()).toEqual(["Office___close_books", "Office___list_unpaid"]);
});

test("a model that fails costs only its part", async () => {
  state.fails = true;
  expect(await find("weather")).toEqual(["Office___forecast"]);
  expect(await find("who will owe you")).toEqual([]);
});

test("only what changed is embedded again", async () => {
  await gatehouse.addTarget(gateway, "More", {
    lambda: { lambdaArn: functionArn, toolSchema: { inlinePayload: [tool("warmth", "How hot it gets")] } },
  });
  expect(state.asked).toEqual(["more: warmth. How hot it gets"]);
});
