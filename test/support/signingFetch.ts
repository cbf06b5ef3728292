import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AccessKey } from "./signedRequest.ts";

/** What of a signature can be otherwise than it should be. */
export interface Signing {
  readonly signingDate?: Date;
  readonly region?: string;
  readonly service?: string;
}

/** A request as it goes out: signed, and changed by nobody yet. */
export interface Signed {
  readonly url: URL;
  readonly init: RequestInit & { readonly method: string; readonly headers: Record<string, string> };
}

/** Signs a request as `mcp-proxy-for-aws` does: every header that it has, for the service `bedrock-agentcore`. */
export async function signFetch(
  input: string | URL,
  init: RequestInit,
  credentials: AccessKey,
  { signingDate = new Date(), region = "us-east-1", service = "bedrock-agentcore" }: Signing = {},
): Promise<Signed> {
  const url = new URL(input);
  const method = init.method ?? "GET";
  const body = typeof init.body === "string" || init.body instanceof Uint8Array ? init.body : undefined;
  const signer = new SignatureV4({ region, service, credentials, sha256: Sha256 });
  const { headers } = await signer.sign(
    {
      protocol: url.protocol,
      hostname: url.hostname,
      port: Number(url.port),
      method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...Object.fromEntries(new Headers(init.headers)), host: url.host },
      ...(body === undefined ? {} : { body }),
    },
    { signingDate },
  );
  return { url, init: { ...init, method, headers } };
}

/** A `fetch` that signs what it sends, for clients that know nothing of signatures. */
export function signingFetch(credentials: AccessKey): (input: string | URL, init?: RequestInit) => Promise<Response> {
  return async (input, init = {}) => {
    const signed = await signFetch(input, init, credentials);
    return fetch(signed.url, signed.init);
  };
}
