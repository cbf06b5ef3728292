import { type DynamoDBDocumentClient, paginateQuery, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import { occurrenceOfSpan } from "../observability/cubes.ts";
import type { SpansRecorded } from "../observability/events.ts";
import type { SpanFacts } from "../observability/facts.ts";
import { type PackedSpan, unpackSpan } from "../observability/spans/pack.ts";
import type { Span } from "../observability/spans/span.ts";
import type { Effect, Item } from "./effect.ts";
import { readable } from "./itemVersion.ts";
import { keyPart } from "./keyPart.ts";
import { packed, unpacked } from "./packed.ts";
import { daysKept } from "./retention.ts";
import { activityOf, sessionMarks, sessionPartition, sessionsPartition } from "./sessionItems.ts";

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

/** That something of a trace began within a minute (ISO 8601 up to it), and belonged to a session. */
export interface SessionTrace {
  readonly traceId: string;
  readonly minute: string;
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
  /** The sessions that a trace belongs to, as far as its decisions don't tell: mostly one. */
  sessionsOf(traceId: string): Promise<readonly string[]>;
  /** The traces of a session, as far as its decisions don't tell, with the minutes of it in which they went on. */
  tracesOf(sessionId: string): Promise<readonly SessionTrace[]>;
  /** Calls that the gateway's spans tell of, by when they came. */
  calls(query: Range & { readonly gatewayId: string }): AsyncIterable<RecordedCall>;
  /** What is known of a session, if anything is. */
  session(sessionId: string): Promise<SessionSummary | undefined>;
  /** Sessions in which anything happened within a range, the newest hour first. */
  sessions(query: Range): AsyncIterable<SessionSummary>;
}

const hour = 3_600_000;
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

  /** What is known of a session, and the minutes in which anything happened, in milliseconds since 1970. */
  async function activityIn(sessionId: string) {
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
    const summary: SessionSummary = {
      sessionId,
      from: Math.min(...minutes),
      to: Math.max(...minutes),
      gateways: namesOf(gateways).sort(),
      agents: namesOf(agents).sort(),
      decisions: sum("decisions"),
      denials: sum("denials"),
      modelCalls: sum("modelCalls"),
      inputTokens: sum("inputTokens"),
      outputTokens: sum("outputTokens"),
      costNanoDollars: sum("costNanoDollars"),
      errors: sum("errors"),
    };
    return { summary, minutes };
  }

  return {
    async trace(traceId) {
      const items = await Array.fromAsync(rows(tracePartition(traceId), startingWith("SPAN#")));
      return [...Map.groupBy(items, spanKeyOf).values()].flatMap(recordedSpans).sort(byBeginning);
    },
    async sessionsOf(traceId) {
      return namesOf(await Array.fromAsync(rows(tracePartition(traceId), startingWith("SESSION#"))));
    },
    async tracesOf(sessionId) {
      return Array.fromAsync(rows(sessionPartition(sessionId), startingWith("TRACE#")), ({ sk, name }) => ({
        traceId: String(name),
        minute: String(sk).split("#")[1] ?? "",
      }));
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
    session: async (sessionId) => (await activityIn(sessionId))?.summary,
    async *sessions(query) {
      const seen = new Set<string>();
      for (const start of hoursOf(query).reverse()) {
        const begin = Date.parse(`${start}:00Z`);
        const [from, to] = [Math.max(begin, query.from.getTime() - 59_999), Math.min(begin + hour, query.to.getTime())];
        const marks = rows(sessionsPartition(start), ["", "\uffff"], { signal: query.signal });
        const ids = namesOf(await Array.fromAsync(marks)).filter((id) => !seen.has(id));
        for (let index = 0; index < ids.length; index += readAtATime) {
          query.signal?.throwIfAborted();
          const read = await Promise.all(ids.slice(index, index + readAtATime).map(activityIn));
          const found = read.flatMap((activity) =>
            activity?.minutes.some((time) => time >= from && time < to) ? [activity.summary] : [],
          );
          for (const { sessionId } of found) seen.add(sessionId);
          yield* found.sort((a, b) => b.to - a.to);
        }
      }
    },
  };
}

/**
 * What follows from spans. Those of one request that the gateway tells of together share a row: they come once, and always
 * together. Agents may send theirs again in other company, so each has its own, and each part of one that is cut.
 */
export function effectsOfSpans({ spans, source, sender }: SpansRecorded): Effect[] {
  const from = { source, ...(sender === undefined ? {} : { sender }) };
  if (source === "agent") return spans.map((packed) => effectOf([packed], from));
  const [whole, cut] = [spans.filter(({ part }) => part.count === 1), spans.filter(({ part }) => part.count > 1)];
  const requests = [...Map.groupBy(whole, ({ traceId }) => traceId).values()];
  return [...requests, ...cut.map((packed) => [packed])].map((together) => effectOf(together, from));
}

type From = Pick<SpansRecorded, "source" | "sender">;

function effectOf(together: readonly PackedSpan[], from: From): Effect {
  const [first] = together;
  if (first === undefined) throw new Error("There is no span.");
  const told = together.map((packed) => ({ ...packed, facts: factsOf(packed, from), time: timeOf(packed) }));
  const inSessions = told.flatMap(({ sessionId, ...span }) =>
    sessionId === undefined ? [] : [{ sessionId, ...span }],
  );
  const isCall = told.some(({ facts }) => facts?.type === "toolCall");
  return {
    row: {
      pk: tracePartition(first.traceId),
      sk: `${spanKey(from, first.spanId)}#${first.part.index}`,
      ...from,
      parts: first.part.count,
      spans: packed(together.map(({ encoding, body }) => ({ encoding, body }))),
      expiresAt: Math.floor(timeOf(first) / 1_000) + daysKept.spans * 86_400,
      ...Object.assign({}, ...told.map(callKeys)),
    },
    occurrences: told.flatMap(({ facts, time }) => (facts === undefined ? [] : [occurrenceOfSpan(facts, time)])),
    increments: inSessions.flatMap(({ sessionId, time, facts, part }) =>
      part.index > 0 ? [] : activityOf(sessionId, time, activityCounters(facts)),
    ),
    // Of a call, its decision tells the rest.
    marks: inSessions.flatMap(({ sessionId, time, traceId, facts }) =>
      sessionMarks(sessionId, time, isCall ? {} : { traceId, agent: facts?.agent }),
    ),
  };
}

/** What agents tell of never counts as the gateway's, nor the other way round (T22). */
function factsOf({ facts }: PackedSpan, { source }: From): SpanFacts | undefined {
  return (source === "gateway") === (facts?.type === "toolCall") ? facts : undefined;
}

function timeOf({ startTimeUnixNano }: PackedSpan): number {
  return Number(BigInt(startTimeUnixNano) / 1_000_000n);
}

function callKeys({ facts, time, spanId }: { facts: SpanFacts | undefined; time: number; spanId: string }): Item {
  if (facts?.type !== "toolCall") return {};
  const at = new Date(time).toISOString();
  // A little more, as two clocks were looked at.
  const answeredAt = new Date(time + Math.ceil(facts.durationMicroseconds / 1_000) + 100).toISOString();
  const keys = { gsi1pk: callsPartition(facts.gatewayId, at.slice(0, 13)), gsi1sk: `${at}#${facts.decisionId}` };
  return { ...keys, spanId, answeredAt };
}

function activityCounters(facts: SpanFacts | undefined): Record<string, number> {
  const errors = facts?.error === undefined || facts.error === "refused" ? 0 : 1;
  if (facts?.type !== "modelCall") return { errors };
  const { inputTokens, outputTokens, costNanoDollars = 0 } = facts;
  return { errors, modelCalls: 1, inputTokens, outputTokens, costNanoDollars };
}

/** Whoever sends a span is in its key: nobody's can take another's place (T04, T22). */
function spanKey({ source, sender }: From, spanId: string): string {
  return `SPAN#${source}#${spanId}${sender === undefined ? "" : `#${keyPart(sender)}`}`;
}

function spanKeyOf({ sk }: Item): string {
  return String(sk).slice(0, String(sk).lastIndexOf("#"));
}

function recordedSpans(items: readonly Item[]): RecordedSpan[] {
  const rows = items.map(({ sk, parts, spans }) => ({
    part: { index: Number(String(sk).slice(String(sk).lastIndexOf("#") + 1)), count: Number(parts) },
    spans: unpacked(spans) as readonly Pick<PackedSpan, "encoding" | "body">[], // As written by `effectOf`.
  }));
  const [row] = rows;
  const { source, sender } = items[0] ?? {};
  const packed =
    row?.part.count === 1
      ? row.spans.map((span) => [{ part: row.part, ...span }])
      : [rows.flatMap(({ part, spans }) => spans.map((span) => ({ part, ...span })))];
  return packed.flatMap((parts) => {
    const span = unpackSpan(parts);
    if (span === undefined) return [];
    return [
      {
        source: source === "gateway" ? ("gateway" as const) : ("agent" as const),
        ...(sender === undefined ? {} : { sender: String(sender) }),
        span,
      },
    ];
  });
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

function callsPartition(gatewayId: string, hour: string): string {
  return `CALLS#${gatewayId}#${hour}`;
}
