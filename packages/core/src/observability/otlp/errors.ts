/** The codes of `google.rpc.Code` that are answered. */
const codes = {
  invalidArgument: 3,
  permissionDenied: 7,
  resourceExhausted: 8,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/**
 * Why a request is not taken, as OTLP/HTTP says it: a status, and a `google.rpc.Status` in the body. Of 429 and 503 exporters
 * know that they may send the request again, of the others that they need not (OTLP 1.11, "Failures").
 */
export class OtlpError extends Error {
  override readonly name = "OtlpError";
  readonly status: number;
  /** As in `google.rpc.Code`. */
  readonly code: number;

  constructor(status: number, code: keyof typeof codes, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.status = status;
    this.code = codes[code];
  }
}

/** A request that isn't what OTLP says it has to be. */
export function malformed(message: string, cause?: unknown): OtlpError {
  return new OtlpError(400, "invalidArgument", message, { cause });
}
