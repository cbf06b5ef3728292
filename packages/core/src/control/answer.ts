import { type ErrorCode, GatehouseError } from "../errors.ts";
import { answerError } from "./errors.ts";
import type { Operation } from "./operations.ts";
import type { ControlRequest, ControlResponse } from "./request.ts";

/** Who is told of what went wrong. */
export interface Watchers {
  /** Told of every request that was refused because of who has sent it, or of what they may; the error holds no secret. */
  onRefused(
    error: GatehouseError,
    context: {
      readonly requestId: string;
      readonly operation: string;
      readonly sourceIp: string;
      /** Where proxies say that it comes from, which nobody has proven. */
      readonly forwardedFor?: string;
    },
  ): void;
  /** Told of every error that is Gatehouse's own fault; the client sees the request id only. */
  onError(error: unknown, context: { readonly requestId: string; readonly operation?: string }): void;
}

/**
 * Answers a request by carrying out its operation (restJson1). Never rejects: whatever happens becomes an answer.
 * @param act answers the body, as JSON text.
 */
export async function answerOperation(
  watchers: Watchers,
  { name, status }: Pick<Operation, "name" | "status">,
  request: ControlRequest,
  requestId: string,
  act: () => Promise<string>,
): Promise<ControlResponse> {
  try {
    const body = await act();
    const headers = { "x-amzn-requestid": requestId };
    // 204 says that there is nothing to read (RFC 9110, section 15.3.5).
    if (status === 204) return { status, headers, body: "" };
    return { status, headers: { ...headers, "content-type": "application/json" }, body };
  } catch (error) {
    const context = { requestId, operation: name };
    if (!(error instanceof GatehouseError) || error.code === "internal") watchers.onError(error, context);
    else if (refusals.has(error.code)) watchers.onRefused(error, { ...context, ...originOf(request) });
    return answerError(error, requestId);
  }
}

function originOf({ sourceIp, headers: { "x-forwarded-for": forwardedFor } }: ControlRequest) {
  return { sourceIp, ...(forwardedFor === undefined ? {} : { forwardedFor }) };
}

/** What is said to somebody who isn't who they say, or may not do what they ask. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  "accessDenied",
  "unauthorized",
  "missingAuthentication",
  "incompleteSignature",
  "unknownClient",
  "invalidSignature",
]);
