import { createHash } from "node:crypto";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type ConditionalUpdate, updateIf } from "./conditionalUpdate.ts";
import { type Rate, type Taken, takeFrom } from "./tokenBucket.ts";

/** How often others may come first. Each time they have taken tokens. */
const maxAttempts = 10;
/** A limit that can't be checked soon is not waited for. */
const maxMilliseconds = 2_000;

/** The token buckets of rate limits, which every process takes from. */
export interface RateLimitRepository {
  /**
   * Takes up to so many tokens, at once for all processes.
   * @param key what is counted, and by which limit.
   * @param now microseconds since 1970.
   * @throws Error when the table can't be reached within two seconds.
   */
  take(key: string, rate: Rate, wanted: number, now: number): Promise<Taken>;
}

/**
 * Buckets in the aggregates table.
 *
 *     pk                  sk        item
 *     RATE#<digest>       BUCKET    when a bucket is full again, in microseconds since 1970; expires some time later
 *
 * Taking is one conditional update, and two that both fit don't hinder each other.
 */
export function rateLimitRepository({
  client,
  table,
}: {
  client: DynamoDBDocumentClient;
  table: string;
}): RateLimitRepository {
  return {
    async take(key, rate, wanted, now) {
      const signal = AbortSignal.timeout(maxMilliseconds);
      // Principals are in the key, and need be in no table.
      const bucket = { pk: `RATE#${createHash("sha256").update(key).digest("base64url")}`, sk: "BUCKET" };
      // At first it isn't known what is in the bucket: that it has rested is the guess that costs the least.
      let fullAt: number | undefined;
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const { tokens, retryAt } = takeFrom(fullAt, rate, wanted, now);
        if (retryAt !== undefined) return { tokens: 0, retryAt };
        const rested = fullAt === undefined || fullAt < now;
        const taking = rested ? fill(rate, tokens, now) : drain(rate, tokens, now);
        const found = await updateIf({ client, table }, bucket, taking, signal);
        if (found === undefined) return { tokens };
        fullAt = found.fullAt?.N === undefined ? undefined : Number(found.fullAt.N);
      }
      throw new Error(`A rate limit could not be checked: others came first ${maxAttempts} times.`);
    },
  };
}

/** Takes tokens from a bucket that is full. */
function fill(rate: Rate, tokens: number, now: number): ConditionalUpdate {
  return {
    ConditionExpression: "attribute_not_exists(fullAt) OR fullAt < :now",
    UpdateExpression: "SET fullAt = :fullAt, expiresAt = :expiresAt",
    ExpressionAttributeValues: {
      ":now": now,
      ":fullAt": now + tokens * rate.interval,
      ":expiresAt": expiry(rate, now),
    },
  };
}

/** Takes tokens from one that isn't. */
function drain(rate: Rate, tokens: number, now: number): ConditionalUpdate {
  const cost = tokens * rate.interval;
  return {
    ConditionExpression: "fullAt BETWEEN :now AND :latest",
    UpdateExpression: "SET fullAt = fullAt + :cost, expiresAt = :expiresAt",
    ExpressionAttributeValues: {
      ":now": now,
      ":latest": now + rate.capacity * rate.interval - cost,
      ":cost": cost,
      ":expiresAt": expiry(rate, now),
    },
  };
}

/** Long after the bucket is full again, when it says as much as none. */
function expiry({ capacity, interval }: Rate, now: number): number {
  return Math.ceil((now + 2 * capacity * interval) / 1_000_000) + 3_600;
}
