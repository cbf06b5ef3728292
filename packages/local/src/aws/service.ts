import { awsErrors, GatehouseError, messageOf } from "@gatehouse/core/errors.ts";
import { failed, type Invoke, type InvokeAnswer, payloadLimit } from "./invoke.ts";
import { type Kms, KmsError } from "./kms.ts";
import { failedEntries, type PutEvents, type PutEventsEntry } from "./putEvents.ts";

/** A request of an AWS SDK, whichever way it came. */
export interface AwsRequest {
  readonly method: string;
  /** Percent-encoded, without the query. */
  readonly path: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: { readonly text: string } | { readonly tooLarge: true };
}

/** Answers the AWS SDKs for what isn't the database. Never rejects. */
export type AwsService = (request: AwsRequest) => Promise<InvokeAnswer>;

export interface AwsServiceOptions {
  readonly putEvents: PutEvents;
  readonly invoke: Invoke;
  readonly kms: Kms;
  readonly log: (line: string) => void;
}

const invocations = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

const kmsTarget = "TrentService.";

/** EventBridge's PutEvents and some of KMS (AWS JSON 1.1), and Lambda's Invoke (restJson1). */
export function createAwsService({ putEvents, invoke, kms, log }: AwsServiceOptions): AwsService {
  return async (request) => {
    try {
      const lambda = invocations.exec(request.path)?.[1];
      if (request.method === "POST" && lambda !== undefined) return await invoked(request, lambda, invoke);
      const target = request.headers["x-amz-target"] ?? "";
      if (target === "AWSEvents.PutEvents") return await put(request, putEvents);
      if (target.startsWith(kmsTarget)) return protect(request, target.slice(kmsTarget.length), kms);
      const known =
        "This endpoint answers PutEvents of EventBridge, Invoke of Lambda, and GenerateDataKey and Decrypt of KMS.";
      return failed(400, "UnknownOperationException", known);
    } catch (error) {
      log(`An AWS request failed: ${messageOf(error)}`);
      return failed(500, "InternalFailure", "The request failed; the host's log says why.");
    }
  };
}

function invoked({ headers, body }: AwsRequest, lambda: string, invoke: Invoke): Promise<InvokeAnswer> | InvokeAnswer {
  if ("tooLarge" in body) {
    return failed(413, "RequestTooLargeException", `Request must be smaller than ${payloadLimit} bytes.`);
  }
  return invoke({
    functionName: decoded(lambda),
    invocationType: headers["x-amz-invocation-type"] ?? "RequestResponse",
    clientContext: headers["x-amz-client-context"],
    payload: body.text,
  });
}

/** A name whose encoding is broken is no function's name. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

async function put({ body }: AwsRequest, putEvents: PutEvents): Promise<InvokeAnswer> {
  if ("tooLarge" in body) return json(413, "RequestEntityTooLarge", "Too large.");
  try {
    const { Entries } = JSON.parse(body.text) as { Entries?: PutEventsEntry[] };
    const results = await putEvents(Entries ?? []);
    return {
      status: 200,
      headers: {},
      body: JSON.stringify({ FailedEntryCount: failedEntries(results), Entries: results }),
    };
  } catch (error) {
    if (error instanceof SyntaxError) return json(400, "SerializationException", "The body isn't JSON.");
    if (!(error instanceof GatehouseError)) throw error;
    const { name, status } = awsErrors[error.code];
    return json(status, name, error.message);
  }
}

function protect({ body }: AwsRequest, operation: string, kms: Kms): InvokeAnswer {
  if ("tooLarge" in body) return json(413, "RequestEntityTooLarge", "Too large.");
  try {
    return { status: 200, headers: {}, body: JSON.stringify(kms(operation, JSON.parse(body.text))) };
  } catch (error) {
    if (error instanceof SyntaxError) return json(400, "SerializationException", "The body isn't JSON.");
    if (error instanceof KmsError) return json(400, error.type, error.message);
    throw error;
  }
}

/** An error in AWS JSON 1.1. */
function json(status: number, type: string, message: string): InvokeAnswer {
  return { status, headers: {}, body: JSON.stringify({ __type: type, message }) };
}
