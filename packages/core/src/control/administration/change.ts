import { GatehouseError } from "../../errors.ts";
import type { AccessKeyRecord, AdministrationState } from "../../storage/administrationRepository.ts";
import { whileOthersChange } from "../concurrency.ts";
import type { AdministratorWithClaims } from "./authorize.ts";
import type { AdministrationDependencies } from "./dependencies.ts";
import { resourceOf } from "./resources.ts";
import type { AdministrationOperation } from "./types.ts";

/** One change of the administration: who makes it, by which operation and with what input. */
interface Request {
  readonly administrator: AdministratorWithClaims;
  readonly operation: AdministrationOperation;
  readonly input: object;
}

/**
 * Makes a change of the administration on what it is now; when somebody was faster, on what it is then. Each time, the
 * caller must still be who may do so: of two administrators who revoke each other at the same moment, one was revoked.
 * @param change stores what it makes of the state that it is given, on the condition that it is still so.
 * @throws GatehouseError `accessDenied` when the caller was revoked or lost the right meanwhile.
 */
export function changeAdministration<T>(
  dependencies: AdministrationDependencies,
  request: Request,
  change: (seen: AdministrationState) => Promise<T>,
): Promise<T> {
  return whileOthersChange(async () => {
    const seen = await dependencies.administration.load();
    requireStillAllowed(dependencies, request, seen);
    return change(seen);
  });
}

function requireStillAllowed(
  dependencies: AdministrationDependencies,
  { administrator, operation, input }: Request,
  seen: AdministrationState,
): void {
  const caller = callerNow(administrator, seen, dependencies.now());
  const resource = resourceOf(operation, { ...input }, dependencies);
  const { allowed, reason } = dependencies.authorizer.authorize(seen, caller, operation, resource);
  if (!allowed) throw new GatehouseError("accessDenied", `${caller.id} may not ${operation} on ${resource}: ${reason}`);
}

/** A user is who its token says until that expires; an access key is what is stored of it now. */
function callerNow(caller: AdministratorWithClaims, { keys }: AdministrationState, now: Date): AdministratorWithClaims {
  if (caller.type === "Gatehouse::OAuthUser") return caller;
  const key = keys.find(({ accessKeyId }) => accessKeyId === caller.id);
  if (key === undefined || hasExpired(key, now)) {
    throw new GatehouseError("accessDenied", `Access key ${caller.id} was revoked or has expired meanwhile.`);
  }
  return administratorOf(key);
}

/** The administrator that an access key stands for. */
export function administratorOf({ accessKeyId, roles }: AccessKeyRecord): AdministratorWithClaims {
  return { type: "Gatehouse::AccessKey", id: accessKeyId, roles };
}

/** Whether a key is good for nothing any more. */
export function hasExpired({ expiresAt }: AccessKeyRecord, now: Date): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime();
}
