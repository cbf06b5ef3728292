import { afterAll, beforeAll, expect, test } from "vitest";
import { configRepository } from "../storage/configRepository.ts";
import type { GatewayRecord } from "../storage/records.ts";
import { startTestDatabase, type TestDatabase } from "../storage/testing.ts";
import { createSnapshots } from "./snapshot.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const gateway: GatewayRecord = {
  gatewayId: "slow-0123456789",
  gatewayArn: "arn:aws:bedrock-agentcore:us-east-1:000000000000:gateway/slow-0123456789",
  name: "slow",
  roleArn: "arn:aws:iam::000000000000:role/r",
  authorizerType: "CUSTOM_JWT",
  status: "READY",
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
  version: 1,
};

test("T16 nobody joins a reading that began more than a second ago, and a late one replaces nothing newer", async () => {
  const repository = configRepository({ client: database.client, table: database.tables.config });
  await repository.createGateway(gateway);
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let time = 0;
  let reads = 0;
  const slowAtFirst: typeof repository = {
    ...repository,
    // The first answer was read before the change, and takes its time to arrive.
    async versions(id) {
      const versions = await repository.versions(id);
      if (++reads === 1) await held;
      return versions;
    },
  };
  const snapshots = createSnapshots({ repository: slowAtFirst, now: () => time });
  const first = snapshots.get(gateway.gatewayId);
  const description = async (snapshot: typeof first) => (await snapshot)?.configuration.gateway.description;

  await expect.poll(() => reads).toBe(1);
  const current = await repository.getGateway(gateway.gatewayId);
  if (current === undefined) throw new Error("The gateway is gone.");
  await repository.updateGateway(current, {
    ...current,
    description: "changed",
    updatedAt: "2026-01-02T00:00:00.000Z",
  });
  time = 1_500;
  expect(await description(snapshots.get(gateway.gatewayId))).toBe("changed");
  release();
  await first;
  time = 1_600;
  expect(await description(snapshots.get(gateway.gatewayId))).toBe("changed");
});

test("where only the policies have changed, the gateway is not read again, and what was made of it stays", async () => {
  const repository = configRepository({ client: database.client, table: database.tables.config });
  const policyEngineId = "engine-0123456789";
  const engineArn = `arn:aws:bedrock-agentcore:us-east-1:000000000000:policy-engine/${policyEngineId}`;
  const of = { createdAt: gateway.createdAt, updatedAt: gateway.updatedAt, statusReasons: [] };
  const record = {
    ...of,
    policyEngineId,
    policyEngineArn: engineArn,
    name: "engine",
    status: "ACTIVE" as const,
    version: 1,
  };
  await repository.createPolicyEngine(record);
  const gatewayId = "changing-0123456789";
  const reference = { arn: engineArn, mode: "ENFORCE" as const };
  await repository.createGateway({ ...gateway, gatewayId, name: "changing", policyEngineConfiguration: reference });
  let reads = 0;
  let time = 0;
  const counting: typeof repository = {
    ...repository,
    loadGateway(id) {
      reads += 1;
      return repository.loadGateway(id);
    },
  };
  const snapshots = createSnapshots({ repository: counting, now: () => time });
  const first = await snapshots.get(gatewayId);
  const engine = await repository.getPolicyEngine(policyEngineId);
  if (engine === undefined) throw new Error("The engine is gone.");
  await repository.createPolicy(engine, {
    ...of,
    policyEngineId,
    policyId: "p-0123456789",
    policyArn: `${engineArn}/policy/p-0123456789`,
    name: "p",
    statement: "permit(principal, action, resource);",
    status: "ACTIVE",
  });
  time += 1_000;
  const second = await snapshots.get(gatewayId);
  expect(second?.engine?.version).toBeGreaterThan(first?.engine?.version ?? Number.POSITIVE_INFINITY);
  expect(second?.configuration).toBe(first?.configuration);
  expect(second?.engine?.policies?.schema).toBe(first?.engine?.policies?.schema);
  expect(reads).toBe(1);

  const current = await repository.getGateway(gatewayId);
  if (current === undefined) throw new Error("The gateway is gone.");
  await repository.updateGateway(current, {
    ...current,
    description: "changed",
    updatedAt: "2026-01-02T00:00:00.000Z",
  });
  time += 1_000;
  expect((await snapshots.get(gatewayId))?.configuration.gateway.description).toBe("changed");
  expect(reads).toBe(2);
});
