import { randomInt, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type DynamoDBDocumentClient,
  TransactWriteCommand,
} from "@aws-sdk/lib-dynamodb";
import { countsOf, markOf, shards } from "./aggregateRepository.ts";
import type { Effect, Increment, Mark } from "./effect.ts";
import { groupsOf, type IncrementsOf, mergedIncrements, type SummedIncrement } from "./increments.ts";
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

/**
 * Exactly once: a row, which must not be there yet, is written in one transaction with all that it adds to counters. A
 * transaction that names rows that are there is repeated without them.
 */
export function recordRepository({
  client,
  tables,
  drawShard = () => randomInt(shards),
}: {
  client: DynamoDBDocumentClient;
  tables: Readonly<Record<"ledger" | "aggregates", string>>;
  /** Chooses among the counters of one kind: at first, and whenever somebody else was in the way. */
  drawShard?: () => number;
}): RecordRepository {
  let shard = drawShard();
  const known = new Set<string>();
  const nameOf = (table: TableName) => (table === "aggregates" ? tables.aggregates : tables.ledger);
  const counted = new WeakMap<Effect, { readonly shard: number; readonly increments: readonly Increment[] }>();
  /** They are asked for more than once: to group effects, and in each attempt. */
  const incrementsOf: IncrementsOf = (effect) => {
    const known = counted.get(effect);
    if (known?.shard === shard) return known.increments;
    const counts = effect.occurrences.flatMap((occurrence) => countsOf(occurrence, shard));
    const increments = [...effect.increments, ...counts];
    counted.set(effect, { shard, increments });
    return increments;
  };
  const marksOf = ({ marks, occurrences }: Effect) => [...marks, ...occurrences.map(markOf)];

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
    let ClientRequestToken: string = randomUUID();
    while (effects.length > 0) {
      try {
        const TransactItems = [...effects.map(putOnce), ...mergedIncrements(effects.flatMap(incrementsOf)).map(update)];
        await client.send(new TransactWriteCommand({ TransactItems, ClientRequestToken }));
        return [];
      } catch (error) {
        const failure = failureOf(error);
        const fresh = effects.filter((_, index) => failure.reasons[index] !== "ConditionalCheckFailed");
        if (fresh.length === effects.length) {
          if (failure.kind === "lasting") return effects.length === 1 ? effects : separately(effects);
          if (failure.kind === "unknown" || attempt === maxAttempts) throw error;
          await backOff(attempt++);
        }
        // What is known to have changed nothing, and is another transaction now, needs another token.
        if (failure.reasons.length > 0) ClientRequestToken = randomUUID();
        if (failure.reasons.includes("TransactionConflict")) shard = drawShard();
        effects = fresh;
      }
    }
    return [];
  }

  /** One of them is what the tables refuse: the others must not suffer for it. */
  async function separately(effects: readonly Effect[]): Promise<readonly Effect[]> {
    const middle = Math.ceil(effects.length / 2);
    return [...(await commit(effects.slice(0, middle))), ...(await commit(effects.slice(middle)))];
  }

  function putOnce({ row }: Effect) {
    return { Put: { TableName: tables.ledger, Item: row, ConditionExpression: "attribute_not_exists(pk)" } };
  }

  function update(increment: SummedIncrement) {
    return { Update: { TableName: nameOf(increment.table), Key: increment.key, ...expressionOf(increment) } };
  }

  return {
    async put(effects) {
      const unique = firstOfEach(effects);
      await writeMarks(unique.flatMap(marksOf));
      const refused: Effect[] = [];
      for (const group of groupsOf(alikeTogether(unique), incrementsOf)) refused.push(...(await commit(group)));
      return refused;
    },
  };
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

/** What adds to the same counters shares a transaction, as far as may be: then they are written once for all of it. */
function alikeTogether(effects: readonly Effect[]): Effect[] {
  const keyed = effects.map((effect) => {
    const [occurrence] = effect.occurrences;
    return {
      effect,
      key: occurrence === undefined ? "" : JSON.stringify([occurrence.cube, occurrence.scope, occurrence.dimensions]),
    };
  });
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
  const { CancellationReasons = [], $metadata } = error as Error & {
    // As the SDK's exceptions have them.
    CancellationReasons?: readonly { readonly Code?: string }[];
    $metadata?: { readonly httpStatusCode?: number };
  };
  const reasons = CancellationReasons.map(({ Code = "None" }) => Code);
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
