import type { BedrockAgentCoreControlClient } from "@aws-sdk/client-bedrock-agentcore-control";
import { percentEncoded } from "@gatehouse/core/percentEncoding.ts";
import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";

/** What is asked: parameters by name; those with several values are said once for each. */
export type QueryParameters = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Asks the query API. */
export type QueryClient = (
  path: string,
  parameters?: QueryParameters,
  options?: { readonly signal?: AbortSignal },
) => Promise<Response>;

/** An answer that is none. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Asks with the credentials and the region of a client of the SDK, signed as its own requests are. */
export function queryClientOf(endpoint: string, client: BedrockAgentCoreControlClient): QueryClient {
  return async (path, parameters = {}, { signal } = {}) => {
    const base = endpoint.endsWith("/") ? endpoint : `${endpoint}/`;
    const url = new URL(`observability${path}`, base);
    const query: Record<string, string[]> = {};
    for (const [name, value] of Object.entries(parameters)) {
      if (value === undefined) continue;
      query[name] = Array.isArray(value) ? value.map(String) : [String(value)];
    }
    const signer = new SignatureV4({
      service: "bedrock-agentcore",
      region: await client.config.region(),
      credentials: client.config.credentials,
      sha256: Sha256,
    });
    const { headers } = await signer.sign({
      method: "GET",
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === "" ? {} : { port: Number(url.port) }),
      path: url.pathname,
      query,
      headers: { host: url.host },
    });
    // In the form that is signed: a plus sign is a plus sign (AWS SigV4, "Create a canonical request").
    url.search = Object.entries(query)
      .flatMap(([name, values]) => values.map((value) => `${percentEncoded(name)}=${percentEncoded(value)}`))
      .join("&");
    const response = await fetch(url, { headers, ...(signal === undefined ? {} : { signal }) });
    if (!response.ok) throw new QueryError(response.status, messageIn(await response.text(), response.status));
    return response;
  };
}

function messageIn(body: string, status: number): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // Whatever stands between doesn't answer in JSON.
  }
  return `The answer has status ${status}.`;
}
