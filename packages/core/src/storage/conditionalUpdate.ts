import { type AttributeValue, ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import type { Key } from "./keys.ts";

/** What is done with an item, and on which condition. */
export type ConditionalUpdate = Pick<
  UpdateCommandInput,
  "ConditionExpression" | "UpdateExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"
>;

/**
 * Updates an item if a condition holds.
 * @returns undefined if it is done; otherwise the item as it is, in DynamoDB's own form, because the document client leaves
 *   errors as they are; of an item that isn't there, nothing.
 */
export async function updateIf(
  { client, table }: { readonly client: DynamoDBDocumentClient; readonly table: string },
  key: Key,
  update: ConditionalUpdate,
  signal: AbortSignal,
): Promise<Readonly<Record<string, AttributeValue>> | undefined> {
  const command = new UpdateCommand({
    TableName: table,
    Key: key,
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    ...update,
  });
  try {
    await client.send(command, { abortSignal: signal });
    return undefined;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return error.Item ?? {};
    throw error;
  }
}
