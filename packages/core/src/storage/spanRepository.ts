import { type DynamoDBDocumentClient, paginateQuery, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import { occurrenceOfSpan } from "../observability/cubes.ts";
import type { SpansRecorded } from "../observability/events.ts";
import type { SpanFacts } from "../observability/facts.ts";
import { type PackedSpan, unpackSpan } from "../observability/spans/pack.ts";
import type { Span } from "../observability/spans/span.ts";
import type { Effect, Item } from "./effect.ts";
import { readable } from "./itemVersion.ts";
import { keyPart } from "./keyPart.ts";
import { activityOf, sessionMarks } from "./sessionItems.ts";

/** A span as the ledger has it. */
export interface RecordedSpan {
  /** Who told of it: the gateway itself, or an agent's code by OTLP. */
  readonly source: "gateway" | "agent";
  /** Which agent's credentials it came with. */
  readonly sender?: string;
  readonly span: Span;
}

/** A call of the gateway that its own span tells of. */
export interface RecordedCall {
  readonly decisionId: string;
  readonly traceId: string;
  readonly spanId: string;
  /** When the request came, ISO 8601. */
  readonly time: string;
}

/** What is known of a session from the counters beside it. */
export interface SessionSummary {
  readonly sessionId: string;
  /** The first and the last minute in which anything happened, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly gateways: readonly string[];
  /** At most a hundred of them. */
  readonly agents: readonly string[];
  readonly decisions: number;
  readonly denials: number;
  readonly modelCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoDollars: number;
  /** Spans that tell of an error; a refusal of the gate is a denial, and no error. */
  readonly errors: number;
}

/** From one moment (inclusive) to another (exclusive). */
interface Range {
  readonly from: Date;
  readonly to: Date;
  readonly signal?: AbortSignal;
}

/** Reads spans and sessions from the ledger. */
export interface SpanRepository {
  /** The spans of a trace in the order of their beginning. */
  trace(traceId: string): Promise<readonly RecordedSpan[]>;
  /** Whether the ledger has the gateway's own span of this id. */
  hasGatewaySpan(traceId: string, spanId: string): Promise<boolean>;
  /** The sessions that a trace belongs to: mostly one. */
  sessionsOf(traceId: string): Promise<readonly string[]>;
  /** The traces of a session, by the minute in which they began. */
  tracesOf(sessionId: string): Promise<readonly string[]>;
  /** Calls that the gateway's spans tell of, by when they came. */
  calls(query: Range & { readonly gatewayId: string }): AsyncIterable<RecordedCall>;
  /** What is known of a session, if anything is. */
  session(sessionId: string): Promise<SessionSummary | undefined>;
  /** Sessions in which anything happened within a range, the newest hour first. */
  sessions(query: Range): AsyncIterable<SessionSummary>;
}

const hour = 3_600_000;
const retentionSeconds = 90 * 86_400;
const maxAgents = 100;
/** How many sessions are read at a time. */
const readAtATime = 8;

/** Spans and sessions in the ledger's table: a partition a trace, and one a session. */
export function spanRepository({ client, table }: { client: DynamoDBDocumentClient; table: string }): SpanRepository {
  async function* rows(
    pk: string,
    [from, to]: readonly [string, string],
    { signal, ...input }: Partial<QueryCommandInput> & { signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<Item> {
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        KeyConditionExpression:
          input.IndexName === undefined
            ? "pk = :pk AND sk BETWEEN :from AND :to"
            : "gsi1pk = :pk AND gsi1sk BETWEEN :from AND :to",
        ExpressionAttributeValues: { ":pk": pk, ":from": from, ":to": to },
        ...input,
      },
    );
    for await (const { Items = [] } of pages) {
      signal?.throwIfAborted();
      yield* Items.map(readable);
    }
  }

  async function session(sessionId: string): Promise<SessionSummary | undefined> {
    const pk = sessionPartition(sessionId);
    const [hours, gateways, agents] = await Promise.all([
      Array.fromAsync(rows(pk, startingWith("HOUR#"))),
      Array.fromAsync(rows(pk, startingWith("GATEWAY#"))),
      Array.fromAsync(first(rows(pk, startingWith("AGENT#")), maxAgents)),
    ]);
    const minutes = hours.flatMap(({ sk, minutes }) => {
      const start = Date.parse(`${String(sk).slice("HOUR#".length)}:00Z`);
      return [...(minutes as ReadonlySet<number>)].map((index) => start + index * 60_000); // As written by `activityOf`.
    });
    if (minutes.length === 0) return undefined;
    const sum = (name: string) => hours.reduce((total, item) => total + Number(item[name] ?? 0), 0);
    return {
      sessionId,
      from: Math.min(...minutes),
      to: Math.max(...minutes),
      gateways: namesOf(gateways),
      agents: namesOf(agents),
      decisions: sum("decisions"),
      denials: sum("denials"),
      modelCalls: sum("modelCalls"),
      inputTokens: sum("inputTokens"),
      outputTokens: sum("outputTokens"),
      costNanoDollars: sum("costNanoDollars"),
      errors: sum("errors"),
    };
  }

  return {
    async trace(traceId) {
      const items = await Array.fromAsync(rows(tracePartition(traceId), startingWith("SPAN#")));
      return [...Map.groupBy(items, spanKeyOf).values()].flatMap(recordedSpan).sort(byBeginning);
    },
    async hasGatewaySpan(traceId, spanId) {
      const key = startingWith(`${spanKey({ source: "gateway" }, spanId)}#`);
      const input = { ProjectionExpression: "sk", Limit: 1 };
      return !(await rows(tracePartition(traceId), key, input).next()).done;
    },
    async sessionsOf(traceId) {
      return namesOf(await Array.fromAsync(rows(tracePartition(traceId), startingWith("SESSION#"))));
    },
    async tracesOf(sessionId) {
      return namesOf(await Array.fromAsync(rows(sessionPartition(sessionId), startingWith("TRACE#"))));
    },
    async *calls(query) {
      const range = [query.from.toISOString(), query.to.toISOString()] as const;
      for (const start of hoursOf(query)) {
        const index = { IndexName: "byKind", signal: query.signal };
        for await (const { pk, spanId, gsi1sk } of rows(callsPartition(query.gatewayId, start), range, index)) {
          const [time = "", decisionId = ""] = String(gsi1sk).split("#");
          yield { decisionId, traceId: String(pk).slice("TRACE#".length), spanId: String(spanId), time };
        }
      }
    },
    session,
    async *sessions(query) {
      const seen = new Set<string>();
      for (const start of hoursOf(query).reverse()) {
        const index = { IndexName: "byKind", signal: query.signal };
        const ids: string[] = [];
        for await (const { sessionId, minutes } of rows(`SESSIONS#${start}`, ["", "\uffff"], index)) {
          const id = String(sessionId);
          const times = [...(minutes as ReadonlySet<number>)].map(
            (index) => Date.parse(`${start}:00Z`) + index * 60_000,
          );
          const within = times.some((time) => time + 60_000 > query.from.getTime() && time < query.to.getTime());
          if (within && !seen.has(id)) ids.push(id);
          if (within) seen.add(id);
        }
        for (let index = 0; index < ids.length; index += readAtATime) {
          query.signal?.throwIfAborted();
          const found = await Promise.all(ids.slice(index, index + readAtATime).map(session));
          yield* found.filter((summary) => summary !== undefined).sort((a, b) => b.to - a.to);
        }
      }
    },
  };
}

/** What follows from a span, or a part of one. What agents tell of never counts as the gateway's, nor the other way round (T22). */
export function effectOfSpan(packed: PackedSpan, from: Pick<SpansRecorded, "source" | "sender">): Effect {
  const { traceId, spanId, sessionId, startTimeUnixNano, part, encoding, body } = packed;
  const time = Number(BigInt(startTimeUnixNano) / 1_000_000n);
  const facts =
    (from.source === "gateway") === (packed.facts?.type === "toolCall") || packed.facts === undefined
      ? packed.facts
      : undefined;
  const agent = facts?.agent;
  return {
    row: {
      pk: tracePartition(traceId),
      sk: `${spanKey(from, spanId)}#${part.index}`,
      spanId,
      source: from.source,
      ...(from.sender === undefined ? {} : { sender: from.sender }),
      parts: part.count,
      encoding,
      body,
      expiresAt: Math.floor(time / 1_000) + retentionSeconds,
      ...(facts?.type === "toolCall" ? callKeys(facts, time) : {}),
    },
    ...(facts === undefined ? {} : { occurrence: occurrenceOfSpan(facts, time) }),
    increments: sessionId === undefined || part.index > 0 ? [] : activityOf(sessionId, time, activityCounters(facts)),
    marks: sessionId === undefined ? [] : sessionMarks(sessionId, time, { traceId, agent }),
  };
}

function callKeys({ gatewayId, decisionId }: Extract<SpanFacts, { type: "toolCall" }>, time: number): Item {
  const at = new Date(time).toISOString();
  return { gsi1pk: callsPartition(gatewayId, at.slice(0, 13)), gsi1sk: `${at}#${decisionId}` };
}

function activityCounters(facts: SpanFacts | undefined): Record<string, number> {
  const errors = facts?.error === undefined || facts.error === "refused" ? 0 : 1;
  if (facts?.type !== "modelCall") return { errors };
  const { inputTokens, outputTokens, costNanoDollars = 0 } = facts;
  return { errors, modelCalls: 1, inputTokens, outputTokens, costNanoDollars };
}

/** Whoever sends a span is in its key: nobody's can take another's place (T04, T22). */
function spanKey({ source, sender }: Pick<SpansRecorded, "source" | "sender">, spanId: string): string {
  return `SPAN#${source}#${spanId}${sender === undefined ? "" : `#${keyPart(sender)}`}`;
}

function spanKeyOf({ sk }: Item): string {
  return String(sk).slice(0, String(sk).lastIndexOf("#"));
}

function recordedSpan(items: readonly Item[]): RecordedSpan[] {
  const parts = items.map(({ sk, parts, encoding, body }) => ({
    part: { index: Number(String(sk).slice(String(sk).lastIndexOf("#") + 1)), count: Number(parts) },
    encoding: encoding === "gzip" ? ("gzip" as const) : ("json" as const),
    body: String(body),
  }));
  const span = unpackSpan(parts);
  if (span === undefined) return [];
  const source = items[0]?.source === "gateway" ? "gateway" : "agent";
  const sender = items[0]?.sender;
  return [{ source, ...(sender === undefined ? {} : { sender: String(sender) }), span }];
}

function byBeginning({ span: a }: RecordedSpan, { span: b }: RecordedSpan): number {
  const difference = BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Each name once, in the order of its first mark. */
function namesOf(marks: readonly Item[]): string[] {
  return [...new Set(marks.map(({ name }) => String(name)))];
}

async function* first<T>(items: AsyncIterable<T>, count: number): AsyncGenerator<T> {
  let taken = 0;
  for await (const item of items) {
    yield item;
    if (++taken === count) return;
  }
}

/** The hours that a range touches, as ISO 8601 up to them. */
function hoursOf({ from, to }: Range): string[] {
  const start = Math.floor(from.getTime() / hour);
  const end = Math.ceil(to.getTime() / hour);
  return Array.from({ length: Math.max(0, end - start) }, (_, index) =>
    new Date((start + index) * hour).toISOString().slice(0, 13),
  );
}

function startingWith(prefix: string): [string, string] {
  return [prefix, `${prefix}\uffff`];
}

function tracePartition(traceId: string): string {
  return `TRACE#${traceId}`;
}

function sessionPartition(sessionId: string): string {
  return `SESSION#${keyPart(sessionId)}`;
}

function callsPartition(gatewayId: string, hour: string): string {
  return `CALLS#${gatewayId}#${hour}`;
}
