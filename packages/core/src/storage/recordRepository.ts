import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from "@aws-sdk/lib-dynamodb";
import type { Occurrence } from "../observability/cubes.ts";
import { cancellationCodes } from "./cancellation.ts";
import { blocksOf } from "./counts/blocks.ts";
import type { Compaction } from "./counts/compaction.ts";
import { blockItem, type CountedDay, scopeMark } from "./counts/items.ts";
import { count, type Tallies } from "./counts/tallies.ts";
import type { Effect, Item, Mark } from "./effect.ts";
import { groupsOf, idOf as idOfCounter, mergedIncrements, type SummedIncrement } from "./increments.ts";
import type { TableName } from "./tables.ts";

/** Writes what happened, each thing once, however often it is told. */
export interface RecordRepository {
  /**
   * @returns those that the tables never take as they are: one that is too large.
   * @throws when the tables can't be written now: what has been written by then is left alone when it is told again.
   */
  put(effects: readonly Effect[]): Promise<readonly Effect[]>;
}

/** How many items BatchWriteItem takes. */
const maxBatch = 25;
/** They wait for 5 s together, on average; then the whole batch is delivered again. */
const maxAttempts = 9;
/** As many marks as are remembered, so that they aren't written once more for each event. */
const maxMarks = 20_000;

/** On average, of so many blocks one is followed by a look at whether there are enough to be merged. */
export const mergedEvery = 32;
/** How many transactions are under way at a time: what is being written need not keep the next from being prepared. */
const committedAtATime = 4;

/**
 * Exactly once: a row, which must not be there yet, is written in one transaction with all that follows from it. What is
 * counted is a new block of each day and scope, which no other writer knows; so writers never wait for each other but where
 * they tell of one session. A transaction that names rows that are there is repeated without them.
 */
export function recordRepository({
  client,
  tables,
  merge = async () => {},
  drawMerge = () => Math.random() * mergedEvery < 1,
}: {
  client: DynamoDBDocumentClient;
  tables: Readonly<Record<"ledger" | "aggregates", string>>;
  /** Called now and then after blocks of a day were added; what it can't do then, it does another time. */
  merge?: Compaction["merge"];
  drawMerge?: () => boolean;
}): RecordRepository {
  const known = new Set<string>();
  const nameOf = (table: TableName) => (table === "aggregates" ? tables.aggregates : tables.ledger);
  const marksOf = ({ marks, occurrences }: Effect): Mark[] => [
    ...marks,
    ...occurrences.map((occurrence) => ({ table: "aggregates" as const, item: scopeMark(dayOf(occurrence)) })),
  ];

  /** Before the transactions, so that what they write can be found as soon as it is there. */
  async function writeMarks(marks: readonly Mark[]): Promise<void> {
    const unknown = new Map(marks.map((mark) => [idOf(mark.item), mark] as const).filter(([id]) => !known.has(id)));
    const all = [...unknown.values()];
    for (let index = 0; index < all.length; index += maxBatch) await writeBatch(all.slice(index, index + maxBatch));
    if (known.size + unknown.size > maxMarks) known.clear();
    for (const id of unknown.keys()) known.add(id);
  }

  async function writeBatch(marks: readonly Mark[]): Promise<void> {
    const requests: NonNullable<BatchWriteCommandInput["RequestItems"]> = {};
    for (const { table, item } of marks) {
      requests[nameOf(table)] = [...(requests[nameOf(table)] ?? []), { PutRequest: { Item: item } }];
    }
    let pending: BatchWriteCommandInput["RequestItems"] = requests;
    for (let attempt = 1; pending !== undefined && Object.keys(pending).length > 0; attempt++) {
      if (attempt > maxAttempts) throw new Error("The tables did not take every mark.");
      if (attempt > 1) await backOff(attempt - 1);
      ({ UnprocessedItems: pending } = await client.send(new BatchWriteCommand({ RequestItems: pending })));
    }
  }

  /** Writes what shares a transaction, and returns what can never be written. */
  async function commit(group: readonly Effect[]): Promise<readonly Effect[]> {
    let effects = group;
    let attempt = 1;
    let transaction = transactionOf(effects);
    while (effects.length > 0) {
      try {
        await client.send(new TransactWriteCommand(transaction));
        return [];
      } catch (error) {
        const failure = failureOf(error);
        const fresh = effects.filter((_, index) => failure.reasons[index] !== "ConditionalCheckFailed");
        if (fresh.length === effects.length) {
          if (failure.kind === "lasting") return effects.length === 1 ? effects : separately(effects);
          if (failure.kind === "unknown" || attempt === maxAttempts) throw error;
          await backOff(attempt++);
        }
        effects = fresh;
        // What is known to have changed nothing is another transaction now; any other is told again under its token.
        if (failure.reasons.length > 0) transaction = transactionOf(effects);
      }
    }
    return [];
  }

  /** One of them is what the tables refuse: the others must not suffer for it. */
  async function separately(effects: readonly Effect[]): Promise<readonly Effect[]> {
    const middle = Math.ceil(effects.length / 2);
    return [...(await commit(effects.slice(0, middle))), ...(await commit(effects.slice(middle)))];
  }

  function transactionOf(effects: readonly Effect[]): TransactWriteCommandInput {
    const rows = effects.map(({ row }) => ({
      Put: { TableName: tables.ledger, Item: row, ConditionExpression: "attribute_not_exists(pk)" },
    }));
    const counts = newBlocks(effects).map((Item) => ({ Put: { TableName: tables.aggregates, Item } }));
    const increments = mergedIncrements(effects.flatMap((effect) => effect.increments)).map(update);
    return { TransactItems: [...rows, ...counts, ...increments], ClientRequestToken: randomUUID() };
  }

  function update(increment: SummedIncrement) {
    return { Update: { TableName: nameOf(increment.table), Key: increment.key, ...expressionOf(increment) } };
  }

  /** Some at a time; none is left under way when one fails. */
  async function commitAll(groups: readonly (readonly Effect[])[]): Promise<Effect[]> {
    const refused: Effect[] = [];
    for (let at = 0; at < groups.length; at += committedAtATime) {
      const ends = await Promise.allSettled(groups.slice(at, at + committedAtATime).map(commit));
      for (const end of ends) {
        if (end.status === "rejected") throw end.reason;
        refused.push(...end.value);
      }
    }
    return refused;
  }

  return {
    async put(effects) {
      const unique = firstOfEach(effects);
      await writeMarks(unique.flatMap(marksOf));
      const groups = groupsOf(alikeTogether(unique), sharedOf);
      const refused = await commitAll(groups);
      for (const day of groups.flatMap(daysOf)) if (drawMerge()) await merge(day);
      return refused;
    },
  };
}

/** What effects count, as a block of each day. */
function newBlocks(effects: readonly Effect[]): Item[] {
  return [...byDay(effects).values()].flatMap(({ day, tallies }) =>
    blocksOf(tallies).map((counts) => blockItem("new", day, 0, counts)),
  );
}

function byDay(effects: readonly Effect[]): Map<string, { readonly day: CountedDay; readonly tallies: Tallies }> {
  const days = new Map<string, { readonly day: CountedDay; readonly tallies: Tallies }>();
  for (const occurrence of effects.flatMap(({ occurrences }) => occurrences)) {
    const day = dayOf(occurrence);
    const known = days.get(idOfDay(day)) ?? { day, tallies: new Map() };
    days.set(idOfDay(day), known);
    count(known.tallies, occurrence);
  }
  return days;
}

/** The days of which effects count anything, each once. */
function daysOf(effects: readonly Effect[]): CountedDay[] {
  const days = effects.flatMap(({ occurrences }) => occurrences.map(dayOf));
  return [...new Map(days.map((day) => [idOfDay(day), day])).values()];
}

function dayOf({ cube, scope, time }: Occurrence): CountedDay {
  return { cube, scope, date: new Date(time).toISOString().slice(0, 10) };
}

function idOfDay({ cube, scope, date }: CountedDay): string {
  return JSON.stringify([cube, scope, date]);
}

/** The items besides its row that an effect writes to, or shares. */
function sharedOf({ occurrences, increments }: Effect): string[] {
  return [...occurrences.map((occurrence) => idOfDay(dayOf(occurrence))), ...increments.map(idOfCounter)];
}

/** A transaction may not name a key twice, and a redelivered event can stand beside its first delivery. */
function firstOfEach(effects: readonly Effect[]): Effect[] {
  const byId = new Map<string, Effect>();
  for (const effect of effects) {
    const id = idOf(effect.row);
    if (!byId.has(id)) byId.set(id, effect);
  }
  return [...byId.values()];
}

/** What tells of one session shares a transaction, as far as may be: its counters are written once for all of it. */
function alikeTogether(effects: readonly Effect[]): Effect[] {
  const keyOf = ({ increments: [increment] }: Effect) => (increment === undefined ? "" : idOfCounter(increment));
  const keyed = effects.map((effect) => ({ effect, key: keyOf(effect) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ effect }) => effect);
}

function idOf({ pk, sk }: { readonly pk: string; readonly sk: string }): string {
  return JSON.stringify([pk, sk]);
}

/** Names and values are given beside the expression, whose own text may have 4 KB. */
function expressionOf({ says, add, include }: SummedIncrement) {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const clause = (keyword: string, entries: readonly (readonly [string, unknown])[], between: string) => {
    const terms = entries.map(([name, value]) => {
      const index = Object.keys(names).length;
      names[`#${index}`] = name;
      values[`:${index}`] = value;
      return `#${index}${between}:${index}`;
    });
    return terms.length === 0 ? "" : `${keyword} ${terms.join(",")}`;
  };
  const set = clause("SET", Object.entries(says), "=");
  const added = clause("ADD", [...add, ...include], " ");
  return {
    UpdateExpression: `${set} ${added}`.trim(),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

interface Failure {
  /** Of each item of a cancelled transaction, in their order; none of one whose end is not known. */
  readonly reasons: readonly string[];
  readonly kind: "passing" | "lasting" | "unknown";
}

const passing = new Set([
  "TransactionConflict",
  "TransactionInProgressException",
  "ThrottlingError",
  "ThrottlingException",
  "ProvisionedThroughputExceeded",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "InternalServerError",
]);
const lasting = new Set(["ValidationError", "ValidationException", "ItemCollectionSizeLimitExceeded"]);

/** What a failure means; one of the way to the table is passing too, as the SDK knows it. */
function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { reasons: [], kind: "unknown" };
  // As the SDK's exceptions have it.
  const { $metadata } = error as Error & { $metadata?: { readonly httpStatusCode?: number } };
  const reasons = cancellationCodes(error) ?? [];
  const codes = [error.name, ...reasons];
  if (codes.some((code) => lasting.has(code))) return { reasons, kind: "lasting" };
  const status = $metadata?.httpStatusCode;
  const onTheWay = status === undefined || status >= 500;
  return { reasons, kind: onTheWay || codes.some((code) => passing.has(code)) ? "passing" : "unknown" };
}

/** Full jitter: contenders that lost at the same moment must not meet again at the same moment. */
function backOff(attempt: number): Promise<void> {
  return delay(Math.random() * 20 * 2 ** attempt);
}
