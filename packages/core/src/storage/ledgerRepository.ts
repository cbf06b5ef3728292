import { setTimeout as delay } from "node:timers/promises";
import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type DynamoDBDocumentClient,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/lib-dynamodb";
import {
  type ConfigurationChanged,
  type CredentialRequested,
  configurationChanged,
  credentialRequested,
  type ToolDecision,
  toolDecision,
} from "../observability/events.ts";
import { readable } from "./itemVersion.ts";

const day = 24 * 3_600;
/** Whoever asks who changed something, or who got a credential, mostly asks long after; there are few of them. */
const retentionSeconds = { decision: 90 * day, change: 400 * day, credential: 400 * day };
const maxBatch = 25;
const maxAttempts = 6;

/** Which decisions: of one gateway, from one moment (inclusive) to another (exclusive). */
export interface DecisionQuery {
  readonly gatewayId: string;
  readonly from: Date;
  readonly to: Date;
  /** Ends the reading with its reason, before the next request to the table. */
  readonly signal?: AbortSignal;
}

/** Which changes: from one moment (inclusive) to another (exclusive). */
export type ChangeQuery = Omit<DecisionQuery, "gatewayId">;

/** Which requests for credentials: for one agent, or, where none is named, those that did not come so far as to name one. */
export interface CredentialQuery extends ChangeQuery {
  readonly agent?: string;
}

/** The ledger: what was decided, kept for 90 days, and what was changed and who asked for credentials, kept for 400. */
export interface LedgerRepository {
  /**
   * Writes decisions, changes and requests for credentials. A row's key derives from its id, so writing it again changes nothing: delivery at
   * least once becomes an effect of exactly once.
   */
  put(rows: {
    readonly decisions?: readonly ToolDecision[];
    readonly changes?: readonly ConfigurationChanged[];
    readonly credentials?: readonly CredentialRequested[];
  }): Promise<void>;
  /** Decisions in the order of time. */
  decisions(query: DecisionQuery): AsyncIterable<ToolDecision>;
  /** Changes of the configuration in the order of time. */
  changes(query: ChangeQuery): AsyncIterable<ConfigurationChanged>;
  /** Changes of one resource, in the order of time; one that was made a moment ago may not be there yet. */
  changesOf(resource: string): AsyncIterable<ConfigurationChanged>;
  /** Requests for credentials in the order of time. */
  credentials(query: CredentialQuery): AsyncIterable<CredentialRequested>;
}

/** The ledger in its table: a partition a gateway and hour, a row a decision; a partition a day, a row a change; a partition an agent and hour, a row a request for a credential. */
export function ledgerRepository({
  client,
  table,
}: {
  client: DynamoDBDocumentClient;
  table: string;
}): LedgerRepository {
  async function writeBatch(items: readonly Item[]): Promise<void> {
    let pending: BatchWriteCommandInput["RequestItems"] = {
      [table]: items.map((item) => ({ PutRequest: { Item: item } })),
    };
    for (let attempt = 1; pending !== undefined && Object.keys(pending).length > 0; attempt++) {
      if (attempt > maxAttempts) throw new Error("The ledger did not take every row.");
      if (attempt > 1) await delay(Math.random() * 50 * 2 ** attempt);
      ({ UnprocessedItems: pending } = await client.send(new BatchWriteCommand({ RequestItems: pending })));
    }
  }

  async function* rows(input: Omit<QueryCommandInput, "TableName">, signal?: AbortSignal): AsyncGenerator<Item> {
    let start: Item | undefined;
    do {
      signal?.throwIfAborted();
      const from = start === undefined ? {} : { ExclusiveStartKey: start };
      const page = await client.send(new QueryCommand({ TableName: table, ...input, ...from }));
      yield* (page.Items ?? []).map(readable);
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  const partition = (pk: string, { from, to, signal }: ChangeQuery) =>
    rows(
      {
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
        ExpressionAttributeValues: { ":pk": pk, ":from": from.toISOString(), ":to": to.toISOString() },
        ConsistentRead: true,
      },
      signal,
    );

  return {
    async put({ decisions = [], changes = [], credentials = [] }) {
      const items = [...decisions.map(decisionItem), ...changes.map(changeItem), ...credentials.map(credentialItem)];
      // A batch may not name a key twice, and a redelivered event can stand beside its first delivery.
      const unique = [...new Map(items.map((item) => [`${item.pk}#${item.sk}`, item])).values()];
      for (let index = 0; index < unique.length; index += maxBatch) {
        await writeBatch(unique.slice(index, index + maxBatch));
      }
    },
    async *decisions(query) {
      for (const hour of starts(query, 3_600)) {
        for await (const item of partition(decisionsPartition(query.gatewayId, hour), query)) {
          yield decisionOf(item);
        }
      }
    },
    async *changes(query) {
      for (const start of starts(query, day)) {
        for await (const item of partition(changesPartition(start), query)) yield changeOf(item);
      }
    },
    async *changesOf(resource) {
      const found = rows({
        IndexName: "byKind",
        KeyConditionExpression: "gsi1pk = :resource",
        ExpressionAttributeValues: { ":resource": `RESOURCE#${resource}` },
      });
      for await (const item of found) yield changeOf(item);
    },
    async *credentials(query) {
      for (const hour of starts(query, 3_600)) {
        for await (const item of partition(credentialsPartition(query.agent, hour), query)) yield credentialOf(item);
      }
    },
  };
}

type Item = Record<string, unknown>;

/** The beginnings of the hours or days that a time range touches, as ISO 8601. */
function* starts({ from, to }: ChangeQuery, seconds: number): Generator<string> {
  const step = seconds * 1_000;
  for (let time = Math.floor(from.getTime() / step) * step; time < to.getTime(); time += step) {
    yield new Date(time).toISOString();
  }
}

function decisionItem(decision: ToolDecision): Item {
  // What the keys say is not said again: a row of more than 1 KB costs twice as much, in the table and in the index.
  const { time, decisionId, sessionId, ...rest } = decision;
  const sk = `${time}#${decisionId}`;
  return {
    pk: decisionsPartition(decision.gateway.id, time),
    sk,
    // As text: a map of typed attributes is larger, and takes twice as long to write.
    decision: JSON.stringify(rest),
    expiresAt: expiry(time, retentionSeconds.decision),
    ...(sessionId === undefined ? {} : { gsi1pk: `${sessionPrefix}${sessionId}`, gsi1sk: sk }),
  };
}

function decisionOf({ sk, gsi1pk, decision }: Item): ToolDecision {
  const [time, decisionId] = String(sk).split("#");
  const session = gsi1pk === undefined ? {} : { sessionId: String(gsi1pk).slice(sessionPrefix.length) };
  return toolDecision.parse({ ...JSON.parse(String(decision)), time, decisionId, ...session });
}

/** What the partition of a session in the index begins with. */
const sessionPrefix = "SESSION#";

function changeItem(change: ConfigurationChanged): Item {
  const { time, changeId, resource } = change;
  const sk = `${time}#${changeId}`;
  return {
    pk: changesPartition(time),
    sk,
    gsi1pk: `RESOURCE#${resource}`,
    gsi1sk: sk,
    change: JSON.stringify(change),
    expiresAt: expiry(time, retentionSeconds.change),
  };
}

function changeOf(item: Item): ConfigurationChanged {
  return configurationChanged.parse(JSON.parse(String(item.change)));
}

function credentialItem(credential: CredentialRequested): Item {
  const { time, credentialRequestId, agent } = credential;
  return {
    pk: credentialsPartition(agent, time),
    sk: `${time}#${credentialRequestId}`,
    credential: JSON.stringify(credential),
    expiresAt: expiry(time, retentionSeconds.credential),
  };
}

function credentialOf(item: Item): CredentialRequested {
  return credentialRequested.parse(JSON.parse(String(item.credential)));
}

function expiry(time: string, seconds: number): number {
  return Math.floor(Date.parse(time) / 1_000) + seconds;
}

function credentialsPartition(agent = "", time: string): string {
  return `CREDENTIALS#${agent}#${time.slice(0, 13)}`;
}

function decisionsPartition(gatewayId: string, time: string): string {
  return `DECISIONS#${gatewayId}#${time.slice(0, 13)}`;
}

function changesPartition(time: string): string {
  return `CHANGES#${time.slice(0, 10)}`;
}
