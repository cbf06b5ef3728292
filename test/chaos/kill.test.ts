import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ledgerRepository } from "@gatehouse/core/storage/ledgerRepository.ts";
import { startTestDatabase, type TestDatabase } from "@gatehouse/core/storage/testing.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { post, toolsCall } from "../support/mcp.ts";
import { type GatehouseProcess, spawnGatehouse, tokenOf } from "../support/process.ts";
import { startRelay } from "../support/relay.ts";

let database: TestDatabase;
let data: string;
const started: GatehouseProcess[] = [];

beforeAll(async () => {
  database = await startTestDatabase();
  data = await mkdtemp(join(tmpdir(), "gatehouse-kill-"));
});
afterAll(async () => {
  await Promise.all(started.map((gatehouse) => gatehouse.kill()));
  await database.stop();
  await rm(data, { recursive: true, force: true });
});

async function start(endpoint: string) {
  const gatehouse = await spawnGatehouse(data, { AWS_ENDPOINT_URL_DYNAMODB: endpoint });
  started.push(gatehouse);
  return gatehouse;
}

test("kill -9 between calls and their recording loses no decision, and records none twice", async () => {
  const calls = 20;
  const since = new Date();
  const ledger = ledgerRepository({ client: database.client, table: database.tables.ledger });
  const callsInLedger = async (gatewayId: string) => {
    const query = { gatewayId, from: since, to: new Date(Date.now() + 60_000) };
    const decisions = await Array.fromAsync(ledger.decisions(query));
    return decisions.filter(({ tool }) => tool?.endsWith("create_application"));
  };

  // The database is reached through a relay, so that writing to the ledger can be made to hang while calls go on.
  await using relay = await startRelay(database.endpoint);
  const first = await start(relay.url);
  const gatewayId = /gateways\/([^/]+)/.exec(first.endpoint)?.[1] ?? "";
  const headers = { Authorization: `Bearer ${await tokenOf(first, "alice")}` };
  const call = (amount: number) =>
    post(
      first.endpoint,
      toolsCall("ApplicationToolTarget___create_application", { applicant_region: "US", coverage_amount: amount }),
      headers,
    );

  relay.held = new Set(["BatchWriteItem", "TransactWriteItems"]);
  const answers = await Promise.all(Array.from({ length: calls }, (_, index) => call(index + 1)));
  expect(answers.map(({ status }) => status)).toEqual(Array(calls).fill(200));
  expect(answers.filter(({ body }) => body?.result?.isError)).toEqual([]);
  await first.kill();
  expect(await callsInLedger(gatewayId)).toEqual([]);

  await start(database.endpoint);
  await expect.poll(() => callsInLedger(gatewayId), { timeout: 20_000 }).toHaveLength(calls);
  const ids = (await callsInLedger(gatewayId)).map(({ decisionId }) => decisionId);
  expect(new Set(ids).size).toBe(calls);
}, 60_000);
