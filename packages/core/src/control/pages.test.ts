import { CreateGatewayCommand, CreatePolicyEngineCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { gatewaySettings, unusedName } from "./fixtures.ts";
import { administratorHeader, startTestControlPlane, type TestControlPlane, tester } from "./testing.ts";

let plane: TestControlPlane;
let token: string;
beforeAll(async () => {
  plane = await startTestControlPlane();
  for (let index = 0; index < 3; index++) {
    await plane.client.send(new CreateGatewayCommand(gatewaySettings()));
    await plane.client.send(new CreatePolicyEngineCommand({ name: unusedName("engine") }));
  }
  token = (await list("/gateways", { maxResults: ["1"] })).content.nextToken;
});
afterAll(() => plane.stop());

async function list(path: string, query: Record<string, string[]>, administrator = tester.accessKeyId) {
  const headers = { [administratorHeader]: administrator };
  const { status, body } = await plane.handle({ method: "GET", path, query, headers, body: "", sourceIp: "127.0.0.1" });
  return { status, content: JSON.parse(body) };
}

test("a token leads on, with pages of any size", async () => {
  const { status, content } = await list("/gateways", { nextToken: [token], maxResults: ["2"] });
  expect([status, content.items.length]).toEqual([200, 2]);
});

test("T24 a token of another list, administrator or operation is refused", async () => {
  for (const answer of [
    await list("/policy-engines", { nextToken: [token] }),
    await list("/gateways", { nextToken: [token] }, "another"),
  ]) {
    expect(answer).toMatchObject({ status: 400, content: { fieldList: [{ name: "nextToken" }] } });
  }
});

test("T24 a token is good for a day", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 24 * 3_600_000 + 1 });
  try {
    expect(await list("/gateways", { nextToken: [token] })).toMatchObject({ status: 400 });
  } finally {
    vi.useRealTimers();
  }
});

test("T24 no other text is a token: not one that is altered, cut, or made up", async () => {
  const altered = fc
    .record({ at: fc.nat(token.length - 1), by: fc.constantFrom(..."ABCdef012-_") })
    .map(({ at, by }) => `${token.slice(0, at)}${by}${token.slice(at + 1)}`)
    .filter((text) => text !== token);
  const cut = fc.nat(token.length - 1).map((length) => token.slice(0, length));
  const made = fc.oneof(altered, cut, fc.string({ minLength: 1 }), fc.base64String({ minLength: 4 }));
  await fc.assert(
    fc.asyncProperty(made, async (text) => {
      expect((await list("/gateways", { nextToken: [text] })).status).toBe(400);
    }),
    { numRuns: 200 },
  );
  expect(plane.errors).toEqual([]);
});

test("T24 a token does not show what it holds", () => {
  expect(Buffer.from(token, "base64url").toString("latin1")).not.toMatch(/gateway|GATEWAY|gsi1/);
});
