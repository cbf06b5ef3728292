import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AwsCredentialIdentity, Provider } from "@smithy/types";
import { TargetError } from "../target.ts";
import type { TargetRequest } from "./send.ts";
import { signingViolation } from "./signingServices.ts";

/** What a signature is good for: a service, by its signing name, in a region. */
export interface SigningScope {
  readonly service: string;
  readonly region: string;
}

/** Signs a request with the gateway's own role. @throws TargetError for a service that it doesn't sign for */
export type RequestSigner = (request: TargetRequest, scope: SigningScope) => Promise<TargetRequest>;

export interface SignerOptions {
  /** Unless given, those that the AWS SDK finds: on Lambda, the function's role. Looked for when first needed. */
  readonly credentials?: Provider<AwsCredentialIdentity>;
  readonly now?: () => Date;
}

/**
 * Signs requests by AWS Signature Version 4. The query is sent in the form that is signed: percent-encoded as RFC 3986
 * says, in which a plus sign is a plus sign.
 */
export function createRequestSigner({ credentials, now = () => new Date() }: SignerOptions = {}): RequestSigner {
  const provider = credentials ?? defaultCredentials();
  return async (request, { service, region }) => {
    const violation = signingViolation(service);
    if (violation !== undefined) throw new TargetError(`The service ${violation}.`, { code: "targetCredentialFailed" });
    const url = withPlainQuery(request.url);
    const signer = new SignatureV4({
      service,
      region,
      credentials: provider,
      sha256: Sha256,
      // Amazon S3 alone takes a path as it is sent (AWS SigV4, "Create a canonical request").
      uriEscapePath: service !== "s3",
    });
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
      { signingDate: now() },
    );
    return { ...request, url, headers };
  };
}

/** The SDK's chain, which keeps what it has found until shortly before that expires. */
function defaultCredentials(): Provider<AwsCredentialIdentity> {
  let chain: Promise<Provider<AwsCredentialIdentity>> | undefined;
  return async () => {
    chain ??= import("@aws-sdk/credential-provider-node").then(({ defaultProvider }) => defaultProvider());
    return (await chain)();
  };
}

function withPlainQuery(url: URL): URL {
  const plain = new URL(url);
  plain.search = [...url.searchParams].map((pair) => pair.map(encodeRfc3986).join("=")).join("&");
  return plain;
}

function queryOf({ searchParams }: URL): Record<string, string[]> {
  const query: Record<string, string[]> = Object.create(null);
  for (const name of searchParams.keys()) query[name] = searchParams.getAll(name);
  return query;
}

function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
