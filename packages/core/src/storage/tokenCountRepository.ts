import { randomUUID } from "node:crypto";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type ConditionalUpdate, updateIf } from "./conditionalUpdate.ts";
import { expiry } from "./retention.ts";

/** A minute or a day, UTC. */
export interface Period {
  readonly unit: "minute" | "day";
  /** When it begins, in ISO 8601. */
  readonly begin: string;
}

/** What gives back what was taken and not used, to be called once; or how many tokens there were, which was too few. */
export type Taken =
  | { readonly settle: (used: number) => Promise<void>; readonly left?: undefined }
  | { readonly left: number; readonly settle?: undefined };

/** How many of the tokens of a period the judges of everybody who counts here have taken. */
export interface TokenCounts {
  /**
   * Takes tokens from a period, all of them or none.
   * @param request its tokens are no more than its limit.
   * @throws what keeps it from being known whether there are as many, or the signal's reason.
   */
  take(request: {
    readonly period: Period;
    readonly tokens: number;
    readonly limit: number;
    readonly signal?: AbortSignal;
  }): Promise<Taken>;
}

/** A budget that can't be read soon is not waited for. */
const maxMilliseconds = 5_000;
/** Long after nobody takes or gives back any more, for whoever looks what was used. */
const daysKept = 2;

/**
 * Counts in the aggregates table.
 *
 *     pk                    sk        item
 *     JUDGE-TOKENS#<unit>   <begin>   how many tokens of a minute or a day are taken, and for which questions; expires
 *
 * Taking is one conditional update, and so is giving back. A question that is under way has an attribute of its own: where
 * an answer of the table is lost and the client asks again, tokens are neither taken nor given back twice. What was taken by
 * a process that has ended since stays taken.
 */
export function tokenCountRepository({
  client,
  table,
}: {
  client: DynamoDBDocumentClient;
  table: string;
}): TokenCounts {
  const update = ({ unit, begin }: Period, input: ConditionalUpdate, signal?: AbortSignal) => {
    const timeout = AbortSignal.timeout(maxMilliseconds);
    const end = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
    return updateIf({ client, table }, { pk: `JUDGE-TOKENS#${unit}`, sk: begin }, input, end);
  };

  return {
    async take({ period, tokens, limit, signal }) {
      const question = `question-${randomUUID()}`;
      const found = await update(
        period,
        {
          ConditionExpression: "attribute_not_exists(pk) OR (tokens <= :room AND attribute_not_exists(#question))",
          UpdateExpression: "ADD tokens :tokens SET expiresAt = :expiresAt, #question = :tokens",
          ExpressionAttributeNames: { "#question": question },
          ExpressionAttributeValues: {
            ":room": limit - tokens,
            ":tokens": tokens,
            ":expiresAt": expiry(period.begin, daysKept),
          },
        },
        signal,
      );
      if (found !== undefined && found[question] === undefined) {
        return { left: Math.max(0, limit - Number(found.tokens?.N)) };
      }
      return {
        async settle(used) {
          await update(period, {
            ConditionExpression: "attribute_exists(#question)",
            UpdateExpression: "ADD tokens :difference REMOVE #question",
            ExpressionAttributeNames: { "#question": question },
            ExpressionAttributeValues: { ":difference": used - tokens },
          });
        },
      };
    },
  };
}
