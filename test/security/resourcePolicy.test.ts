import { DeleteResourcePolicyCommand, PutResourcePolicyCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { freshMilliseconds } from "@gatehouse/core/gateway/snapshot.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { post, toolsCall } from "../support/mcp.ts";
import { startUpstream } from "../support/upstream.ts";

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse[Symbol.asyncDispose]());

test("T16 a resource policy that denies stops every call within a second, and each is on record", async () => {
  await using upstream = await startUpstream();
  const gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
  const headers = { Authorization: `Bearer ${await gatehouse.token(gateway, "alice")}` };
  const call = () => post(gateway.url, toolsCall("Up___echo", { text: "x" }), headers);
  expect(await call()).toMatchObject({ status: 200 });
  const invoked = upstream.calls.length;

  const statement = {
    Effect: "Deny",
    Principal: "*",
    Action: "bedrock-agentcore:InvokeGateway",
    Resource: gateway.arn,
  };
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  await gatehouse.control.send(new PutResourcePolicyCommand({ resourceArn: gateway.arn, policy }));
  await expect.poll(async () => (await call()).status, { timeout: freshMilliseconds + 5_000 }).toBe(403);
  const stopped = upstream.calls.length;
  expect((await call()).body?.error?.message).toContain("resource policy");
  expect(upstream.calls.length).toBe(stopped);
  expect(stopped).toBeGreaterThanOrEqual(invoked);
  const rejected = (await gatehouse.decisions(gateway)).filter(({ outcome }) => outcome === "rejected");
  expect(rejected.length).toBeGreaterThanOrEqual(2);
  expect(rejected[0]).toMatchObject({ decision: "DENY", reason: expect.stringContaining("resource policy") });

  await gatehouse.control.send(new DeleteResourcePolicyCommand({ resourceArn: gateway.arn }));
  await expect.poll(async () => (await call()).status, { timeout: freshMilliseconds + 5_000 }).toBe(200);
});
