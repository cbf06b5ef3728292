import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { createDocumentClient } from "@gatehouse/core/storage/client.ts";

/** Long enough for a slow moment of a service, short enough that a caller is still there to hear of it. */
const quick = { requestHandler: { requestTimeout: 5_000, connectionTimeout: 1_000 }, maxAttempts: 3 };

/** The AWS clients of this process. The SDK finds region, credentials and endpoints in the environment: the host's choice. */
export const documentClient = createDocumentClient();
export const eventBridge = new EventBridgeClient(quick);
export const kms = new KMSClient(quick);
/** A target may take its time, and is never called twice: whether it may be is not known. */
export const lambda = new LambdaClient({ maxAttempts: 1 });
