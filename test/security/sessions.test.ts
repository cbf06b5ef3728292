import { afterAll, beforeAll, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { post, textOf, toolsCall } from "../support/mcp.ts";
import { type SessionUpstream, startSessionUpstream } from "../support/sessionUpstream.ts";

let upstream: SessionUpstream;
let gatehouse: TestGatehouse;
let gateway: TestGateway;
beforeAll(async () => {
  upstream = await startSessionUpstream();
  gatehouse = await startGatehouse();
  gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
});
afterAll(async () => {
  await gatehouse[Symbol.asyncDispose]();
  await upstream.stop();
});

async function remember(user: string, word: string): Promise<string> {
  const headers = { Authorization: `Bearer ${await gatehouse.token(gateway, user)}` };
  const { body } = await post(gateway.url, toolsCall("Up___remember", { word }), headers);
  return textOf(body?.result);
}

test("T04 what a target keeps in a session of one caller never meets another", async () => {
  expect(await remember("alice", "a1")).toBe("a1");
  expect(await remember("bob", "b1")).toBe("b1");
  expect(await remember("alice", "a2")).toBe("a1 a2");
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => remember(`user${index % 10}`, `word${index % 10}`)),
  );
  for (const [index, answer] of answers.entries()) {
    expect(new Set(answer.split(" "))).toEqual(new Set([`word${index % 10}`]));
  }
});

test("a target that has forgotten a session gets a new one, and the call is made once", async () => {
  await remember("carol", "before");
  upstream.forget();
  expect(await remember("carol", "after")).toBe("after");
});
