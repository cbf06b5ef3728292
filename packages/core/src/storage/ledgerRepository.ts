import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import { occurrenceOfDecision } from "../observability/cubes.ts";
import {
  type ConfigurationChanged,
  type CredentialRequested,
  configurationChanged,
  credentialRequested,
  type ToolDecision,
  toolDecision,
} from "../observability/events.ts";
import type { Effect, Item } from "./effect.ts";
import { readable } from "./itemVersion.ts";
import { keyPart } from "./keyPart.ts";
import { packed, unpacked } from "./packed.ts";
import { daysKept, expiry } from "./retention.ts";
import { activityOf, sessionMarks } from "./sessionItems.ts";

const day = 24 * 3_600;

/** Which decisions: of one gateway, from one moment (inclusive) to another (exclusive). */
export interface DecisionQuery {
  readonly gatewayId: string;
  readonly from: Date;
  readonly to: Date;
  /** Whether the latest come first. */
  readonly descending?: boolean;
  /** Ends the reading with its reason, before the next request to the table. */
  readonly signal?: AbortSignal;
}

/** Which changes: from one moment (inclusive) to another (exclusive). */
export type ChangeQuery = Omit<DecisionQuery, "gatewayId">;

/** Which requests for credentials: for one agent, or, where none is named, those that did not come so far as to name one. */
export interface CredentialQuery extends ChangeQuery {
  readonly agent?: string;
}

/** Reads the ledger: what was decided, kept for 90 days, and what was changed and who asked for credentials, kept for 400. */
export interface LedgerRepository {
  /** Decisions in the order of time, or against it. */
  decisions(query: DecisionQuery): AsyncIterable<ToolDecision>;
  /** Decisions of a session in the order of time; one that fell a moment ago may not be there yet. */
  decisionsOfSession(sessionId: string): AsyncIterable<ToolDecision>;
  /** Decisions about the calls of a trace that the gateway's spans tell of. */
  decisionsOfTrace(traceId: string): AsyncIterable<ToolDecision>;
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

  const partition = (pk: string, { from, to, descending = false, signal }: ChangeQuery) =>
    rows(
      {
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
        ExpressionAttributeValues: { ":pk": pk, ":from": from.toISOString(), ":to": to.toISOString() },
        ConsistentRead: true,
        ScanIndexForward: !descending,
      },
      signal,
    );

  const kind = (pk: string) =>
    rows({
      IndexName: "byKind",
      KeyConditionExpression: "gsi1pk = :pk",
      ExpressionAttributeValues: { ":pk": pk },
    });

  async function* decisions(query: DecisionQuery): AsyncGenerator<ToolDecision> {
    for (const hour of starts(query, 3_600)) {
      for await (const item of partition(decisionsPartition(query.gatewayId, hour), query)) yield decisionOf(item);
    }
  }

  return {
    decisions,
    async *decisionsOfSession(sessionId) {
      for await (const item of kind(`${sessionPrefix}${keyPart(sessionId)}`)) yield decisionOf(item);
    },
    async *decisionsOfTrace(traceId) {
      const seen = new Set<string>();
      const spans = rows({
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :gateway)",
        ExpressionAttributeValues: { ":pk": `TRACE#${traceId}`, ":gateway": "SPAN#gateway#" },
      });
      for await (const { gsi1pk, gsi1sk, answeredAt } of spans) {
        if (gsi1pk === undefined) continue;
        // While the request was under way: a time that few decisions of its gateway fall into.
        const [, gatewayId = ""] = String(gsi1pk).split("#");
        const from = new Date(String(gsi1sk).split("#")[0] ?? "");
        for await (const decision of decisions({ gatewayId, from, to: new Date(String(answeredAt)) })) {
          if (decision.traceId !== traceId || seen.has(decision.decisionId)) continue;
          seen.add(decision.decisionId);
          yield decision;
        }
      }
    },
    async *changes(query) {
      for (const start of starts(query, day)) {
        for await (const item of partition(changesPartition(start), query)) yield changeOf(item);
      }
    },
    async *changesOf(resource) {
      for await (const item of kind(`RESOURCE#${resource}`)) yield changeOf(item);
    },
    async *credentials(query) {
      for (const hour of starts(query, 3_600)) {
        for await (const item of partition(credentialsPartition(query.agent, hour), query)) yield credentialOf(item);
      }
    },
  };
}

/** The beginnings of the hours or days that a time range touches, as ISO 8601. */
function* starts({ from, to, descending = false }: ChangeQuery, seconds: number): Generator<string> {
  const step = seconds * 1_000;
  const first = Math.floor(from.getTime() / step);
  const count = Math.max(0, Math.ceil(to.getTime() / step) - first);
  for (let index = 0; index < count; index++) {
    yield new Date((first + (descending ? count - 1 - index : index)) * step).toISOString();
  }
}

/** What follows from a decision. */
export function effectOfDecision(decision: ToolDecision): Effect {
  const { time, sessionId, agent } = decision;
  const at = Date.parse(time);
  const denials = decision.decision === "DENY" ? 1 : 0;
  return {
    row: decisionItem(decision),
    occurrences: [occurrenceOfDecision(decision)],
    increments: sessionId === undefined ? [] : activityOf(sessionId, at, { decisions: 1, denials }),
    marks: sessionId === undefined ? [] : sessionMarks(sessionId, at, { gateway: decision.gateway.id, agent }),
  };
}

/** What follows from a change: it is kept, and not counted. */
export function effectOfChange(change: ConfigurationChanged): Effect {
  return { row: changeItem(change), occurrences: [], increments: [], marks: [] };
}

/** What follows from a request for a credential. */
export function effectOfCredential(credential: CredentialRequested): Effect {
  return { row: credentialItem(credential), occurrences: [], increments: [], marks: [] };
}

function decisionItem(decision: ToolDecision): Effect["row"] {
  // What the keys say is not said again: a row of more than 1 KB costs twice as much, in the table and in the index.
  const { time, decisionId, sessionId, ...rest } = decision;
  const sk = `${time}#${decisionId}`;
  // A session that is no key is said in the text.
  const isKey = sessionId !== undefined && sessionId !== "" && keyPart(sessionId) === sessionId;
  return {
    pk: decisionsPartition(decision.gateway.id, time),
    sk,
    decision: packed(isKey || sessionId === undefined ? rest : { ...rest, sessionId }),
    expiresAt: expiry(time, daysKept.decisions),
    ...indexKeys(decision, sk),
  };
}

/** A decision is found by its session as well, where it has one. */
function indexKeys({ sessionId }: ToolDecision, gsi1sk: string): Item {
  return sessionId === undefined || sessionId === "" ? {} : { gsi1pk: `${sessionPrefix}${keyPart(sessionId)}`, gsi1sk };
}

function decisionOf({ sk, gsi1pk = "", decision }: Item): ToolDecision {
  const [time, decisionId] = String(sk).split("#");
  const kind = String(gsi1pk);
  const session = kind.startsWith(sessionPrefix) ? { sessionId: kind.slice(sessionPrefix.length) } : {};
  return toolDecision.parse({ ...session, ...(unpacked(decision) as object), time, decisionId });
}

/** What the partition of a session in the index begins with. */
const sessionPrefix = "SESSION#";

function changeItem(change: ConfigurationChanged): Effect["row"] {
  const { time, changeId, resource } = change;
  const sk = `${time}#${changeId}`;
  return {
    pk: changesPartition(time),
    sk,
    gsi1pk: `RESOURCE#${resource}`,
    gsi1sk: sk,
    change: JSON.stringify(change),
    expiresAt: expiry(time, daysKept.changes),
  };
}

function changeOf(item: Item): ConfigurationChanged {
  return configurationChanged.parse(JSON.parse(String(item.change)));
}

function credentialItem(credential: CredentialRequested): Effect["row"] {
  const { time, credentialRequestId, agent } = credential;
  return {
    pk: credentialsPartition(agent, time),
    sk: `${time}#${credentialRequestId}`,
    credential: JSON.stringify(credential),
    expiresAt: expiry(time, daysKept.credentials),
  };
}

function credentialOf(item: Item): CredentialRequested {
  return credentialRequested.parse(JSON.parse(String(item.credential)));
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
