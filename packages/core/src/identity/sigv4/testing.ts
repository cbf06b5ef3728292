import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import type { SignedRequest } from "./signedRequest.ts";
import { verifySignature } from "./verify.ts";

/** For tests only: the one access key that is known. */
export const accessKey = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
export const place = { region: "us-east-1", service: "bedrock-agentcore" };
export const now = new Date("2026-11-22T10:00:00.000Z");

/** For tests only: a request before it is signed. */
export interface Unsigned extends Partial<SignedRequest> {
  readonly headers?: Readonly<Record<string, string>>;
}

/** For tests only: signs a request with the signer of the AWS SDK for JavaScript. */
export async function sign(
  { method = "POST", path = "/gateways/", query = {}, headers = {}, body = "" }: Unsigned = {},
  { credentials = accessKey, signingDate = now, ...changes }: SignOptions = {},
): Promise<SignedRequest> {
  const signer = new SignatureV4({ ...place, ...changes, credentials, sha256: Sha256 });
  const { headers: signed } = await signer.sign(
    {
      protocol: "https:",
      hostname: "gatehouse.example",
      method,
      path,
      query: Object.fromEntries(Object.entries(query).map(([name, values]) => [name, [...values]])),
      headers: { host: "gatehouse.example", ...headers },
      body,
    },
    { signingDate },
  );
  return { method, path, query, headers: signed, body };
}

interface SignOptions {
  readonly credentials?: typeof accessKey & { readonly sessionToken?: string };
  readonly signingDate?: Date;
  readonly region?: string;
  readonly service?: string;
  /** Whether `x-amz-content-sha256` is sent. */
  readonly applyChecksum?: boolean;
}

/** For tests only: verifies a request where only `accessKey` is known. */
export function verify(request: SignedRequest, changes: { now?: Date; region?: string; service?: string } = {}) {
  const findKey = async (id: string) => (id === accessKey.accessKeyId ? accessKey : undefined);
  return verifySignature(request, { ...place, now, findKey, ...changes });
}

/** For tests only: the request with its `Authorization` header changed. */
export function withAuthorization(request: SignedRequest, change: (header: string) => string): SignedRequest {
  return { ...request, headers: { ...request.headers, authorization: change(request.headers.authorization ?? "") } };
}
