import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SQSClient } from "@aws-sdk/client-sqs";
import { region } from "../synth/graph.ts";
import type { Ministack } from "./ministack.ts";

/** AWS's clients for the emulator. */
export type Clients = ReturnType<typeof clientsOf>;

export function clientsOf({ endpoint, credentials }: Pick<Ministack, "endpoint" | "credentials">) {
  const options = { endpoint, credentials, region };
  return {
    apiGateway: new APIGatewayClient(options),
    cloudWatch: new CloudWatchClient(options),
    cognito: new CognitoIdentityProviderClient(options),
    database: new DynamoDBClient(options),
    eventBridge: new EventBridgeClient(options),
    iam: new IAMClient(options),
    kms: new KMSClient(options),
    // An invocation that has failed is for a test to see, and not to be made again.
    lambda: new LambdaClient({ ...options, maxAttempts: 1 }),
    logs: new CloudWatchLogsClient(options),
    scheduler: new SchedulerClient(options),
    sqs: new SQSClient(options),
  };
}
