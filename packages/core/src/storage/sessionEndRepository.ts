import { type DynamoDBDocumentClient, GetCommand, PutCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import { GatehouseError } from "../errors.ts";
import { commit, type Step } from "./configRepository.table.ts";
import { readable } from "./itemVersion.ts";
import { daysKept, expiry } from "./retention.ts";
import { sessionPartition, sessionsPartition } from "./sessionItems.ts";

/** Finds sessions that are over, and marks that a configuration knows of it. */
export interface SessionEndRepository {
  /** The sessions in which anything happened within the hour that begins then. */
  namesOf(hour: Date): Promise<readonly string[]>;
  /** The last minute in which anything happened in a session, of those since the beginning of an hour, in milliseconds since 1970. */
  lastActivity(sessionId: string, since: Date): Promise<number | undefined>;
  /**
   * Marks a session as over, together with the steps, or neither.
   * @returns whether it wasn't marked before: only then the steps were taken.
   */
  end(session: EndedSession, steps: readonly Step[]): Promise<boolean>;
  /** Until when a configuration has ended its sessions, in milliseconds since 1970. */
  cursor(configId: string): Promise<number | undefined>;
  setCursor(configId: string, until: number): Promise<void>;
}

/** A session that is over, for a configuration. */
export interface EndedSession {
  readonly configId: string;
  readonly sessionId: string;
  /** When something happened in it last, in milliseconds since 1970. */
  readonly last: number;
}

/** Sessions and their ends in the ledger's table: a mark beside each session. */
export function sessionEndRepository({
  client,
  table,
}: {
  client: DynamoDBDocumentClient;
  table: string;
}): SessionEndRepository {
  async function rows(pk: string, from: string, to: string) {
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
        ExpressionAttributeValues: { ":pk": pk, ":from": from, ":to": to },
      },
    );
    return (await Array.fromAsync(pages, ({ Items = [] }) => Items.map(readable))).flat();
  }

  return {
    async namesOf(hour) {
      const marks = await rows(sessionsPartition(hour.toISOString().slice(0, 13)), "", "\uffff");
      return [...new Set(marks.map(({ name }) => String(name)))];
    },
    async lastActivity(sessionId, since) {
      const from = `HOUR#${since.toISOString().slice(0, 13)}`;
      const last = (await rows(sessionPartition(sessionId), from, "HOUR#\uffff")).at(-1);
      if (last === undefined) return undefined;
      const start = Date.parse(`${String(last.sk).slice("HOUR#".length)}:00Z`);
      return start + Math.max(...(last.minutes as ReadonlySet<number>)) * 60_000; // As written by `activityOf`.
    },
    async end({ configId, sessionId, last }, steps) {
      const ended = new GatehouseError("conflict", "The session is marked as over already.");
      const lastActivity = new Date(last).toISOString();
      const Item = {
        pk: sessionPartition(sessionId),
        sk: `ENDED#${configId}`,
        lastActivity,
        // Longer than the session is found by its hours.
        expiresAt: expiry(lastActivity, daysKept.sessions + 1),
      };
      const mark: Step = {
        write: { Put: { TableName: table, Item, ConditionExpression: "attribute_not_exists(pk)" } },
        refused: () => ended,
      };
      try {
        await commit({ client, table }, [mark, ...steps]);
        return true;
      } catch (error) {
        if (error === ended) return false;
        throw error;
      }
    },
    async cursor(configId) {
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: cursorKey(configId) }));
      return Item === undefined ? undefined : Number(Item.until);
    },
    async setCursor(configId, until) {
      const expiresAt = expiry(new Date(until).toISOString(), daysKept.sessions);
      await client.send(new PutCommand({ TableName: table, Item: { ...cursorKey(configId), until, expiresAt } }));
    },
  };
}

function cursorKey(configId: string) {
  return { pk: `SESSION-ENDS#${configId}`, sk: "CURSOR" };
}
