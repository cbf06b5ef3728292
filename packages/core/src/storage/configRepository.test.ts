import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { approved } from "../pinning/reconcile.ts";
import { type ConfigRepository, configRepository } from "./configRepository.ts";
import {
  cedarTypes,
  type GatewayRecord,
  type PolicyEngineRecord,
  type PolicyRecord,
  type TargetFeatures,
  type TargetRecord,
  type ToolDescription,
} from "./records.ts";
import { startTestDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
let repository: ConfigRepository;
beforeAll(async () => {
  database = await startTestDatabase();
  repository = configRepository({ client: database.client, table: database.tables.config });
});
afterAll(() => database.stop());

const time = "2026-11-22T12:00:00.000Z";
let serial = 0;

function gateway(changes: Partial<GatewayRecord> = {}): GatewayRecord {
  const name = `gateway-${serial++}`;
  return {
    gatewayId: `${name}-0123456789`,
    gatewayArn: `arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/${name}-0123456789`,
    name,
    roleArn: "arn:aws:iam::123456789012:role/gateway",
    authorizerType: "CUSTOM_JWT",
    status: "READY",
    createdAt: time,
    updatedAt: time,
    version: 1,
    ...changes,
  };
}

function target(gatewayId: string, changes: Partial<TargetRecord> = {}): TargetRecord {
  return {
    gatewayId,
    targetId: `T${String(serial++).padStart(9, "0")}`,
    name: `target-${serial}`,
    targetConfiguration: { mcp: { mcpServer: { endpoint: "https://tools.example/mcp" } } },
    credentialProviderConfigurations: [],
    status: "READY",
    createdAt: time,
    updatedAt: time,
    ...changes,
  };
}

function tools(count: number, description: string): ToolDescription[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `tool_${index}`,
    description,
    inputSchema: { type: "object", properties: { limit: { type: "integer", maximum: 1e300 } } },
  }));
}

function engine(): PolicyEngineRecord {
  const name = `engine_${serial++}`;
  return {
    policyEngineId: `${name}-0123456789`,
    policyEngineArn: `arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/${name}-0123456789`,
    name,
    status: "ACTIVE",
    statusReasons: [],
    createdAt: time,
    updatedAt: time,
    version: 1,
  };
}

function policy(policyEngineId: string, changes: Partial<PolicyRecord> = {}): PolicyRecord {
  const name = `policy_${serial++}`;
  return {
    policyEngineId,
    policyId: `${name}-0123456789`,
    policyArn: "arn",
    name,
    statement: "permit(principal, action, resource);",
    status: "ACTIVE",
    statusReasons: [],
    createdAt: time,
    updatedAt: time,
    ...changes,
  };
}

async function storedGateway(changes: Partial<GatewayRecord> = {}): Promise<GatewayRecord> {
  const record = gateway(changes);
  await repository.createGateway(record);
  return record;
}

describe("a gateway", () => {
  test("is read back as it was stored", async () => {
    const record = await storedGateway({ description: "of the talk" });
    expect(await repository.getGateway(record.gatewayId)).toEqual(record);
    expect(await repository.versions(record.gatewayId)).toEqual({ gatewayVersion: 1, engine: undefined });
  });

  test("shares its name with no other, also after a change of names", async () => {
    const [first, second] = [await storedGateway(), await storedGateway()];
    await expect(repository.createGateway(gateway({ name: first.name }))).rejects.toMatchObject({ code: "conflict" });
    await expect(repository.updateGateway(second, { ...second, name: first.name })).rejects.toThrow(/named/);
    const renamed = await repository.updateGateway(first, { ...first, name: "renamed" });
    expect(renamed).toMatchObject({ name: "renamed", version: 2 });
    await repository.updateGateway(second, { ...second, name: first.name });
  });

  test("is changed by one of two writers who have read the same version", async () => {
    const record = await storedGateway();
    const change = (description: string) => repository.updateGateway(record, { ...record, description });
    const outcomes = await Promise.allSettled([change("a"), change("b")]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect((await repository.getGateway(record.gatewayId))?.version).toBe(2);
  });

  test("can't be deleted while it has targets, and frees its name when it is", async () => {
    const record = await storedGateway();
    const itsTarget = target(record.gatewayId);
    await repository.createTarget(itsTarget, tools(1, "x"));
    const current = async () => (await repository.getGateway(record.gatewayId)) ?? record;
    await expect(repository.deleteGateway(await current())).rejects.toThrow(/still has targets/);
    await repository.deleteTarget(itsTarget);
    await repository.deleteGateway(await current());
    expect(await repository.getGateway(record.gatewayId)).toBeUndefined();
    expect(await repository.loadGateway(record.gatewayId)).toBeUndefined();
    await repository.createGateway(gateway({ name: record.name }));
  });

  test("is listed page by page", async () => {
    const ids = new Set([await storedGateway(), await storedGateway(), await storedGateway()].map((g) => g.gatewayId));
    const seen: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await repository.listGateways({ maxResults: 2, nextToken });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ gatewayId }) => gatewayId));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining([...ids]));
  });

  test("isn't listed from a token that no list has answered", async () => {
    await Promise.all([storedGateway(), storedGateway()]);
    const { nextToken = "" } = await repository.listGateways({ maxResults: 1 });
    const token = JSON.parse(Buffer.from(nextToken, "base64url").toString());
    const forged = [{ ...token, key: { pk: "x" } }, { ...token, key: {} }, { ...token, scope: "x" }, {}, []];
    const texts = forged.map((value) => Buffer.from(JSON.stringify(value)).toString("base64url"));
    for (const text of [...texts, "", "no JSON"]) {
      await expect(repository.listGateways({ nextToken: text })).rejects.toMatchObject({ code: "validation" });
    }
  });
});

describe("a target", () => {
  test("changes its gateway's version with its every change", async () => {
    const { gatewayId } = await storedGateway();
    const version = async () => (await repository.versions(gatewayId))?.gatewayVersion;
    const record = target(gatewayId);
    await repository.createTarget(record);
    expect(await version()).toBe(2);
    await repository.putTools(record, { status: "READY", tools: tools(1, "x") });
    expect(await version()).toBe(3);
    await repository.deleteTarget(record);
    expect(await version()).toBe(4);
  });

  test("takes 1,000 tools at once and replaces them, leaving none behind", async () => {
    const { gatewayId } = await storedGateway();
    const record = target(gatewayId);
    const before = tools(1000, "before");
    await repository.createTarget(record, before);
    const loaded = await repository.loadGateway(gatewayId);
    expect(loaded?.targets[0]?.tools).toEqual(before);
    await repository.putTools(record, { status: "READY", tools: tools(3, "after"), lastSynchronizedAt: time });
    expect(await repository.getTools(gatewayId, record.targetId)).toEqual(tools(3, "after"));
    expect((await repository.loadGateway(gatewayId))?.targets).toMatchObject([
      { targetId: record.targetId, lastSynchronizedAt: time, tools: { length: 3 } },
    ]);
    await repository.deleteTarget(record);
    expect((await repository.loadGateway(gatewayId))?.targets).toEqual([]);
  });

  test("is given back what is kept with its tools, where there is room for it", async () => {
    const { gatewayId } = await storedGateway();
    const record = target(gatewayId);
    const typesOf = (name: string) => [`types of ${name}`, "x".repeat(380_000), undefined];
    const own = configRepository({ client: database.client, table: database.tables.config, typesOf });
    await own.createTarget(record, tools(3, "typed"));
    const read = (await repository.loadGateway(gatewayId))?.targets[0]?.tools ?? [];
    expect(read.map((tool) => tool[cedarTypes])).toEqual([`types of ${record.name}`, undefined, undefined]);
    expect(JSON.parse(JSON.stringify(read))).toEqual(tools(3, "typed"));
  });

  test("keeps what it offers beside tools, whatever its size, as long as its tools", async () => {
    const { gatewayId } = await storedGateway();
    const record = target(gatewayId);
    const features: TargetFeatures = {
      prompts: [{ name: "long", description: "ü\u{1f600}\ud800".repeat(50_000), arguments: [{ name: "a" }] }],
      resources: [],
      completions: true,
    };
    const stored = async () => (await repository.loadGateway(gatewayId))?.targets[0]?.features;
    const items = async () => {
      const { Items = [] } = await database.client.send(new ScanCommand({ TableName: database.tables.config }));
      return Items.filter(({ sk }) => String(sk).startsWith(`FEATURES#${record.targetId}#`)).length;
    };
    const put = async (prefix: string, beside?: TargetFeatures) => {
      const before = await repository.getCatalogue(gatewayId, record.targetId);
      if (before === undefined) throw new Error("There is no such target.");
      const change = { ...approved(tools(1, prefix)), target: { status: "READY" as const } };
      await repository.putCatalogue(before, { ...change, ...(beside === undefined ? {} : { features: beside }) });
    };
    await repository.createTarget(record, tools(1, "x"));
    expect(await stored()).toBeUndefined();
    await put("y", features);
    expect(await stored()).toEqual(features);
    expect(await items()).toBeGreaterThan(1);
    await repository.putTools(record, { status: "SYNCHRONIZE_UNSUCCESSFUL", statusReasons: ["The server is away."] });
    expect(await stored()).toEqual(features);
    await put("accepted");
    expect(await stored()).toEqual(features);
    await put("z", { prompts: [] });
    expect(await stored()).toEqual({ prompts: [] });
    expect(await items()).toBe(1);
    // Another configuration, another target: nothing of the old one is offered.
    await repository.updateTarget(record, { ...record, updatedAt: "2026-11-22T12:00:01.000Z" }, []);
    expect(await stored()).toBeUndefined();
    expect(await items()).toBe(0);
  });

  test("keeps its tools when reading them has failed", async () => {
    const { gatewayId } = await storedGateway();
    const record = target(gatewayId);
    await repository.createTarget(record, tools(2, "kept"));
    await repository.putTools(record, { status: "SYNCHRONIZE_UNSUCCESSFUL", statusReasons: ["The server is away."] });
    expect((await repository.loadGateway(gatewayId))?.targets).toMatchObject([
      { status: "SYNCHRONIZE_UNSUCCESSFUL", statusReasons: ["The server is away."], tools: { length: 2 } },
    ]);
  });

  test("never shows the tools of one state with the configuration of another (T16)", async () => {
    const { gatewayId } = await storedGateway();
    const record = target(gatewayId);
    await repository.createTarget(record, tools(40, "generation 0"));
    let writing = true;
    const write = async () => {
      for (let generation = 1; generation <= 10; generation++) {
        const current = (await repository.getTarget(gatewayId, record.targetId)) ?? record;
        const statusReasons = [`generation ${generation}`];
        await repository.putTools(current, {
          status: "READY",
          statusReasons,
          tools: tools(40, `generation ${generation}`),
        });
      }
      writing = false;
    };
    const look = async () => {
      while (writing) {
        const seen = (await repository.loadGateway(gatewayId))?.targets[0];
        const expected = seen?.statusReasons?.[0] ?? "generation 0";
        expect(seen?.tools.map(({ description }) => description)).toEqual(Array(40).fill(expected));
      }
    };
    await Promise.all([write(), look(), look()]);
  });

  test("doesn't take the tools of a configuration that it no longer has", async () => {
    const { gatewayId } = await storedGateway();
    const record = target(gatewayId);
    await repository.createTarget(record, tools(1, "old"));
    await repository.updateTarget(record, { ...record, updatedAt: "2026-11-22T12:00:01.000Z" }, tools(1, "new"));
    await expect(repository.putTools(record, { status: "READY", tools: tools(1, "late") })).rejects.toMatchObject({
      code: "conflict",
    });
    expect(await repository.getTools(gatewayId, record.targetId)).toEqual(tools(1, "new"));
  });

  test("shares its name with no other of its gateway, but with those of others", async () => {
    const [first, second] = [await storedGateway(), await storedGateway()];
    await repository.createTarget(target(first.gatewayId, { name: "same" }));
    await repository.createTarget(target(second.gatewayId, { name: "same" }));
    await expect(repository.createTarget(target(first.gatewayId, { name: "same" }))).rejects.toThrow(/named same/);
  });

  test("needs a gateway that exists", async () => {
    await expect(repository.createTarget(target("nowhere-0123456789"))).rejects.toThrow(/nowhere/);
  });

  test("is created 16 times at once without a loss", async () => {
    const { gatewayId } = await storedGateway();
    await Promise.all(Array.from({ length: 16 }, () => repository.createTarget(target(gatewayId), tools(2, "x"))));
    expect((await repository.listTargets(gatewayId)).items).toHaveLength(16);
    expect((await repository.versions(gatewayId))?.gatewayVersion).toBe(17);
  });
});

describe("a policy engine", () => {
  test("changes its version with its every policy, and loads those in force", async () => {
    const record = engine();
    const { policyEngineId } = record;
    await repository.createPolicyEngine(record);
    const [active, failed] = [policy(policyEngineId), policy(policyEngineId, { status: "CREATE_FAILED" })];
    await repository.createPolicy(record, active);
    await expect(repository.createPolicy(record, failed)).rejects.toMatchObject({ code: "conflict" });
    await repository.createPolicy({ ...record, version: 2 }, failed);
    expect(await repository.loadPolicyEngine(policyEngineId)).toEqual({
      engine: { ...record, version: 3 },
      policies: [active],
    });
    expect((await repository.listPolicies(policyEngineId)).items).toHaveLength(2);
  });

  test("is what its gateways' versions tell of, and can't be deleted while one uses it", async () => {
    const record = engine();
    await repository.createPolicyEngine(record);
    const { policyEngineArn: arn, policyEngineId: id } = record;
    const user = await storedGateway({ policyEngineConfiguration: { arn, mode: "ENFORCE" } });
    expect(await repository.gatewaysOfEngine(arn)).toEqual([user.gatewayId]);
    expect(await repository.versions(user.gatewayId)).toEqual({ gatewayVersion: 1, engine: { id, version: 2 } });
    await expect(repository.deletePolicyEngine(record)).rejects.toThrow(/used by a gateway/);
    const { policyEngineConfiguration: _, ...detached } = user;
    await repository.updateGateway(user, detached);
    expect(await repository.gatewaysOfEngine(arn)).toEqual([]);
    await expect(repository.deletePolicyEngine(record)).rejects.toThrow(/changed or deleted by somebody else/);
    await repository.deletePolicyEngine((await repository.getPolicyEngine(id)) ?? record);
    expect(await repository.getPolicyEngine(id)).toBeUndefined();
  });

  test("isn't attached in another state than the one that was checked", async () => {
    const record = engine();
    await repository.createPolicyEngine(record);
    await repository.createPolicy(record, policy(record.policyEngineId));
    const use = { policyEngineConfiguration: { arn: record.policyEngineArn, mode: "ENFORCE" as const } };
    const attach = (checkedEngineVersion: number) => repository.createGateway(gateway(use), { checkedEngineVersion });
    await expect(attach(1)).rejects.toMatchObject({ code: "conflict" });
    await attach(2);
  });

  test("that a gateway names but nobody has is a failure, not the absence of an engine", async () => {
    const missing = { arn: "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/gone-0123456789" };
    const use = { policyEngineConfiguration: { ...missing, mode: "ENFORCE" as const } };
    await expect(repository.createGateway(gateway(use))).rejects.toMatchObject({ code: "conflict" });
  });
});
