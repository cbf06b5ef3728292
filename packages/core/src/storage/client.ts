import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

/**
 * The one way to a table. Where it leads (AWS, or the engine of one machine) is for the environment to say:
 * `AWS_ENDPOINT_URL_DYNAMODB`, region and credentials are read as every AWS SDK reads them.
 */
export function createDocumentClient(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient({}), { marshallOptions: { removeUndefinedValues: true } });
}
