import { type DynamoDBDocumentClient, GetCommand, paginateQuery, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { type CubeName, cubes } from "../../observability/cubes.ts";
import { aggregateRepository } from "../aggregateRepository.ts";
import { cancellationCodes } from "../cancellation.ts";
import type { Item } from "../effect.ts";
import { readable } from "../itemVersion.ts";
import { daysKept, expiryOfPeriod } from "../retention.ts";
import { blocksOf, fullBytes, talliesIn } from "./blocks.ts";
import {
  blockItem,
  blocksPartition,
  type CountedDay,
  fullLevel,
  headsPartition,
  mergedViews,
  type ViewName,
  views,
} from "./items.ts";
import { addTallies, type Tallies } from "./tallies.ts";

/** Makes few blocks of many, so that a question reads few. */
export interface Compaction {
  /** Merges what is new of a day, where enough of it is. Whoever is in the way does the same, so that is left to them. */
  merge(day: CountedDay): Promise<void>;
  /**
   * Merges all that there is of the days before today, as far back as events come late.
   * @returns how many days of scopes had anything to be merged.
   */
  close(now: Date): Promise<number>;
}

/** So many blocks become one; then so many of these, and so on: each count is written anew a few times, not for each merge. */
const fanIn = 16;
/** A transaction has a hundred items: those that are merged, those that come of it, and the head of the day. */
const maxMerged = 64;
/** What comes of a merge has to fit into a transaction of 4 MB. */
const maxMergedBytes = 1_500_000;
/** Events wait in queues for that long at most, and then for whoever redrives them. */
const daysLate = 7;
const closedAtATime = 8;

interface Head {
  readonly version: number;
  /** How often what was new was merged. */
  readonly merges: number;
  /** Whether it was all merged, and nothing since. */
  readonly closed: boolean;
}

interface Block {
  readonly pk: string;
  readonly sk: string;
  readonly counts: Uint8Array;
}

/**
 * The merging of blocks in the table of aggregates. A merge is one transaction: it takes blocks away, puts in their place what
 * they say together, and changes the head of the day, which must not have changed meanwhile. So each count is there once,
 * whoever else merges, and wherever it stops.
 */
export function compaction({ client, table }: { client: DynamoDBDocumentClient; table: string }): Compaction {
  const aggregates = aggregateRepository({ client, table });

  async function headOf({ cube, scope, date }: CountedDay): Promise<Head> {
    const Key = { pk: headsPartition(cube, scope), sk: date };
    const { Item = {} } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
    const { version = 0, merges = 0, closed = false } = readable(Item);
    return { version: Number(version), merges: Number(merges), closed: closed === true };
  }

  /** The first blocks of a day's view from one level to another, as many as are merged at once. */
  async function blocksAt(view: ViewName, { cube, scope, date }: CountedDay, from: number, to: number) {
    const found: Block[] = [];
    let bytes = 0;
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
        ExpressionAttributeValues: {
          ":pk": blocksPartition(view, cube, scope),
          ":from": `${date}#${from}#`,
          ":to": `${date}#${to}#\uffff`,
        },
        Limit: maxMerged,
      },
    );
    for await (const { Items = [] } of pages) {
      for (const item of Items.map(readable) as unknown as Block[]) {
        bytes += item.counts.length;
        if (found.length === maxMerged || (found.length > 1 && bytes > maxMergedBytes)) return found;
        found.push(item);
      }
    }
    return found;
  }

  /** @returns the head as it is now; nothing where somebody else was quicker. */
  async function replace(
    { cube, scope, date }: CountedDay,
    head: Head,
    next: Omit<Head, "version">,
    { taken = [], put = [] }: { taken?: readonly Block[]; put?: readonly Item[] },
  ): Promise<Head | undefined> {
    const changed = { ...next, version: head.version + 1 };
    const expiresAt = expiryOfPeriod(date, daysKept.hours);
    const isSame = head.version === 0 ? "attribute_not_exists(pk)" : "version = :version";
    const TransactItems = [
      {
        Put: {
          TableName: table,
          Item: { pk: headsPartition(cube, scope), sk: date, ...changed, expiresAt },
          ConditionExpression: isSame,
          ...(head.version === 0 ? {} : { ExpressionAttributeValues: { ":version": head.version } }),
        },
      },
      ...taken.map(({ pk, sk }) => ({
        Delete: { TableName: table, Key: { pk, sk }, ConditionExpression: "attribute_exists(pk)" },
      })),
      ...put.map((Item) => ({ Put: { TableName: table, Item } })),
    ];
    try {
      await client.send(new TransactWriteCommand({ TransactItems }));
      return changed;
    } catch (error) {
      if (isOvertaken(error)) return undefined;
      throw error;
    }
  }

  /** Makes blocks of the views of what is new. */
  async function mergeNew(day: CountedDay, head: Head, atLeast: number): Promise<Head | undefined> {
    const taken = await blocksAt("new", day, 0, fullLevel);
    if (taken.length < atLeast) return undefined;
    const put = mergedViews(day.cube).flatMap((view) => mergedBlocks(view, day, taken, 1));
    return await replace(day, head, { merges: head.merges + 1, closed: false }, { taken, put });
  }

  /** Makes one block, or a few full ones, of a view's blocks of some levels. */
  async function mergeLevels(day: CountedDay, head: Head, view: ViewName, from: number, to: number) {
    const taken = await blocksAt(view, day, from, to);
    if (taken.length < 2) return head;
    const put = mergedBlocks(view, day, taken, to + 1);
    return await replace(day, head, { merges: head.merges, closed: false }, { taken, put });
  }

  async function closeDay(day: CountedDay): Promise<boolean> {
    const before = await headOf(day);
    if (before.closed && (await blocksAt("new", day, 0, fullLevel)).length === 0) return false;
    let head: Head | undefined = before;
    for (let next: Head | undefined = head; next !== undefined; next = await mergeNew(day, head, 1)) head = next;
    for (const view of mergedViews(day.cube)) {
      for (let version = -1; head !== undefined && version !== head.version; ) {
        version = head.version;
        head = await mergeLevels(day, head, view, 1, fullLevel - 1);
      }
    }
    // What was overtaken is closed the next time.
    if (head !== undefined) await replace(day, head, { merges: head.merges, closed: true }, {});
    return true;
  }

  return {
    async merge(day) {
      let head = await mergeNew(day, await headOf(day), fanIn);
      for (let level = 1; head !== undefined && head.merges % fanIn ** level === 0 && level < fullLevel - 1; level++) {
        for (const view of mergedViews(day.cube)) {
          if (head !== undefined) head = await mergeLevels(day, head, view, level, level);
        }
      }
    },
    async close(now) {
      let closed = 0;
      for (let ago = 1; ago <= daysLate; ago++) {
        const day = new Date(now.getTime() - ago * 86_400_000);
        const date = day.toISOString().slice(0, 10);
        for (const cube of Object.keys(cubes) as CubeName[]) {
          const scopes = await aggregates.scopes(cube, { from: day, to: day });
          for (let at = 0; at < scopes.length; at += closedAtATime) {
            const some = scopes.slice(at, at + closedAtATime).map((scope) => closeDay({ cube, scope, date }));
            closed += (await Promise.all(some)).filter(Boolean).length;
          }
        }
      }
      return closed;
    },
  };
}

/** What blocks say together, as a view has it. */
function mergedBlocks(view: ViewName, day: CountedDay, blocks: readonly Block[], level: number): Item[] {
  const sum: Tallies = new Map();
  for (const { counts } of blocks) {
    addTallies(sum, talliesIn(counts, cubes[day.cube].measures.length), day.cube, views[view]);
  }
  const merged = blocksOf(sum);
  const isFull = merged.length > 1 || (merged[0]?.length ?? 0) > fullBytes;
  return merged.map((counts) => blockItem(view, day, isFull ? fullLevel : Math.min(level, fullLevel - 1), counts));
}

/** Whether somebody else has changed what a merge was about, or is about to. */
function isOvertaken(error: unknown): boolean {
  const codes = cancellationCodes(error) ?? [];
  return codes.includes("ConditionalCheckFailed") || codes.includes("TransactionConflict");
}
