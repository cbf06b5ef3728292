import { GatehouseError } from "../../errors.ts";
import { createIssuers } from "../../identity/issuer.ts";
import { createJwtVerifier } from "../../identity/jwt.ts";
import type { Administration } from "../administrator.ts";
import type { AdminIssuer } from "./authenticate.bearer.ts";
import { createAuthenticator } from "./authenticate.ts";
import { type AdministratorWithClaims, createAuthorizer } from "./authorize.ts";
import type { AdministrationOptions } from "./dependencies.ts";
import { resourceOf } from "./resources.ts";

/** What decides who may administer. */
export type AdministrationSettings = AdministrationOptions & {
  /** The issuer whose users may be administrators, if any. */
  readonly adminIssuer?: Omit<AdminIssuer, "verifier"> | undefined;
  /** Whether that issuer may be reached by http on loopback. */
  readonly allowLoopback: boolean;
  /** @see createAuthenticator */
  readonly basicAt?: string | undefined;
};

/**
 * Who may administer, and what: the two questions that the control plane asks of every request. Keys and policies are
 * read for each, so that a revocation or a new policy is in force with the next request.
 */
export function createAdministration({
  adminIssuer,
  allowLoopback,
  basicAt,
  ...options
}: AdministrationSettings): Administration {
  const dependencies = { authorizer: createAuthorizer(), now: () => new Date(), ...options };
  const { administration, authorizer, now } = dependencies;
  const verifier = createJwtVerifier({ issuers: createIssuers({ allowLoopback }), now });
  const authenticate = createAuthenticator({
    ...dependencies,
    basicAt,
    ...(adminIssuer === undefined ? {} : { adminIssuer: { ...adminIssuer, verifier } }),
  });
  const authorizeOn = async (administrator: AdministratorWithClaims, operation: string, resource: string) => {
    const inForce = await administration.policies();
    const { allowed, reason } = authorizer.authorize(inForce, administrator, operation, resource);
    if (allowed) return;
    const who = `${administrator.type}::${JSON.stringify(administrator.id)}`;
    throw new GatehouseError("accessDenied", `${who} is not allowed to perform ${operation} on ${resource}: ${reason}`);
  };
  return {
    authenticate,
    authorize: (administrator, operation, input) =>
      authorizeOn(administrator, operation, resourceOf(operation, input, dependencies)),
    authorizeOn,
  };
}
