import { setTimeout as delay } from "node:timers/promises";
import {
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { GatehouseError } from "../errors.ts";
import { cancellationCodes, cancellationReasons } from "./cancellation.ts";
import { readable } from "./itemVersion.ts";
import type { Key } from "./keys.ts";

/** The config table and the way to it. */
export interface ConfigTable {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
}

/** An item as the table holds it: its keys beside whatever it says. */
export type Item = Record<string, unknown>;

/** One page of a list; `nextToken` is absent on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

/** How much of a list is wanted, and from where on. */
export interface PageRequest {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

/** What the change was based on is no longer so: read again, and repeat the change if it still makes sense. */
export class ChangedMeanwhile extends GatehouseError {
  constructor(message: string) {
    super("conflict", message);
  }
}

type Write = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];

/** One write of a transaction, and the error that says what it means when its condition doesn't hold. */
export interface Step {
  readonly write: Write;
  readonly refused?: () => GatehouseError;
}

/** Two transactions that touch one item at the same moment cancel each other; the loser tries again this often. */
const attempts = 8;
const retriable = new Set(["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]);

/**
 * Writes all steps or none of them.
 * @throws GatehouseError that the first step with a failed condition names, or `throttled` when the items stay contended.
 */
export async function commit({ client }: ConfigTable, steps: readonly Step[]): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await client.send(new TransactWriteCommand({ TransactItems: steps.map((step) => step.write) }));
      return;
    } catch (error) {
      const reasons = cancellationCodes(error);
      if (reasons === undefined) throw tooLarge(error) ?? error;
      const refused = steps.find((_, index) => reasons[index] === "ConditionalCheckFailed")?.refused;
      if (refused !== undefined) throw refused();
      if (!reasons.some((code) => retriable.has(code))) throw tooLarge(error) ?? error;
      if (attempt + 1 === attempts) {
        throw new GatehouseError("throttled", "Too many changes at once to the same resource; try again.", {
          cause: error,
        });
      }
      // Full jitter: contenders that lost at the same moment must not meet again at the same moment.
      await delay(Math.random() * 10 * 2 ** attempt);
    }
  }
}

/**
 * DynamoDB's limit of 400 KB an item is the client's to mend, so it is told in the client's words. Of a new item the error
 * itself says so, of one that grows the reason for which the transaction was cancelled.
 */
function tooLarge(error: unknown): GatehouseError | undefined {
  if (!(error instanceof Error)) return undefined;
  const messages = [error.message, ...(cancellationReasons(error) ?? []).map(({ Message = "" }) => Message)];
  return messages.some((message) => /item size/i.test(message))
    ? new GatehouseError("validation", "The resource is too large: without its tools it may take up 400 KB.", {
        cause: error,
      })
    : undefined;
}

/** Writes an item that isn't there yet. @param taken what it means where it is there: the message of a `conflict`. */
export function create({ table }: ConfigTable, item: Item, taken: string): Step {
  return {
    write: { Put: { TableName: table, Item: item, ConditionExpression: "attribute_not_exists(pk)" } },
    refused: () => new GatehouseError("conflict", taken),
  };
}

/** What is said where an id that was made at random is there already. */
export function idTaken(id: string): string {
  return `The id ${id} is taken; try again.`;
}

/** Reads one item, consistently. */
export async function read({ client, table }: ConfigTable, key: Key): Promise<Item | undefined> {
  const { Item: item } = await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }));
  return item && readable(item);
}

/** Reads every item of a partition (whose sort key begins with `prefix`), consistently, in the order of the sort keys. */
export async function readPartition(
  { client, table }: ConfigTable,
  pk: string,
  { prefix, keysOnly = false, namesOnly = false }: { prefix?: string; keysOnly?: boolean; namesOnly?: boolean } = {},
): Promise<Item[]> {
  const items: Item[] = [];
  let from: Item | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: table,
        ...partition(pk, prefix),
        ConsistentRead: true,
        ...(keysOnly ? { ProjectionExpression: "pk, sk" } : {}),
        ...(namesOnly ? { ProjectionExpression: "pk, sk, #name", ExpressionAttributeNames: { "#name": "name" } } : {}),
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    );
    items.push(...(page.Items ?? []).map(readable));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return items;
}

/** Reads one page of a partition, consistently. */
export function readPage(table: ConfigTable, pk: string, prefix: string, page: PageRequest): Promise<Page<Item>> {
  return query(table, { TableName: table.table, ...partition(pk, prefix), ConsistentRead: true }, page);
}

/** Reads one page of a kind from the index; an item that was written a moment ago may not be in it yet. */
export function readKind({ client, table }: ConfigTable, kind: string, page: PageRequest): Promise<Page<Item>> {
  const input = {
    TableName: table,
    IndexName: "byKind",
    KeyConditionExpression: "gsi1pk = :kind",
    ExpressionAttributeValues: { ":kind": kind },
  };
  return query({ client, table }, input, page);
}

function partition(pk: string, prefix: string | undefined) {
  return prefix === undefined
    ? { KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": pk } }
    : {
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: { ":pk": pk, ":prefix": prefix },
      };
}

const defaultPageSize = 100;

async function query({ client }: ConfigTable, input: QueryCommandInput, page: PageRequest): Promise<Page<Item>> {
  const scope = JSON.stringify([input.IndexName ?? "", input.ExpressionAttributeValues]);
  const from = page.nextToken === undefined ? {} : { ExclusiveStartKey: keyOfToken(page.nextToken, scope) };
  const command = new QueryCommand({ ...input, Limit: page.maxResults ?? defaultPageSize, ...from });
  const { Items: items = [], LastEvaluatedKey: last } = await client.send(command).catch((error: unknown) => {
    // The table refuses a key that isn't one of this list's, which only a made-up token can hold.
    const madeUp = page.nextToken !== undefined && error instanceof Error && error.name === "ValidationException";
    throw madeUp ? wrongToken() : error;
  });
  items.forEach(readable);
  return last === undefined ? { items } : { items, nextToken: tokenOfKey(last, scope) };
}

/** A token says where the next page begins and which list it belongs to. Whoever hands it out to strangers seals it. */
function tokenOfKey(key: Item, scope: string): string {
  return Buffer.from(JSON.stringify({ key, scope })).toString("base64url");
}

function keyOfToken(token: string, scope: string): Item {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    if (isToken(parsed) && parsed.scope === scope) return parsed.key;
  } catch {
    // Not JSON: refused below like every other text that isn't a token of this list.
  }
  throw wrongToken();
}

function wrongToken(): GatehouseError {
  const message = "nextToken is not one that this list has answered; start again without it.";
  return new GatehouseError("validation", message, { fields: [{ name: "nextToken", message }] });
}

function isToken(value: unknown): value is { key: Record<string, string>; scope: string } {
  if (typeof value !== "object" || value === null || !("key" in value) || !("scope" in value)) return false;
  const { key } = value;
  return typeof key === "object" && key !== null && Object.values(key).every((part) => typeof part === "string");
}

/** Puts and deletes, as many as there are, 25 at a time. Not atomic: only for items that nothing refers to. */
export async function writeAll(
  { client, table }: ConfigTable,
  writes: { readonly put?: readonly Item[]; readonly delete?: readonly Key[] },
): Promise<void> {
  const requests = [
    ...(writes.put ?? []).map((item) => ({ PutRequest: { Item: item } })),
    ...(writes.delete ?? []).map((key) => ({ DeleteRequest: { Key: key } })),
  ];
  for (let start = 0; start < requests.length; start += 25) {
    let open: typeof requests = requests.slice(start, start + 25);
    for (let attempt = 0; open.length > 0; attempt++) {
      if (attempt === attempts) throw new GatehouseError("throttled", "The config table is overloaded; try again.");
      if (attempt > 0) await delay(Math.random() * 10 * 2 ** attempt);
      const { UnprocessedItems: rest } = await client.send(new BatchWriteCommand({ RequestItems: { [table]: open } }));
      open = (rest?.[table] ?? []) as typeof requests; // What comes back is a part of what was sent.
    }
  }
}

/** A record as its item holds it: its version is an attribute of its own, which grows without touching the rest. */
export function withoutVersion(record: object): Item {
  const { version: _, ...rest } = record as Item;
  return rest;
}
