import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { outboxRepository } from "../storage/outboxRepository.ts";
import { startTestDatabase, type TestDatabase } from "../storage/testing.ts";
import type { GatehouseEvent } from "./events.ts";
import { createPublisher } from "./publisher.ts";
import { sweepOutbox } from "./sweep.ts";

/** How the bus of this test answers a request, entry by entry. */
type Answer = (entries: { Detail: string }[]) => { status: number; body: unknown };
const accepting: Answer = (entries) => ({
  status: 200,
  body: { FailedEntryCount: 0, Entries: entries.map(() => ({ EventId: randomUUID() })) },
});

let database: TestDatabase;
let eventBridge: EventBridgeClient;
let answer: Answer;
let requests: string[][];
const bus = createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  const entries = JSON.parse(text).Entries as { Detail: string }[];
  requests.push(entries.map(({ Detail }) => JSON.parse(Detail).gatewayId));
  const { status, body } = answer(entries);
  response.writeHead(status, { "Content-Type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
});

beforeAll(async () => {
  database = await startTestDatabase();
  bus.listen(0, "127.0.0.1");
  await once(bus, "listening");
  const address = bus.address();
  eventBridge = new EventBridgeClient({
    endpoint: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
});
beforeEach(() => {
  answer = accepting;
  requests = [];
});
afterAll(async () => {
  eventBridge.destroy();
  bus.close();
  await database.stop();
});

const outbox = (table = database.tables.ledger) => outboxRepository({ client: database.client, table });
const publisher = (table?: string) => createPublisher({ eventBridge, bus: "gatehouse", outbox: outbox(table) });
const event = (gatewayId: string): GatehouseEvent => ({
  type: "TargetSynchronizationRequested",
  detail: { schemaVersion: 1, gatewayId, targetId: "t" },
});
const waiting = async () => (await outbox().oldest(100)).map(({ entry }) => JSON.parse(entry.Detail ?? "").gatewayId);

describe("publishing", () => {
  test("events published together share requests of at most ten, and each is accepted", async () => {
    const subject = publisher();
    const ids = Array.from({ length: 95 }, (_, index) => `g${index}`);
    await Promise.all(ids.map((id) => subject.publish(event(id))));
    expect(requests.flat().sort()).toEqual([...ids].sort());
    expect(Math.max(...requests.map((request) => request.length))).toBe(10);
    expect(await waiting()).toEqual([]);
  });

  test("what the bus refuses goes to the outbox, and from there to the bus once it is back", async () => {
    answer = () => ({ status: 500, body: { __type: "InternalException" } });
    await publisher().publish(event("down"));
    answer = (entries) => ({
      status: 200,
      body: {
        FailedEntryCount: 1,
        Entries: entries.map(({ Detail }) =>
          Detail.includes("partly") ? { ErrorCode: "ThrottlingException" } : { EventId: randomUUID() },
        ),
      },
    });
    const subject = publisher();
    await Promise.all([subject.publish(event("partly")), subject.publish(event("taken"))]);
    expect((await waiting()).sort()).toEqual(["down", "partly"]);

    expect(await sweepOutbox({ eventBridge, outbox: outbox() })).toBe(1);
    expect(await waiting()).toEqual(["partly"]);
    answer = accepting;
    expect(await sweepOutbox({ eventBridge, outbox: outbox() })).toBe(1);
    expect(await waiting()).toEqual([]);
  });

  test("large events leave the outbox too, as many at a time as a request takes", async () => {
    answer = () => ({ status: 500, body: {} });
    const subject = publisher();
    const large = (name: string): GatehouseEvent => ({
      type: "TargetSynchronizationRequested",
      detail: { schemaVersion: 1, gatewayId: name, targetId: "x".repeat(100_000) },
    });
    const names = Array.from({ length: 7 }, (_, index) => `large${index}`);
    await Promise.all(names.map((name) => subject.publish(large(name))));
    requests = [];
    answer = (entries) => {
      const bytes = entries.reduce((sum, { Detail }) => sum + Buffer.byteLength(Detail), 0);
      return bytes > 256 * 1024 ? { status: 400, body: { __type: "ValidationException" } } : accepting(entries);
    };
    expect(await sweepOutbox({ eventBridge, outbox: outbox() })).toBe(7);
    expect(requests.flat().sort()).toEqual(names);
    expect(await waiting()).toEqual([]);
  });

  test("an event that neither bus nor outbox takes fails whoever waits for it", async () => {
    answer = () => ({ status: 500, body: {} });
    await expect(publisher("no-such-table").publish(event("lost"))).rejects.toThrow("could not be recorded");
  });
});
