import { timingSafeEqual } from "node:crypto";
import { parseAuthorization } from "./authorization.ts";
import { canonicalRequest } from "./canonical.ts";
import { invalid, unknown } from "./refusals.ts";
import {
  lowerCased,
  refuseSessionToken,
  requireAuthorization,
  requireBodyDigest,
  requireDate,
  requirePlainPath,
  requireScope,
  requireSigned,
} from "./requirements.ts";
import { scopeOf, signatureOf } from "./signature.ts";
import type { SignedRequest } from "./signedRequest.ts";

/** What a signature is held against. */
export interface VerifyOptions<Key> {
  readonly region: string;
  readonly service: string;
  readonly now: Date;
  /** The access key of this id; `undefined` where there is none, or none any more. */
  findKey(accessKeyId: string): Promise<Key | undefined>;
}

/** Takes as long to compute with as any other, so that an unknown key id is no faster to refuse than a wrong secret. */
const noSecret = "0".repeat(40);

/** Whether a request says that it is signed with AWS Signature Version 4, in whatever variant. */
export function isSignatureV4(headers: SignedRequest["headers"]): boolean {
  return Object.entries(headers).some(
    ([name, value]) => name.toLowerCase() === "authorization" && value?.trimStart().startsWith("AWS4-"),
  );
}

/**
 * Verifies a request's AWS Signature Version 4 in its `Authorization` header, over everything that matters of it: the
 * method, path, query, `host`, every `x-amz-*` header, the content type and the body (T19).
 *
 * @returns the key that the request is signed with.
 * @throws GatehouseError `missingAuthentication` without an `Authorization` header; `incompleteSignature` where the
 * signature is malformed or doesn't cover what it must; `unknownClient` for an unknown access key id or a session token;
 * `invalidSignature` for everything else that doesn't verify. And whatever `findKey` throws.
 */
export async function verifySignature<Key extends { readonly secretAccessKey: string }>(
  request: SignedRequest<string | Uint8Array>,
  { region, service, now, findKey }: VerifyOptions<Key>,
): Promise<Key> {
  const headers = lowerCased(request.headers);
  const authorization = parseAuthorization(requireAuthorization(request, headers));
  refuseSessionToken(headers);
  const date = requireDate(headers, now);
  requireScope(authorization, scopeOf({ date, region, service }));
  requireSigned(authorization, headers, request.body);
  requirePlainPath(request.path);
  const bodyDigest = requireBodyDigest(headers, request.body);

  const key = await findKey(authorization.accessKeyId);
  const expected = signatureOf({
    secretAccessKey: key?.secretAccessKey ?? noSecret,
    date,
    region,
    service,
    canonicalRequest: canonicalRequest({ ...request, headers, signedHeaders: authorization.signedHeaders, bodyDigest }),
  });
  const matches = timingSafeEqual(expected, authorization.signature);
  if (key === undefined) throw unknown("The access key id is not known here; check AWS_ACCESS_KEY_ID.");
  if (!matches) {
    throw invalid(
      "The signature does not match. Check the secret access key, and that nothing on the way changes the method, the path, the query, the signed headers or the body.",
    );
  }
  return key;
}
