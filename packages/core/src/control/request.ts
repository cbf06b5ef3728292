/** A request to the control plane, whatever carries it. */
export interface ControlRequest {
  readonly method: string;
  /** Raw and percent-encoded, as in the request line, without the query. */
  readonly path: string;
  /** The path as the client wrote it, and so as it is signed: `path` unless it is said, which may have more before it. */
  readonly signedPath?: string;
  /** Decoded. */
  readonly query: Readonly<Record<string, readonly string[]>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** The address that the request came from. */
  readonly sourceIp: string;
  /** The id that whoever carries it knows it by, and so its client; one is made unless it is said. */
  readonly requestId?: string;
}

/** A request as far as it says who has sent it: a body that isn't text is signed as well. */
export type SignedControlRequest = Omit<ControlRequest, "body"> & { readonly body: string | Uint8Array };

/** The answer to a `ControlRequest`. */
export interface ControlResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
