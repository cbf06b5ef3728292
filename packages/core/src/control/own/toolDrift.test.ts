import { CreateGatewayCommand, CreateGatewayTargetCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { type DynamoDBDocumentClient, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { synchronizeTarget } from "../../gateway/synchronize.ts";
import type { JsonObject } from "../../json.ts";
import { digestOfTool } from "../../pinning/digest.ts";
import { driftOf } from "../../pinning/drift.ts";
import { readPartition } from "../../storage/configRepository.table.ts";
import { configRepository } from "../../storage/configRepository.ts";
import { driftPartition, gatewayPartition, prefixes } from "../../storage/keys.ts";
import { quarantine, type ToolDescription } from "../../storage/records.ts";
import { gatewaySettings, mcpServer, unusedName } from "../fixtures.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing.ts";
import { askOwn } from "./testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

const tool = (name: string, description: string): ToolDescription => ({
  name,
  description,
  inputSchema: { type: "object" },
});
const table = () => ({ client: plane.database.client, table: plane.database.tables.config });

/** A target with approved tools, and ways to have it say something else. */
async function target(...tools: ToolDescription[]) {
  const { gatewayId = "" } = await plane.client.send(new CreateGatewayCommand(gatewaySettings()));
  const { targetId = "" } = await plane.client.send(
    new CreateGatewayTargetCommand({
      gatewayIdentifier: gatewayId,
      name: unusedName("target"),
      targetConfiguration: mcpServer("https://tools.example/mcp"),
    }),
  );
  const path = `/gateways/${gatewayId}/targets/${targetId}/tool-drift`;
  let time = Date.now();
  /** @param meanwhile happens between the target's answer and what becomes of it. */
  const say = async (
    now: readonly ToolDescription[],
    { meanwhile = async () => {}, repository = plane.repository } = {},
  ) => {
    time += 1_000;
    const startedAt = new Date(time);
    const discover = async () => {
      await meanwhile();
      return { tools: now };
    };
    const call = () => Promise.reject(new Error("Nobody calls."));
    const kinds = { mcpServer: { discover, call } };
    return synchronizeTarget({ gatewayId, targetId, repository, kinds, now: () => startedAt });
  };
  const list = (query: Record<string, string[]> = {}) => askOwn(plane, "GET", path, undefined, query);
  const accept = (body: object) => askOwn(plane, "POST", `${path}/accept`, body);
  const acceptAll = async () => accept({ driftDigest: (await list()).body.driftDigest });
  const state = async () => (await plane.repository.loadGateway(gatewayId))?.targets[0];
  const offered = async () =>
    ((await state())?.tools ?? [])
      .filter((one) => one[quarantine] === undefined)
      .map((one) => `${one.name} ${one.description}`);
  await say(tools);
  return { gatewayId, targetId, say, list, accept, acceptAll, state, offered };
}

describe("ListToolDrift", () => {
  test("comes in pages, of one and the same drift", async () => {
    const { say, list } = await target();
    const many = ["a", "b", "c", "d", "e"].map((name) => tool(name, "new"));
    await say(many);
    const names: unknown[] = [];
    let query: Record<string, string[]> = { maxResults: ["2"] };
    for (;;) {
      const { status, body } = await list(query);
      expect(status).toBe(200);
      expect(body).toMatchObject({ changed: 0, new: 5, removed: 0 });
      const page = body.toolDrift as JsonObject[];
      expect(page.length).toBeLessThanOrEqual(2);
      names.push(...page.map(({ name }) => name));
      if (body.nextToken === undefined) break;
      query = { maxResults: ["2"], nextToken: [String(body.nextToken)] };
    }
    expect(names).toEqual(["a", "b", "c", "d", "e"]);
    await say([...many, tool("f", "new")]);
    expect(await list(query)).toMatchObject({ status: 400, body: { message: expect.stringContaining("start again") } });
  });

  test("has pages that fit into an answer, however large descriptions are", async () => {
    const { say, list } = await target();
    await say(Array.from({ length: 12 }, (_, index) => tool(`t${index}`, "x".repeat(370_000))));
    const { body } = await list();
    expect((body.toolDrift as unknown[]).length).toBe(8);
    expect(body.nextToken).toBeDefined();
  });

  test("of a target that isn't there is refused, and of one without drift is empty", async () => {
    const { gatewayId, list } = await target(tool("a", "1"));
    const nowhere = await askOwn(plane, "GET", `/gateways/${gatewayId}/targets/ABCDEFGHIJ/tool-drift`);
    expect(nowhere.status).toBe(404);
    expect((await list()).body).toMatchObject({ changed: 0, new: 0, removed: 0, toolDrift: [] });
  });
});

describe("AcceptToolDrift", () => {
  test("wants one way of saying what is accepted", async () => {
    const { say, accept } = await target(tool("a", "1"));
    await say([tool("a", "2")]);
    const digest = digestOfTool(tool("a", "2"));
    const refused = async (body: object) => expect((await accept(body)).status).toBe(400);
    await refused({});
    await refused({ driftDigest: digest, tools: [{ name: "a", digest }] });
    await refused({ tools: [] });
    await refused({ tools: [{ name: "a", digest: "2" }] });
    await refused({
      tools: [
        { name: "a", digest },
        { name: "a", digest },
      ],
    });
    expect((await accept({ driftDigest: digest })).status).toBe(409);
    expect((await accept({ tools: [{ name: "b", digest }] })).status).toBe(409);
  });

  test("grows the gateway's version, says what is left, and tells the target's status", async () => {
    const { gatewayId, say, accept, offered, state } = await target(tool("a", "1"), tool("b", "1"));
    await say([tool("a", "2"), tool("c", "1")]);
    const version = async () => (await plane.repository.versions(gatewayId))?.gatewayVersion ?? 0;
    const before = await version();
    const { body } = await accept({ tools: [{ name: "a", digest: digestOfTool(tool("a", "2")) }, { name: "b" }] });
    expect(body).toMatchObject({ accepted: ["a", "b"], changed: 0, new: 1, removed: 0 });
    expect(await version()).toBe(before + 1);
    expect(await offered()).toEqual(["a 2"]);
    expect(await state()).toMatchObject({ status: "READY", drift: { changed: 0, new: 1, removed: 0 } });
  });

  test("refuses a new tool that has come to be mistaken for another target's", async () => {
    const { gatewayId, say, acceptAll, state } = await target();
    const name = (await state())?.name.toUpperCase() ?? "";
    await say([tool("pay", "1")]);
    await plane.client.send(
      new CreateGatewayTargetCommand({
        gatewayIdentifier: gatewayId,
        name,
        targetConfiguration: {
          mcp: {
            lambda: {
              lambdaArn: "arn:aws:lambda:us-east-1:123456789012:function:pay",
              toolSchema: { inlinePayload: [{ name: "pay", description: "Pays", inputSchema: { type: "object" } }] },
            },
          },
        },
      }),
    );
    expect(await acceptAll()).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining(`can be mistaken for ${name}___pay`) },
    });
  });
});

describe("at the same time", () => {
  test("an acceptance during a synchronisation is kept, and the synchronisation compares with it", async () => {
    const { say, acceptAll, offered, list } = await target(tool("a", "1"));
    await say([tool("a", "2")]);
    await say([tool("a", "2"), tool("b", "1")], {
      meanwhile: async () => void expect((await acceptAll()).status).toBe(200),
    });
    expect(await offered()).toEqual(["a 2"]);
    expect((await list()).body.toolDrift).toMatchObject([{ name: "b", kind: "NEW" }]);
  });

  test("a failed synchronisation doesn't bring back drift that was accepted meanwhile", async () => {
    const { gatewayId, targetId, say, acceptAll, state } = await target(tool("a", "1"));
    await say([tool("a", "2")]);
    const before = await plane.repository.getTarget(gatewayId, targetId);
    await acceptAll();
    if (before === undefined) throw new Error("There is no such target.");
    await plane.repository.putTools(before, { status: "SYNCHRONIZE_UNSUCCESSFUL", statusReasons: ["away"] });
    expect(await state()).not.toHaveProperty("drift");
  });

  test("of two synchronisations the one that began later counts, whichever ends last", async () => {
    const { say, offered } = await target(tool("a", "1"));
    await say([tool("a", "1")], { meanwhile: async () => void (await say([tool("a", "2")])) });
    expect(await offered()).toEqual([]);
  });

  test("synchronisations and acceptances leave one whole state, in which nothing is offered that nobody accepted", async () => {
    const { gatewayId, targetId, say, list, accept, state, acceptAll, offered } = await target(
      tool("a", "0"),
      tool("b", "0"),
    );
    const accepted = new Set([tool("a", "0"), tool("b", "0")].map(digestOfTool));
    const synchronize = async (round: number) => {
      await say([tool("a", String(round % 3)), tool("b", String((round + 1) % 3))]);
    };
    const review = async () => {
      const { body } = await list();
      for (const { name, observedDigest } of body.toolDrift as JsonObject[]) {
        // Before the answer, since somebody may look in between.
        accepted.add(String(observedDigest));
        const { status } = await accept({ tools: [{ name, digest: observedDigest }] });
        expect([200, 409]).toContain(status);
      }
    };
    const look = async () => {
      for (const one of (await state())?.tools ?? []) {
        if (one[quarantine] === undefined) expect(accepted).toContain(digestOfTool(one));
      }
      const catalogue = await plane.repository.getCatalogue(gatewayId, targetId);
      if (catalogue === undefined) throw new Error("There is no such target.");
      const { changed = 0, new: added = 0, removed = 0 } = catalogue.target.drift ?? {};
      expect(driftOf(catalogue)).toHaveLength(changed + added + removed);
    };
    for (let round = 0; round < 6; round++) {
      await Promise.all([synchronize(round), synchronize(round + 1), review(), look(), review(), look()]);
    }
    await say([tool("a", "9"), tool("b", "9")]);
    expect(await offered()).toEqual([]);
    await acceptAll();
    expect((await offered()).sort()).toEqual(["a 9", "b 9"]);
    const left = await Promise.all(
      [gatewayPartition(gatewayId), driftPartition(gatewayId)].map((partition) =>
        readPartition(table(), partition, { prefix: prefixes.tool }),
      ),
    );
    expect(left.map(({ length }) => length)).toEqual([2, 0]);
  });

  test("what fails before its last step has changed nothing", async () => {
    const { say, offered, state, list } = await target(tool("a", "1"));
    const before = await state();
    const { client } = plane.database;
    const failing = {
      send: (command: unknown) =>
        command instanceof TransactWriteCommand
          ? Promise.reject(new Error("The table is away."))
          : client.send(command as TransactWriteCommand), // Whatever it is, it is passed on.
    } as unknown as DynamoDBDocumentClient; // Only `send` is used.
    const repository = configRepository({ ...table(), client: failing });
    await expect(say([tool("a", "2"), tool("b", "1")], { repository })).rejects.toThrow("away");
    expect(await state()).toEqual(before);
    expect((await list()).body.toolDrift).toEqual([]);
    await say([tool("a", "2")]);
    expect(await offered()).toEqual([]);
  });
});

test("what nobody has approved isn't read for calls", async () => {
  const { gatewayId, say } = await target(tool("a", "1"));
  await say([tool("a", "an unapproved text"), tool("b", "another unapproved text")]);
  const items = await readPartition(table(), gatewayPartition(gatewayId));
  expect(JSON.stringify(items)).not.toContain("unapproved");
  expect(await readPartition(table(), driftPartition(gatewayId))).toHaveLength(2);
});

test("tools that were stored before there were digests are as they were approved then", async () => {
  const { gatewayId, say, offered } = await target(tool("a", "1"), tool("b", "1"));
  const items = await readPartition(table(), gatewayPartition(gatewayId), { prefix: prefixes.tool });
  const { PutCommand } = await import("@aws-sdk/lib-dynamodb");
  for (const { digest: _, name: __, ...item } of items) {
    await plane.database.client.send(new PutCommand({ TableName: table().table, Item: item }));
  }
  await say([tool("a", "1"), tool("b", "2")]);
  expect(await offered()).toEqual(["a 1"]);
});
