import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AwsCredentialIdentity } from "@smithy/types";
import { lazily } from "../../../lazily.ts";
import { percentEncoded } from "../../../percentEncoding.ts";
import type { GatewayRecord } from "../../../storage/records.ts";
import type { HttpRequest } from "./request.ts";

/** What a signature is good for: a service, by its signing name, in a region. */
export interface SigningScope {
  readonly service: string;
  readonly region: string;
}

/** What of a gateway says which role signs for it. */
export type SigningGateway = Pick<GatewayRecord, "gatewayId" | "roleArn">;

/** The AWS credentials that sign what is sent to a gateway's targets. @throws Error where there are none */
export type SigningCredentials = (gateway: SigningGateway) => Promise<AwsCredentialIdentity>;

/** Signs a request that is complete but for its signature. */
export type Sign = (request: HttpRequest) => Promise<HttpRequest>;

/**
 * Gives what signs requests to a gateway's targets, once there are credentials to sign with.
 * @throws Error where there are none
 */
export type RequestSigner = (gateway: SigningGateway, scope: SigningScope) => Promise<Sign>;

export interface SignerOptions {
  readonly credentials: SigningCredentials;
  readonly now?: () => Date;
}

/**
 * Signs requests by AWS Signature Version 4. The query is sent in the form that is signed: percent-encoded as RFC 3986
 * says, in which a plus sign is a plus sign.
 */
export function createRequestSigner({ credentials, now = () => new Date() }: SignerOptions): RequestSigner {
  return async (gateway, { service, region }) => {
    const provider = () => credentials(gateway);
    await provider();
    const signer = new SignatureV4({
      service,
      region,
      credentials: provider,
      sha256: Sha256,
      // Amazon S3 alone takes a path as it is sent (AWS SigV4, "Create a canonical request").
      uriEscapePath: service !== "s3",
    });
    return (request) => signed(request, signer, now());
  };
}

async function signed(request: HttpRequest, signer: SignatureV4, signingDate: Date): Promise<HttpRequest> {
  const url = withPlainQuery(request.url);
  const { headers } = await signer.sign(
    {
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === "" ? {} : { port: Number(url.port) }),
      path: url.pathname,
      query: queryOf(url),
      headers: { ...request.headers, host: url.host },
      body: request.body,
    },
    { signingDate },
  );
  return { ...request, url, headers };
}

/**
 * The credentials that the AWS SDK finds in the process and around it, whatever the gateway: where a process has no rights
 * that targets must not have. The SDK's chain keeps what it has found until shortly before that expires.
 */
export function processCredentials(): SigningCredentials {
  const chain = lazily(async () => (await import("@aws-sdk/credential-provider-node")).defaultProvider());
  return async () => (await chain())();
}

function withPlainQuery(url: URL): URL {
  const plain = new URL(url);
  plain.search = [...url.searchParams].map((pair) => pair.map(percentEncoded).join("=")).join("&");
  return plain;
}

function queryOf({ searchParams }: URL): Record<string, string[]> {
  const query: Record<string, string[]> = Object.create(null);
  for (const name of searchParams.keys()) query[name] = searchParams.getAll(name);
  return query;
}
