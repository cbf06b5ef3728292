import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { GatehouseError } from "../errors.ts";
import { commit, type Step } from "./configRepository.table.ts";
import { daysKept, expiry } from "./retention.ts";

/** Remembers which falls of scores were told of. */
export interface ScoreFallRepository {
  /**
   * Marks that an evaluator's scores fell on a day (UTC), together with the steps, or neither.
   * @param fall the time to which scores were compared, in ISO 8601.
   * @returns whether nobody was told of it that day: only then the steps were taken.
   */
  mark(fall: { configId: string; evaluatorId: string; to: string }, steps: readonly Step[]): Promise<boolean>;
}

/** Falls in the ledger's table. */
export function scoreFallRepository({
  client,
  table,
}: {
  client: DynamoDBDocumentClient;
  table: string;
}): ScoreFallRepository {
  return {
    async mark({ configId, evaluatorId, to }, steps) {
      const told = new GatehouseError("conflict", "Somebody was told of it that day.");
      const Item = {
        pk: `SCORE-FALLS#${configId}#${evaluatorId}`,
        sk: to.slice(0, 10),
        to,
        expiresAt: expiry(to, daysKept.evaluations),
      };
      const write = { Put: { TableName: table, Item, ConditionExpression: "attribute_not_exists(pk)" } };
      try {
        await commit({ client, table }, [{ write, refused: () => told }, ...steps]);
        return true;
      } catch (error) {
        if (error === told) return false;
        throw error;
      }
    },
  };
}
