import { TargetError } from "../targets/target.ts";

/**
 * What a failed call says of its target.
 * - `answered`: it is there, and doesn't like the call, or fails at it: an error of the protocol, a 4xx, a 500.
 * - `unavailable`: it can't be reached, breaks the connection, or whoever stands before it says so (502, 503, 504).
 * - `throttled`: it has had enough calls for now (429).
 * - `timedOut`: it took too long.
 * - `broken`: what came can't be read.
 * - `notCalled`: the gateway itself didn't call it, or the caller has gone.
 */
export type Failure = "answered" | "unavailable" | "throttled" | "timedOut" | "broken" | "notCalled";

const unreachable: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);
const ofTargetCodes: Readonly<Partial<Record<TargetError["code"], Failure>>> = {
  targetTimedOut: "timedOut",
  targetUnavailable: "notCalled",
  targetBusy: "notCalled",
  targetCredentialFailed: "notCalled",
  targetConsentDeclined: "notCalled",
  targetResultTooLarge: "answered",
};
/** Errors wrap each other; a chain longer than this is none. */
const longestChain = 8;

/** Finds out by an error, and by the errors that caused it, what it says of the target. */
export function failureOf(error: unknown): Failure {
  let at: unknown = error;
  for (let depth = 0; depth < longestChain && at instanceof Error; depth++) {
    const found = failureIn(at);
    if (found !== undefined) return found;
    at = at.cause;
  }
  return "broken";
}

/** How long the target wants to be left alone, where it said so. */
export function retryAfterOf(error: unknown): number | undefined {
  let at: unknown = error;
  for (let depth = 0; depth < longestChain && at instanceof Error; depth++) {
    if (at instanceof TargetError && at.retryAfterMilliseconds !== undefined) return at.retryAfterMilliseconds;
    // Lambda's TooManyRequestsException.
    if ("retryAfterSeconds" in at && Number(at.retryAfterSeconds) >= 0) return Number(at.retryAfterSeconds) * 1_000;
    at = at.cause;
  }
  return undefined;
}

function failureIn(error: Error): Failure | undefined {
  if (error instanceof TargetError && error.code in ofTargetCodes) return ofTargetCodes[error.code];
  if (error.name === "TimeoutError") return "timedOut";
  if (error.name === "AbortError") return "notCalled";
  const code = "code" in error ? error.code : undefined;
  // A JSON-RPC error: those of Node have names for codes.
  if (typeof code === "number") return "answered";
  const status = statusOf(error);
  if (status !== undefined) return ofStatus(status);
  if (unreachable.has(code)) return "unavailable";
  // A Lambda function that threw: the function is there.
  if (error instanceof TargetError && error.cause === undefined) return "answered";
  return undefined;
}

/** The HTTP status that an error carries: of ours, or of the AWS SDK. */
function statusOf(error: Error): number | undefined {
  if ("status" in error && typeof error.status === "number") return error.status;
  const metadata: unknown = "$metadata" in error ? error.$metadata : undefined;
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) return undefined;
  return typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : undefined;
}

function ofStatus(status: number): Failure {
  if (status === 429) return "throttled";
  if (status === 502 || status === 503 || status === 504) return "unavailable";
  // A success that failed is one that couldn't be read.
  return status >= 400 ? "answered" : "broken";
}
