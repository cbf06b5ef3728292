import { createHash } from "node:crypto";
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { ConfigTable } from "./configRepository.table.ts";

/** What is good for one use: a sign-in that is under way at the issuer, and an authorization code. */
export type SingleUse = "FLOW" | "CODE";

/** What an authorization code stands for, and whether somebody has presented it before. */
export interface TakenCode {
  readonly sealed: string;
  readonly isAgain: boolean;
}

/** A refresh token's turn: what is needed for it, or why there is none. */
export type Turn =
  | { readonly sealed: string }
  /** The grant is over. */
  | "ENDED"
  /** Somebody else has just had this turn: two processes of one client, most likely. */
  | "LATE"
  /** Somebody else had this turn long ago: one of the two has stolen it. */
  | "REPLAYED";

/** What the facade of a gateway's issuer keeps between requests. Everything in it is sealed by whoever puts it there. */
export interface FacadeRepository {
  put(kind: SingleUse, handle: string, sealed: string, expires: Date): Promise<void>;
  /** Takes a sign-in away. Of all who try, one gets it. */
  takeFlow(handle: string): Promise<string | undefined>;
  /** Takes a code. Of all who try, one is the first; that it was taken is remembered until it expires. */
  takeCode(handle: string, expires: Date): Promise<TakenCode | undefined>;
  /** Stores a grant. Its first turn is 0. @returns whether it was not ended before it began. */
  putGrant(handle: string, sealed: string, expires: Date): Promise<boolean>;
  /** Takes a grant's turn; the next one is `turn + 1`. */
  takeTurn(handle: string, turn: number, now: Date): Promise<Turn>;
  /** Stores what a turn has led to. @returns whether the grant still was there and nobody has gone on meanwhile. */
  finishTurn(handle: string, turn: number, sealed: string, expires: Date): Promise<boolean>;
  /** Makes a turn that has led to nothing possible again. */
  giveBackTurn(handle: string, turn: number): Promise<void>;
  /** Ends a grant, also one that is only about to begin. @returns what was sealed in it, if it had begun. */
  endGrant(handle: string, expires: Date): Promise<string | undefined>;
}

const lateMilliseconds = 30_000;

/**
 * In the vault's table.
 *
 *     pk                  sk      item
 *     FACADE#<digest>     FLOW    a sign-in that a client has begun, sealed; expires
 *     FACADE#<digest>     CODE    what an authorization code stands for, sealed, and when it was taken; expires
 *     FACADE#<digest>     GRANT   the issuer's refresh token, sealed, and whose turn it is; neither once it is ended; expires
 *
 * The digest is that of the handle, which only its bearer knows: whoever reads the table can't use what is in it.
 */
export function facadeRepository({ client, table }: ConfigTable): FacadeRepository {
  const keyOf = (sk: SingleUse | "GRANT", handle: string) => ({ pk: `FACADE#${digestOf(handle)}`, sk });
  const epochSeconds = (time: Date) => Math.ceil(time.getTime() / 1_000);

  return {
    async put(kind, handle, sealed, expires) {
      const item = { ...keyOf(kind, handle), sealed, expiresAt: epochSeconds(expires) };
      await client.send(
        new PutCommand({ TableName: table, Item: item, ConditionExpression: "attribute_not_exists(pk)" }),
      );
    },

    async takeFlow(handle) {
      const { Attributes: item } = await client.send(
        new DeleteCommand({ TableName: table, Key: keyOf("FLOW", handle), ReturnValues: "ALL_OLD" }),
      );
      return item && String(item.sealed);
    },

    async takeCode(handle, expires) {
      try {
        const { Attributes: item } = await client.send(
          new UpdateCommand({
            TableName: table,
            Key: keyOf("CODE", handle),
            ConditionExpression: "attribute_exists(pk)",
            UpdateExpression: "SET taken = :taken, expiresAt = :expiresAt",
            ExpressionAttributeValues: { ":taken": true, ":expiresAt": epochSeconds(expires) },
            ReturnValues: "ALL_OLD",
          }),
        );
        return item && { sealed: String(item.sealed), isAgain: item.taken === true };
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return undefined;
        throw error;
      }
    },

    async putGrant(handle, sealed, expires) {
      const item = { ...keyOf("GRANT", handle), sealed, turn: 0, expiresAt: epochSeconds(expires) };
      return changed(
        client.send(new PutCommand({ TableName: table, Item: item, ConditionExpression: "attribute_not_exists(pk)" })),
      );
    },

    async takeTurn(handle, turn, now) {
      try {
        const { Attributes: item } = await client.send(
          new UpdateCommand({
            TableName: table,
            Key: keyOf("GRANT", handle),
            ConditionExpression: "turn = :turn AND expiresAt > :seconds",
            UpdateExpression: "SET turn = :next, takenAt = :now",
            ExpressionAttributeValues: {
              ":turn": turn,
              ":next": turn + 1,
              ":now": now.getTime(),
              ":seconds": now.getTime() / 1_000,
            },
            ReturnValues: "ALL_NEW",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return { sealed: String(item?.sealed) };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        // The document client leaves errors as they are.
        const { turn: current, takenAt } = error.Item ?? {};
        if (current?.N === undefined || Number(current.N) <= turn) return "ENDED";
        const isLate = Number(current.N) === turn + 1 && now.getTime() - Number(takenAt?.N) < lateMilliseconds;
        return isLate ? "LATE" : "REPLAYED";
      }
    },

    async finishTurn(handle, turn, sealed, expires) {
      return changed(
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: keyOf("GRANT", handle),
            ConditionExpression: "turn = :next",
            UpdateExpression: "SET sealed = :sealed, expiresAt = :expiresAt",
            ExpressionAttributeValues: { ":next": turn + 1, ":sealed": sealed, ":expiresAt": epochSeconds(expires) },
          }),
        ),
      );
    },

    async giveBackTurn(handle, turn) {
      await changed(
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: keyOf("GRANT", handle),
            ConditionExpression: "turn = :next",
            UpdateExpression: "SET turn = :turn",
            ExpressionAttributeValues: { ":next": turn + 1, ":turn": turn },
          }),
        ),
      );
    },

    async endGrant(handle, expires) {
      const { Attributes: item } = await client.send(
        new UpdateCommand({
          TableName: table,
          Key: keyOf("GRANT", handle),
          UpdateExpression: "SET expiresAt = :expiresAt REMOVE sealed, turn, takenAt",
          ExpressionAttributeValues: { ":expiresAt": epochSeconds(expires) },
          ReturnValues: "ALL_OLD",
        }),
      );
      return item?.sealed === undefined ? undefined : String(item.sealed);
    },
  };
}

/** What a handle is stored under, and what sealed contexts name it by. */
export function digestOf(handle: string): string {
  return createHash("sha256").update(handle).digest("base64url");
}

async function changed(update: Promise<unknown>): Promise<boolean> {
  try {
    await update;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
