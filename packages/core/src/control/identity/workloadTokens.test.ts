import { CreateWorkloadIdentityCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorkloadAccessTokens } from "../../identity/dataPlane/workloadAccessTokens.ts";
import { identityRepository } from "../../storage/identityRepository.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

async function revoke(name: string) {
  const { status, body } = await plane.handle({
    method: "POST",
    path: "/identities/RevokeWorkloadAccessTokens",
    query: {},
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name }),
    sourceIp: "127.0.0.1",
  });
  return { status, answer: JSON.parse(body) };
}

test("tokens that are revoked hold no longer, and those of afterwards do, however fast it goes", async () => {
  const { workloadIdentity, workloadIdentities } = identityRepository({
    client: plane.database.client,
    table: plane.database.tables.config,
  });
  const tokens = createWorkloadAccessTokens({ keyring: plane.keyring, workloadIdentity, now: () => new Date() });
  const { workloadIdentityArn } = await plane.client.send(new CreateWorkloadIdentityCommand({ name: "travel" }));

  const issue = async () => tokens.issue(await workloadIdentities.existing("travel"));
  const issued: string[] = [];
  for (let round = 0; round < 5; round++) {
    issued.push(await issue());
    const { status, answer } = await revoke("travel");
    expect([status, answer]).toEqual([
      200,
      { name: "travel", workloadIdentityArn, tokensNotBefore: expect.stringMatching(/^\d{4}-.*Z$/) },
    ]);
    for (const token of issued) await expect(tokens.open(token)).rejects.toThrow(/revoked/);
  }
  const { createdAt } = await workloadIdentities.existing("travel");
  expect(await tokens.open(await issue())).toEqual({ agent: "travel", agentSince: createdAt });
  const changes = plane.changesOf(workloadIdentityArn).filter(({ operation }) => operation.startsWith("Revoke"));
  expect(changes).toHaveLength(5);
});

test("who isn't there has no tokens to revoke", async () => {
  expect(await revoke("nobody")).toMatchObject({ status: 404, answer: { __type: "ResourceNotFoundException" } });
  expect(await revoke("a")).toMatchObject({ status: 400, answer: { __type: "ValidationException" } });
});
