import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { createDocumentClient } from "@gatehouse/core/storage/client.ts";

/** Long enough for a slow moment of a service, short enough that a caller is still there to hear of it. */
const quick = { requestHandler: { requestTimeout: 5_000, connectionTimeout: 1_000 }, maxAttempts: 3 };

/**
 * The AWS clients of this process. The SDK finds region, credentials and endpoints in the environment: the host's choice.
 * Marked as pure, so that a function's bundle has only the clients that the function uses.
 */
export const documentClient = /* @__PURE__ */ createDocumentClient();
export const eventBridge = /* @__PURE__ */ new EventBridgeClient(quick);
export const kms = /* @__PURE__ */ new KMSClient(quick);
/** A target may take its time, and is never called twice: whether it may be is not known. */
export const lambda = /* @__PURE__ */ new LambdaClient({ maxAttempts: 1 });
