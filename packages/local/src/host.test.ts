import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DescribeTableCommand, DescribeTimeToLiveCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { readEnvironment } from "@gatehouse/functions/environment.ts";
import type { SQSEvent } from "aws-lambda";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { findBinary, startEngine } from "./engine.ts";
import { startHost } from "./host.ts";
import { temporaryFolder } from "./testing/folder.ts";
import { startTestHost } from "./testing/host.ts";
import { processesWith } from "./testing/processes.ts";
import { testTopology } from "./testing/topology.ts";

const entry = { Source: "gatehouse.gateway", DetailType: "ToolDecision", EventBusName: "gatehouse", Detail: '{"a":1}' };

function database() {
  const client = new DynamoDBClient({});
  onTestFinished(() => client.destroy());
  return client;
}

describe("a host", () => {
  test("gives the functions the environment they require, and no real credentials", async () => {
    vi.stubEnv("AWS_PROFILE", "production");
    vi.stubEnv("AWS_SESSION_TOKEN", "real");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "real");
    onTestFinished(() => void vi.unstubAllEnvs());
    const { url, environment } = await startTestHost();
    const settings = { bus: "gatehouse", accountId: "000000000000", allowLoopback: true, assumeGatewayRoles: false };
    expect(readEnvironment()).toMatchObject({ url, ...settings });
    expect(process.env).toMatchObject(environment);
    expect(environment.AWS_ACCESS_KEY_ID).toBe("gatehouselocal");
    expect([process.env.AWS_PROFILE, process.env.AWS_SESSION_TOKEN]).toEqual([undefined, undefined]);
  });

  test("has every table, with its indexes and expiry", async () => {
    await startTestHost();
    const client = database();
    const { Table } = await client.send(new DescribeTableCommand({ TableName: "gatehouse-ledger" }));
    expect(Table).toMatchObject({
      TableStatus: "ACTIVE",
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      GlobalSecondaryIndexes: [{ IndexName: "byKind", Projection: { ProjectionType: "ALL" } }],
    });
    const ttl = await client.send(new DescribeTimeToLiveCommand({ TableName: "gatehouse-aggregates" }));
    expect(ttl.TimeToLiveDescription).toMatchObject({ TimeToLiveStatus: "ENABLED", AttributeName: "expiresAt" });
    for (const TableName of ["gatehouse-config", "gatehouse-vault"]) {
      await client.send(new DescribeTableCommand({ TableName }));
    }
  });

  test("keeps its tables over a restart", async () => {
    const data = await temporaryFolder();
    const item = { pk: "a", sk: "b", value: 1 };
    const first = await startTestHost({}, { data });
    await DynamoDBDocumentClient.from(database()).send(new PutCommand({ TableName: "gatehouse-config", Item: item }));
    await first.stop();
    await startTestHost({}, { data });
    const read = new GetCommand({ TableName: "gatehouse-config", Key: { pk: "a", sk: "b" } });
    expect((await DynamoDBDocumentClient.from(database()).send(read)).Item).toEqual(item);
  });

  test("delivers events to their function and is idle then", async () => {
    const bodies: unknown[] = [];
    const record = (event: SQSEvent) => void bodies.push(...event.Records.map(({ body }) => JSON.parse(body).detail));
    const { putEvents, idle } = await startTestHost({ record });
    await putEvents([entry, entry]);
    await idle();
    expect(bodies).toEqual([{ a: 1 }, { a: 1 }]);
  });

  test("delivers after a restart what it couldn't deliver before", async () => {
    const data = await temporaryFolder();
    const seen: string[] = [];
    const first = await startTestHost({ record: () => Promise.reject(new Error("down")) }, { data });
    await first.putEvents([entry]);
    await first.stop();
    const second = await startTestHost(
      { record: (event: SQSEvent) => void seen.push(...event.Records.map(({ body }) => body)) },
      { data },
    );
    await second.idle();
    expect(seen).toHaveLength(1);
  });

  test("shows its queues and dead letters, and redrives them", async () => {
    const topology = { ...testTopology, queues: { record: { ...testTopology.queues.record, maxReceiveCount: 1 } } };
    let down = true;
    const record = () => (down ? Promise.reject(new Error("down")) : undefined);
    const host = await startTestHost({ record }, { topology });
    const get = async (path: string) => (await fetch(host.url + path)).json();
    await host.putEvents([entry]);
    await host.idle();
    expect(await get("/_host/queues")).toEqual({ record: { ready: 0, inFlight: 0, delayed: 0 } });
    expect(await get("/_host/dead-letters")).toEqual([
      {
        queue: "record",
        event: expect.objectContaining({ source: "gatehouse.gateway", detail: { a: 1 } }),
        receiveCount: 1,
        lastError: "down",
        firstSeen: expect.any(String),
      },
    ]);
    down = false;
    const redriven = await fetch(`${host.url}/_host/dead-letters/redrive`, { method: "POST" });
    expect(await redriven.json()).toEqual({ redriven: 1 });
    await host.idle();
    expect(await get("/_host/dead-letters")).toEqual([]);
    expect((await fetch(`${host.url}/_host/dead-letters/redrive?queue=typo`, { method: "POST" })).status).toBe(400);
  });

  test("ends a function that takes too long for its caller", async () => {
    const forever = Promise.withResolvers<void>();
    const { url } = await startTestHost({ hasty: () => forever.promise });
    expect((await fetch(`${url}/hasty`)).status).toBe(504);
    forever.resolve();
  });

  test("lets a request in flight finish when it stops", async () => {
    const called = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const web = async () => {
      called.resolve();
      await finish.promise;
      return { statusCode: 200, body: '"finished"' };
    };
    const host = await startTestHost({ web });
    const answer = fetch(`${host.url}/web/1`);
    await called.promise;
    const stopping = host.stop();
    finish.resolve();
    expect(await (await answer).json()).toBe("finished");
    await stopping;
  });

  test("says so when its database engine dies", async () => {
    const host = await startTestHost();
    const { port } = new URL(host.environment.AWS_ENDPOINT_URL_DYNAMODB ?? "");
    const [engine] = await processesWith(["serve", "--port", port], ["/bin/sh"]);
    process.kill(engine ?? 0, "SIGKILL");
    expect((await host.failure).message).toMatch(/^The database engine ended with status 137/);
  });

  test.each([
    [
      "a function that can't be loaded",
      { loadFunction: () => Promise.reject(new Error("no such file")) },
      '"web" can\'t be loaded',
    ],
    ["a folder that can't be made", { data: "/dev/null/data" }, "Choose another with --data"],
    ["an address that isn't the machine's", { bind: "192.0.2.1" }, "can't listen on 192.0.2.1"],
    [
      "a database that doesn't answer",
      { database: "http://127.0.0.1:1" },
      "database at http://127.0.0.1:1 can't be used",
    ],
  ])(
    "refuses to start for %s, and leaves nothing running",
    async (_case, { database: named, ...options }: Record<string, unknown>, reason) => {
      if (typeof named === "string") vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", named);
      onTestFinished(() => void vi.unstubAllEnvs());
      const started = startHost({
        port: 0,
        data: ":memory:",
        topology: testTopology,
        loadFunction: async () => () => {},
        ...options,
      });
      await expect(started).rejects.toThrow(reason);
      // What is left running would hold its port, its lock or its engine: the next start on the same would fail.
      vi.unstubAllEnvs();
      await startTestHost();
    },
  );
});

describe("the database engine", () => {
  test("T07 listens on a port that browsers refuse", async () => {
    const engine = await startEngine(undefined);
    onTestFinished(() => engine.stop());
    await expect(fetch(engine.endpoint)).rejects.toMatchObject({ cause: { message: "bad port" } });
  });

  test("that isn't installed is missed in one line that says what to do", async () => {
    const missing = findBinary(() => {
      throw new Error("Cannot find module");
    });
    expect(missing).toBeUndefined();
    await expect(startEngine(undefined, "/nowhere/dynoxide")).rejects.toThrow(/npm install.*AWS_ENDPOINT_URL_DYNAMODB/);
  });

  test("that doesn't start says why", async () => {
    const file = join(await temporaryFolder(), "no-database");
    await writeFile(file, "this is no SQLite file, and long enough to be taken for a damaged one".repeat(40));
    await expect(startEngine(file)).rejects.toThrow(/didn't start: .*database/);
  });
});
