/** An HTTP request to a target. Header names are in lower case. */
export interface HttpRequest {
  readonly method: string;
  /** Absolute, with its query. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}
