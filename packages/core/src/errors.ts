/** What can go wrong, as a closed set: the code decides how every wire says it. */
export type ErrorCode =
  | "validation"
  | "accessDenied"
  | "unauthorized"
  | "missingAuthentication"
  | "incompleteSignature"
  | "unknownClient"
  | "invalidSignature"
  | "notFound"
  | "conflict"
  | "quotaExceeded"
  | "throttled"
  | "internal";

/** How an error looks on the AgentCore wire (restJson1): the `x-amzn-errortype` and the HTTP status. */
export const awsErrors: Readonly<Record<ErrorCode, { readonly name: string; readonly status: number }>> = {
  validation: { name: "ValidationException", status: 400 },
  accessDenied: { name: "AccessDeniedException", status: 403 },
  unauthorized: { name: "UnauthorizedException", status: 401 },
  // Those of AWS's common errors that are about SigV4, so that clients know what to say, and when to correct their clock.
  missingAuthentication: { name: "MissingAuthenticationTokenException", status: 403 },
  incompleteSignature: { name: "IncompleteSignatureException", status: 400 },
  unknownClient: { name: "UnrecognizedClientException", status: 403 },
  invalidSignature: { name: "InvalidSignatureException", status: 403 },
  notFound: { name: "ResourceNotFoundException", status: 404 },
  conflict: { name: "ConflictException", status: 409 },
  quotaExceeded: { name: "ServiceQuotaExceededException", status: 402 },
  throttled: { name: "ThrottlingException", status: 429 },
  internal: { name: "InternalServerException", status: 500 },
};

/** One member of a request that is not as it should be, as AWS's `ValidationExceptionField`. */
export interface FieldError {
  readonly name: string;
  readonly message: string;
}

/** The one error of Gatehouse. Its message is written for the person who can mend what was wrong. */
export class GatehouseError extends Error {
  override readonly name = "GatehouseError";
  readonly code: ErrorCode;
  readonly fields: readonly FieldError[];

  constructor(code: ErrorCode, message: string, options: { fields?: readonly FieldError[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fields = options.fields ?? [];
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
