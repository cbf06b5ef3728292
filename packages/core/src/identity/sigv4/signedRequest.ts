/** A request as it arrived, of any HTTP server. */
export interface SignedRequest<Body extends string | Uint8Array = string> {
  readonly method: string;
  /** Percent-encoded as in the request line, stage included, without the query. */
  readonly path: string;
  /** Decoded. */
  readonly query: Readonly<Record<string, readonly string[]>>;
  /** In any case. A header that was sent several times has its values joined by `,`. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As text, or the bytes of what isn't. */
  readonly body: Body;
}
