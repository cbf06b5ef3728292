import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LedgerRepository, ledgerRepository } from "@gatehouse/core/storage/ledgerRepository.ts";
import { startTestDatabase, type TestDatabase } from "@gatehouse/core/storage/testing.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GatehouseProcess, spawnGatehouse } from "../support/process.ts";
import { type Relay, startRelay } from "../support/relay.ts";
import { signedRequest } from "../support/signedRequest.ts";

let database: TestDatabase;
let relay: Relay;
let ledger: LedgerRepository;
let data: string;
let gatehouse: GatehouseProcess;

const start = (endpoint: string) => spawnGatehouse(data, { AWS_ENDPOINT_URL_DYNAMODB: endpoint });

beforeAll(async () => {
  database = await startTestDatabase();
  relay = await startRelay(database.endpoint);
  ledger = ledgerRepository({ client: database.client, table: database.tables.ledger });
  data = await mkdtemp(join(tmpdir(), "gatehouse-chaos-"));
  gatehouse = await start(relay.url);
});
afterAll(async () => {
  await gatehouse.kill();
  await relay[Symbol.asyncDispose]();
  await database.stop();
  await rm(data, { recursive: true, force: true });
});

const create = (name: string, token: string) =>
  signedRequest(
    gatehouse.url,
    { method: "POST", path: "/policy-engines", body: { name, clientToken: token.padEnd(40, "0") } },
    gatehouse.administrator,
  );
const changesOf = (resource: string) => Array.fromAsync(ledger.changesOf(resource));

/** Asks, and kills the process as soon as the database has been asked for what never comes back. */
async function killDuring(kind: "held" | "unanswered", ask: () => Promise<unknown>): Promise<void> {
  const reached = relay.stuck();
  relay[kind] = new Set(["TransactWriteItems"]);
  const asked = ask().catch(() => {});
  await reached;
  await gatehouse.kill();
  await asked;
  relay[kind] = new Set();
  gatehouse = await start(relay.url);
}

test("kill -9 before a change is written: nothing has changed, and a retry makes it", async () => {
  await killDuring("held", () => create("before", "one"));
  const { status, body } = await create("before", "one");
  expect([status, body.status]).toEqual([202, "ACTIVE"]);
  await expect.poll(() => changesOf(body.policyEngineArn), { timeout: 20_000 }).toHaveLength(1);
}, 60_000);

test("kill -9 after a change is written: a retry gets its answer, and its event is recorded once", async () => {
  await killDuring("unanswered", () => create("after", "two"));
  const { status, body } = await create("after", "two");
  expect([status, body.status]).toEqual([202, "ACTIVE"]);
  expect(await create("after", "two")).toEqual({ status, error: null, body });
  // The event waited in the outbox, and was swept when the host started again.
  await expect.poll(() => changesOf(body.policyEngineArn), { timeout: 20_000 }).toHaveLength(1);
  expect((await changesOf(body.policyEngineArn))[0]).toMatchObject({ operation: "CreatePolicyEngine" });
}, 60_000);
