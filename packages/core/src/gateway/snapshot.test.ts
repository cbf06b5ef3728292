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
