import { hash } from "node:crypto";
import { type DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { createSnapshots, freshMilliseconds } from "@gatehouse/core/gateway/snapshot.ts";
import type { ToolDecision } from "@gatehouse/core/observability/events.ts";
import { entryOf } from "@gatehouse/core/observability/publisher.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import { compaction } from "@gatehouse/core/storage/counts/compaction.ts";
import { effectOfDecision } from "@gatehouse/core/storage/ledgerRepository.ts";
import { outboxRepository } from "@gatehouse/core/storage/outboxRepository.ts";
import { mergedEvery, recordRepository } from "@gatehouse/core/storage/recordRepository.ts";
import { startTestDatabase } from "@gatehouse/core/storage/testing.ts";
import { type Consumption, watchCapacity } from "./capacity.ts";
import { type ExampleDecision, exampleDecision, exampleEngine, exampleGateway } from "./example.ts";
import { itemBytes, storedBytes } from "./items.ts";

/** What one decision leaves behind. */
export interface DecisionFootprint {
  /** Its event on the bus, in bytes. */
  readonly eventBytes: number;
  /** Its message in the queue, in bytes: the event in EventBridge's envelope. */
  readonly messageBytes: number;
  /** Its row in the ledger, in bytes, and what that takes up in storage: in the table, and in each index it is in. */
  readonly itemBytes: number;
  readonly storedBytes: number;
  /** Write units of its row in the ledger. */
  readonly rowUnits: number;
  /** Write units of the ledger's table, its session's counters included, and of each of its indexes. */
  readonly writeUnits: number;
  readonly indexUnits: Readonly<Record<string, number>>;
}

/** Write units of counting what a batch tells of one gateway, its share of merging included: of the block, and each event. */
export interface CountingFootprint {
  readonly block: number;
  readonly event: number;
}

/** A read by which a gateway function asks whether its snapshot is still current. */
export interface VersionRead {
  readonly units: number;
  /** Whose item it is: one gateway's, or an engine's, which all its gateways read. */
  readonly of: "gateway" | "engine";
}

/** What governed requests do to the services around, found by running the code that does it against a database engine. */
export interface Footprint {
  readonly decisions: {
    readonly "tools/call": DecisionFootprint;
    readonly "tools/list": DecisionFootprint;
  };
  readonly counting: CountingFootprint;
  /** The reads of one look for changes. */
  readonly versionReads: readonly VersionRead[];
  /** How many items each version is in; a look for changes reads one of them. */
  readonly itemsPerVersion: number;
  /** How many partition keys of the ledger the decisions of one gateway in one second are spread over. */
  readonly keysPerGateway: number;
  /** How long a decision is kept, in seconds. */
  readonly retentionSeconds: number;
  /** Write units of an event that takes the outbox, all of whose events have one partition key. */
  readonly outboxUnits: number;
}

/** What a footprint depends on. */
export interface FootprintOptions {
  readonly tools: number;
  readonly hasSession: boolean;
}

const date = "2026-01-01";
const time = new Date(`${date}T12:00:00.000Z`);
type Tables = Parameters<typeof recordRepository>[0]["tables"];
const bus = "gatehouse-production-bus";

/** Makes decisions, records them and reads versions as the functions do. Takes a few seconds. */
export async function measureFootprint({ tools, hasSession }: FootprintOptions): Promise<Footprint> {
  const database = await startTestDatabase();
  const { client, tables } = database;
  const consumptions = watchCapacity(client);
  try {
    const example = { tools, hasSession, time };
    const call = await measureDecision(client, tables, { ...example, method: "tools/call" }, consumptions);
    const list = await measureDecision(client, tables, { ...example, method: "tools/list" }, consumptions);
    return {
      decisions: { "tools/call": call.footprint, "tools/list": list.footprint },
      counting: await measureCounting(client, tables, { ...example, method: "tools/call" }, consumptions),
      versionReads: await measureVersionReads(client, tables.config, consumptions),
      itemsPerVersion: 1,
      keysPerGateway: await countKeys(client, tables),
      retentionSeconds: Number(call.item.expiresAt) - time.getTime() / 1_000,
      outboxUnits: await measureOutbox(client, tables.ledger, consumptions),
    };
  } finally {
    await database.stop();
  }
}

/** What is written in a transaction takes as many units once more (DynamoDB, "Capacity management for transactions"). */
const transactionFactor = 2;

async function measureDecision(
  client: DynamoDBDocumentClient,
  tables: Tables,
  example: ExampleDecision,
  consumptions: readonly Consumption[],
) {
  const repository = recordRepository({ client, tables });
  // The first of its kind leaves marks as well, which those after it find there.
  await repository.put([effectOfDecision(exampleDecision(example))]);
  const decision = exampleDecision(example);
  const since = consumptions.length;
  await repository.put([effectOfDecision(decision)]);
  const written = consumptions.slice(since);
  const ledger = written.find(({ table }) => table === tables.ledger);
  if (ledger === undefined) throw new Error("Recording a decision wrote nothing.");
  const item = (await rows(client, tables.ledger)).find(({ sk }) => String(sk).endsWith(decision.decisionId));
  if (item === undefined) throw new Error("A recorded decision is not in the ledger.");
  const entry = entryOf({ type: "ToolDecision", detail: decision }, bus);
  const { tableUnits: writeUnits, indexUnits } = ledger;
  const footprint: DecisionFootprint = {
    eventBytes: [entry.Source, entry.DetailType, entry.Detail].reduce(
      (sum, text) => sum + Buffer.byteLength(text ?? ""),
      0,
    ),
    messageBytes: Buffer.byteLength(JSON.stringify(envelope(decision))),
    itemBytes: itemBytes(item),
    storedBytes: storedBytes(item),
    rowUnits: transactionFactor * Math.ceil(itemBytes(item) / 1_024),
    writeUnits,
    indexUnits,
  };
  return { item, footprint };
}

/** As many blocks as are merged twice. */
const countedBlocks = 64;
/** How many decisions a block is made larger by, and how many users and tools they are about. */
const moreDecisions = 40;
const combinations = 30;

/** Records many batches of one day, small and large, merges them as `record` does, and shares out what it took. */
async function measureCounting(
  client: DynamoDBDocumentClient,
  tables: Tables,
  example: ExampleDecision,
  consumptions: readonly Consumption[],
): Promise<CountingFootprint> {
  const { merge } = compaction({ client, table: tables.aggregates });
  const repository = recordRepository({ client, tables, drawMerge: () => false });
  const unitsOfBlock = async (scope: string, decisions: number) => {
    const since = consumptions.length;
    for (let block = 0; block < countedBlocks; block++) {
      const minutes = block * 5 * 60_000;
      const made = Array.from({ length: decisions }, (_, index) => {
        const decision = exampleDecision({ ...example, time: new Date(time.getTime() + (minutes % 36_000_000)) });
        const combination = (block + index) % combinations;
        const { gateway, principal, tool = "", durationMicroseconds } = decision;
        return effectOfDecision({
          ...decision,
          gateway: { ...gateway, id: scope },
          // Names that have as little in common as users' have.
          principal: { ...principal, id: hash("sha256", String(combination)).slice(0, 32) },
          tool: `${tool}${combination % 10}`,
          durationMicroseconds: durationMicroseconds + index,
        });
      });
      await repository.put(made);
      if (block % mergedEvery === mergedEvery - 1) await merge({ cube: "decisions", scope, date });
    }
    const written = consumptions.slice(since).filter(({ table }) => table === tables.aggregates);
    return written.reduce((sum, { tableUnits }) => sum + tableUnits, 0) / countedBlocks;
  };
  const small = await unitsOfBlock("claims-small", 1);
  const event = ((await unitsOfBlock("claims-large", 1 + moreDecisions)) - small) / moreDecisions;
  return { block: small - event, event };
}

/** An event as EventBridge delivers it. */
function envelope(detail: ToolDecision) {
  return {
    version: "0",
    id: detail.decisionId,
    "detail-type": "ToolDecision",
    source: "gatehouse.gateway",
    account: "123456789012",
    time: detail.time.replace(/\.\d+/, ""),
    region: "us-east-1",
    resources: [],
    detail,
  };
}

/** What a warm function reads for a gateway whose snapshot is too old to be used unasked, and whose items these are. */
async function measureVersionReads(
  client: DynamoDBDocumentClient,
  table: string,
  consumptions: readonly Consumption[],
): Promise<VersionRead[]> {
  const repository = configRepository({ client, table });
  const engine = exampleEngine("claims_policies-k9l8m7n6o5");
  await repository.createPolicyEngine(engine);
  const reads = [];
  for (const id of ["claims-a1b2c3d4e5", "refunds-f6g7h8i9j0"]) {
    await repository.createGateway(exampleGateway(id, engine.policyEngineId));
    let now = 0;
    const snapshots = createSnapshots({ repository, now: () => now });
    await snapshots.get(id);
    now = freshMilliseconds;
    const since = consumptions.length;
    await snapshots.get(id);
    reads.push(consumptions.slice(since));
  }
  const [first = [], second = []] = reads;
  const shared = new Set(second.map(({ partition }) => partition));
  return first.map(({ tableUnits, partition }) => ({
    units: tableUnits,
    of: shared.has(partition) ? "engine" : "gateway",
  }));
}

async function measureOutbox(
  client: DynamoDBDocumentClient,
  table: string,
  consumptions: readonly Consumption[],
): Promise<number> {
  const detail = exampleDecision({ method: "tools/call", tools: 0, hasSession: true, time });
  const since = consumptions.length;
  await outboxRepository({ client, table }).add(entryOf({ type: "ToolDecision", detail }, bus));
  return consumptions[since]?.tableUnits ?? 0;
}

/** Decisions of one second, many more than anybody would spread them over. */
async function countKeys(client: DynamoDBDocumentClient, tables: Tables): Promise<number> {
  const decisions = Array.from({ length: 500 }, (_, index) =>
    exampleDecision({ method: "tools/call", tools: 0, hasSession: false, time: new Date(time.getTime() + index * 2) }),
  );
  await recordRepository({ client, tables }).put(decisions.map(effectOfDecision));
  const partitions = (await rows(client, tables.ledger)).map(({ pk }) => String(pk));
  const own = `DECISIONS#${decisions[0]?.gateway.id}#`;
  return new Set(partitions.filter((partition) => partition.startsWith(own))).size;
}

async function rows(client: DynamoDBDocumentClient, table: string): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
  return Items;
}
