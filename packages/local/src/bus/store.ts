import { randomUUID } from "node:crypto";
import { GatehouseError, messageOf } from "@gatehouse/core/errors.ts";
import { ClassicLevel } from "classic-level";
import { groupCommit } from "./groupCommit.ts";

/** A message as it lies on disk. */
export interface StoredMessage {
  readonly id: string;
  /** The EventBridge envelope, as JSON text. */
  readonly body: string;
  /** When the bus accepted it, in epoch milliseconds. */
  readonly sentAt: number;
  /** How often its delivery has failed. */
  readonly receiveCount: number;
  readonly lastError?: string;
}

/** A message under its key; keys of one queue are ordered by arrival. */
export interface KeyedMessage extends StoredMessage {
  readonly key: string;
}

/** What the bus has accepted and not yet delivered, and what it has given up on. */
export interface BusStore {
  /** Writes messages; when it resolves they have reached the disk. */
  append(messages: readonly { readonly queue: string; readonly body: string }[]): Promise<KeyedMessage[]>;
  /** The undelivered messages of a queue, oldest first. */
  undelivered(queue: string): Promise<KeyedMessage[]>;
  /** Forgets messages that were delivered. */
  remove(keys: readonly string[]): Promise<void>;
  /** Remembers a failed delivery. */
  update(message: KeyedMessage): Promise<void>;
  /** Moves a message to its queue's dead letters. */
  bury(queue: string, message: KeyedMessage): Promise<void>;
  deadLetters(queue: string): Promise<KeyedMessage[]>;
  /** Moves a queue's dead letters back behind its undelivered messages, their receive counts at zero. */
  redrive(queue: string): Promise<KeyedMessage[]>;
  close(): Promise<void>;
}

type Level = ClassicLevel<string, StoredMessage>;
type Put = { readonly type: "put"; readonly key: string; readonly value: StoredMessage };

/**
 * Opens the store in a folder of its own, which no other process can open as long as this one lives.
 * @param durable whether a write waits for the disk; without, messages survive the process but not the machine.
 * @throws GatehouseError `conflict` when another process has it open, `internal` when it can't be opened.
 */
export async function openBusStore(folder: string, durable: boolean): Promise<BusStore> {
  const level: Level = new ClassicLevel(folder, { valueEncoding: "json" });
  await level.open().catch((error: unknown) => {
    throw explained(error, folder);
  });
  const commit = groupCommit<Put>((puts) => level.batch([...puts], { sync: durable }));
  const nextKey = await keySequence(level);

  return {
    async append(messages) {
      const sentAt = Date.now();
      const keyed = messages.map(({ queue, body }) => ({
        key: nextKey("queue", queue),
        id: randomUUID(),
        body,
        sentAt,
        receiveCount: 0,
      }));
      await commit(keyed.map(putOf));
      return keyed;
    },
    undelivered: (queue) => read(level, "queue", queue),
    remove: (keys) => level.batch(keys.map((key) => ({ type: "del", key }))),
    update: (message) => level.batch([putOf(message)]),
    bury: (queue, message) => move(level, [message], () => nextKey("dead", queue)).then(() => undefined),
    deadLetters: (queue) => read(level, "dead", queue),
    redrive: async (queue) => {
      const messages = (await read(level, "dead", queue)).map((message) => ({ ...message, receiveCount: 0 }));
      return move(level, messages, () => nextKey("queue", queue));
    },
    close: () => level.close(),
  };
}

/** One batch, so that a message is never in both places and never in neither. */
async function move(level: Level, messages: readonly KeyedMessage[], key: () => string): Promise<KeyedMessage[]> {
  const moved = messages.map((message) => ({ ...message, key: key() }));
  await level.batch([...messages.map(({ key }) => ({ type: "del" as const, key })), ...moved.map(putOf)]);
  return moved;
}

async function read(level: Level, kind: "queue" | "dead", queue: string): Promise<KeyedMessage[]> {
  const prefix = `${kind}/${queue}/`;
  const entries = await level.iterator({ gte: prefix, lt: `${prefix}~` }).all();
  return entries.map(([key, value]) => ({ ...value, key }));
}

/** Keys end in a number that only ever grows, also over restarts, written so that it sorts as text. */
async function keySequence(level: Level): Promise<(kind: "queue" | "dead", queue: string) => string> {
  let last = 0;
  for await (const key of level.keys()) last = Math.max(last, Number.parseInt(key.slice(-11), 36));
  return (kind, queue) => {
    last += 1;
    return `${kind}/${queue}/${last.toString(36).padStart(11, "0")}`;
  };
}

function putOf({ key, ...value }: KeyedMessage): Put {
  return { type: "put", key, value };
}

function explained(error: unknown, folder: string): GatehouseError {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && "code" in cause && cause.code === "LEVEL_LOCKED") {
    return new GatehouseError(
      "conflict",
      `Another Gatehouse is running on ${folder}. Stop it, or choose another data folder with --data.`,
      { cause },
    );
  }
  return new GatehouseError(
    "internal",
    `The events in ${folder} can't be opened (${messageOf(cause ?? error)}). Choose another data folder with --data.`,
    {
      cause,
    },
  );
}
