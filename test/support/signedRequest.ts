import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";

/** An access key as every AWS SDK has it. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A request to the control plane, before it is signed. */
export interface Unsigned {
  readonly method: string;
  readonly path: string;
  readonly query?: Record<string, string>;
  readonly body?: object;
}

/** Signs a request as the AWS SDK for JavaScript does. */
export async function sign(
  url: string,
  { method, path, query = {}, body }: Unsigned,
  credentials: AccessKey,
  { signingDate = new Date(), region = "us-east-1", service = "bedrock-agentcore", headers = {} } = {},
): Promise<{ address: URL; init: RequestInit & { headers: Record<string, string> } }> {
  const { hostname, port } = new URL(url);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const signer = new SignatureV4({ region, service, credentials, sha256: Sha256 });
  const signed = await signer.sign(
    {
      protocol: "http:",
      hostname,
      port: Number(port),
      method,
      path,
      query,
      headers: {
        host: `${hostname}:${port}`,
        ...(text === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(text === undefined ? {} : { body: text }),
    },
    { signingDate },
  );
  const address = new URL(path, url);
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  return { address, init: { method, headers: signed.headers, ...(text === undefined ? {} : { body: text }) } };
}

/** What the control plane answers. */
export interface Answer {
  readonly status: number;
  readonly error: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON the operation answers; tests say what they expect of it.
  readonly body: any;
}

/** Sends a request, signed or not. */
export async function send(address: URL, init: RequestInit): Promise<Answer> {
  const response = await fetch(address, init);
  const text = await response.text();
  const body = text === "" ? undefined : JSON.parse(text);
  return { status: response.status, error: response.headers.get("x-amzn-errortype"), body };
}

/** Signs and sends a request. */
export async function signedRequest(
  url: string,
  request: Unsigned,
  credentials: AccessKey,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { address, init } = await sign(url, request, credentials, { headers });
  return send(address, init);
}
