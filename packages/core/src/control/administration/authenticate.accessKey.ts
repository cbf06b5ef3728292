import { GatehouseError } from "../../errors.ts";
import { verifySignature } from "../../identity/sigv4/verify.ts";
import type { Keyring } from "../../identity/vault/keyring.ts";
import type { AccessKeyRecord, AdministrationRepository } from "../../storage/administrationRepository.ts";
import type { ControlRequest } from "../request.ts";
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
  return async (request: ControlRequest): Promise<AdministratorWithClaims> => administratorOf(await signerOf(request));
}

/** Verifies requests that are signed with a Gatehouse access key, and answers the key. */
export function verifySigner({ region, administration, keyring, now }: AccessKeyVerification) {
  // Whoever sends the request can do nothing about a secret that doesn't open, so that it isn't told why.
  const secretOf = ({ accessKeyId, sealedSecret }: AccessKeyRecord) =>
    openSecret(keyring, accessKeyId, sealedSecret).catch((cause: unknown) => {
      throw new GatehouseError("internal", `The secret of access key ${accessKeyId} cannot be opened.`, { cause });
    });

  return async (request: ControlRequest): Promise<AccessKeyRecord> => {
    const { record } = await verifySignature(asSigned(request), {
      region,
      service,
      now: now(),
      findKey: async (accessKeyId) => {
        const record = await administration.accessKey(accessKeyId);
        return record && { record, secretAccessKey: await secretOf(record) };
      },
    });
    // Only whoever has the secret learns more of a key than whether the signature holds.
    if (hasExpired(record, now())) {
      throw new GatehouseError("unknownClient", `Access key ${record.accessKeyId} expired at ${record.expiresAt}.`);
    }
    if (record.loopbackOnly && !isLoopback(request.sourceIp)) {
      throw new GatehouseError(
        "accessDenied",
        `Access key ${record.accessKeyId} works from the machine that Gatehouse runs on only: create another one for elsewhere.`,
      );
    }
    return record;
  };
}

/** The request with the path that was signed. It must end in the path that is asked for, or else it signs another one. */
function asSigned(request: ControlRequest): ControlRequest {
  const { path, signedPath = path } = request;
  if (signedPath.endsWith(path)) return { ...request, path: signedPath };
  throw new GatehouseError("invalidSignature", "The path that is signed is not the one that is asked for.");
}

/** True for an address that only this machine has. */
function isLoopback(address: string): boolean {
  return /^(::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/.test(address);
}
