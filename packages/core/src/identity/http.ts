/** An HTTP request to the identity function: the identity operations, consents, and what clients of a gateway's issuer ask. */
export interface IdentityRequest {
  readonly method: string;
  /** Percent-encoded, without the query. */
  readonly path: string;
  /** The path as it was signed. */
  readonly signedPath: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: string;
  readonly sourceIp: string;
  readonly requestId: string;
}

/** Answers the requests that are its own; undefined for others. */
export type IdentityRoutes = (request: IdentityRequest) => Promise<Response | undefined>;
