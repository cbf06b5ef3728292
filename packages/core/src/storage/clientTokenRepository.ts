import { gunzipSync, gzipSync } from "node:zlib";
import { GatehouseError } from "../errors.ts";
import { type ConfigTable, readPartition, type Step } from "./configRepository.table.ts";
import { clientTokenKey, clientTokenPartition } from "./keys.ts";

/** As long as AWS's services mostly remember one. */
const retentionSeconds = 24 * 3_600;
/** An item takes 400 KB; an answer that repeats a large tool schema takes several. */
const chunkBytes = 300_000;

/** What was asked with a client token, and answered. */
export interface RememberedRequest {
  /** Tells one input from another. */
  readonly inputDigest: string;
  /** The answer's body, as JSON text. */
  readonly answer: string;
}

/** Requests that were made with a client token, so that repeating one changes nothing. */
export function clientTokenRepository(table: ConfigTable) {
  return {
    /** The request that a token was used for within the last 24 hours, read consistently. */
    async find(token: string): Promise<RememberedRequest | undefined> {
      const items = await readPartition(table, clientTokenPartition(token));
      const [first] = items;
      // DynamoDB takes its time to delete what has expired.
      if (first === undefined || Number(first.expiresAt) <= Date.now() / 1_000) return undefined;
      const chunks = items.slice(0, Number(first.chunks)).map((item) => Buffer.from(item.answer as Uint8Array));
      return { inputDigest: String(first.inputDigest), answer: gunzipSync(Buffer.concat(chunks)).toString() };
    },

    /** The steps that remember a request, as part of the transaction of what it changes. */
    steps(token: string, { inputDigest, answer }: RememberedRequest): Step[] {
      const now = Math.floor(Date.now() / 1_000);
      const bytes = gzipSync(answer);
      const chunks = Math.ceil(bytes.length / chunkBytes);
      return Array.from({ length: chunks }, (_, index) => ({
        write: {
          Put: {
            TableName: table.table,
            Item: {
              ...clientTokenKey(token, index),
              ...(index === 0 ? { inputDigest, chunks } : {}),
              answer: bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
              expiresAt: now + retentionSeconds,
            },
            ...(index === 0
              ? {
                  ConditionExpression: "attribute_not_exists(pk) OR expiresAt <= :now",
                  ExpressionAttributeValues: { ":now": now },
                }
              : {}),
          },
        },
        refused: () => new GatehouseError("conflict", "A request with the same clientToken is under way; try again."),
      }));
    },
  };
}

/** What `clientTokenRepository` makes. */
export type ClientTokenRepository = ReturnType<typeof clientTokenRepository>;
