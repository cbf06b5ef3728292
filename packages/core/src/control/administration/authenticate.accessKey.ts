import { GatehouseError } from "../../errors.ts";
import { verifySignature } from "../../identity/sigv4/verify.ts";
import type { Keyring } from "../../identity/vault/keyring.ts";
import type { AccessKeyRecord, AdministrationRepository } from "../../storage/administrationRepository.ts";
import type { SignedControlRequest } from "../request.ts";
import type { AdministratorWithClaims } from "./authorize.ts";
import { administratorOf, hasExpired } from "./change.ts";
import { openSecret } from "./newKey.ts";

/** What access keys are verified with. */
export interface AccessKeyVerification {
  readonly region: string;
  readonly administration: Pick<AdministrationRepository, "accessKey">;
  readonly keyring: Keyring;
  now(): Date;
}

/** What AgentCore's clients name in their signatures, of the control plane and of the data plane alike. */
const service = "bedrock-agentcore";

/**
 * Verifies requests that are signed with a Gatehouse access key. The key's record is read for each request, so that a
 * revoked key is refused at once. Opening its secret asks KMS for nothing: the keyring holds its data key.
 */
export function verifyAccessKey(verification: AccessKeyVerification) {
  const signerOf = verifySigner(verification);
  return async (request: SignedControlRequest): Promise<AdministratorWithClaims> =>
    administratorOf(await signerOf(request));
}

/** Verifies requests that are signed with a Gatehouse access key, and answers the key. */
export function verifySigner(verification: AccessKeyVerification) {
  const { region, administration, now } = verification;
  return async (request: SignedControlRequest): Promise<AccessKeyRecord> => {
    const { record } = await verifySignature(asSigned(request), {
      region,
      service,
      now: now(),
      findKey: async (accessKeyId) => {
        const record = await administration.accessKey(accessKeyId);
        return record && { record, secretAccessKey: await secretOf(verification, record) };
      },
    });
    requireUsable(record, now(), request.sourceIp);
    return record;
  };
}

/** The secret of a key. Whoever sends the request can do nothing about one that doesn't open, so that it isn't told why. */
export function secretOf(
  { keyring }: Pick<AccessKeyVerification, "keyring">,
  record: AccessKeyRecord,
): Promise<string> {
  const { accessKeyId, sealedSecret } = record;
  return openSecret(keyring, accessKeyId, sealedSecret).catch((cause: unknown) => {
    throw new GatehouseError("internal", `The secret of access key ${accessKeyId} cannot be opened.`, { cause });
  });
}

/**
 * @throws GatehouseError for a key that has expired, or is used from where it may not be. Only whoever has its secret learns
 * more of a key than whether that is right.
 */
export function requireUsable(record: AccessKeyRecord, now: Date, sourceIp: string): void {
  if (hasExpired(record, now)) {
    throw new GatehouseError("unknownClient", `Access key ${record.accessKeyId} expired at ${record.expiresAt}.`);
  }
  if (record.loopbackOnly && !isLoopback(sourceIp)) {
    throw new GatehouseError(
      "accessDenied",
      `Access key ${record.accessKeyId} works from the machine that Gatehouse runs on only: create another one for elsewhere.`,
    );
  }
}

/** The request with the path that was signed. It must end in the path that is asked for, or else it signs another one. */
function asSigned(request: SignedControlRequest): SignedControlRequest {
  const { path, signedPath = path } = request;
  if (signedPath.endsWith(path)) return { ...request, path: signedPath };
  throw new GatehouseError("invalidSignature", "The path that is signed is not the one that is asked for.");
}

/** True for an address that only this machine has. */
export function isLoopback(address: string): boolean {
  return /^(::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/.test(address);
}
