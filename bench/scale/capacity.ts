import type { ConsumedCapacity } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

/** A request to the database, and what it cost there. */
export interface Consumption {
  /** The operation, as DynamoDB names it: `GetItem`, `BatchWriteItem`. */
  readonly operation: string;
  readonly table: string;
  /** The partition key that it names, if it names one. */
  readonly partition: string | undefined;
  /** Read or write units of the table, without its indexes. */
  readonly tableUnits: number;
  /** Write units by index. */
  readonly indexUnits: Readonly<Record<string, number>>;
}

/** Has every request of a client answered with the capacity that it consumed, and notes it. */
export function watchCapacity(client: DynamoDBDocumentClient): Consumption[] {
  const consumptions: Consumption[] = [];
  client.middlewareStack.add(
    (next, context) => async (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: "INDEXES" });
      const result = await next(args);
      const operation = String(context.commandName).replace(/Command$/, "");
      for (const capacity of capacitiesOf(result.output)) {
        consumptions.push({ operation, partition: partitionOf(args.input), ...unitsOf(capacity) });
      }
      return result;
    },
    { step: "initialize", name: "capacity" },
  );
  return consumptions;
}

/** One for a request about one table, several for a batch. */
function capacitiesOf(output: object): ConsumedCapacity[] {
  if (!("ConsumedCapacity" in output)) return [];
  // It is of this shape wherever DynamoDB's answers have it.
  return [output.ConsumedCapacity].flat() as ConsumedCapacity[];
}

function unitsOf({ TableName = "", CapacityUnits = 0, Table, GlobalSecondaryIndexes = {} }: ConsumedCapacity) {
  const indexes = Object.entries(GlobalSecondaryIndexes).map(([name, units]) => [name, units.CapacityUnits ?? 0]);
  return {
    table: TableName,
    tableUnits: Table?.CapacityUnits ?? CapacityUnits,
    indexUnits: Object.fromEntries(indexes),
  };
}

function partitionOf(input: object): string | undefined {
  const key = "Key" in input ? input.Key : undefined;
  return typeof key === "object" && key !== null && "pk" in key ? String(key.pk) : undefined;
}
