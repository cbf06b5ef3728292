import { GatehouseError } from "../../errors.ts";
import type { ControlRequest } from "../request.ts";
import { type AccessKeyVerification, verifyAccessKey } from "./authenticate.accessKey.ts";
import { type AdminIssuer, verifyAdminToken } from "./authenticate.bearer.ts";
import type { AdministratorWithClaims } from "./authorize.ts";

/** Finds out who administers. */
export type Authenticator = (request: ControlRequest) => Promise<AdministratorWithClaims>;

const howTo =
  "Sign the request with AWS Signature Version 4 and a Gatehouse access key (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)";

/**
 * Creates what authenticates administrators: by an access key's signature, or, where an admin issuer is configured, by a
 * bearer token of it. The Authorization header's scheme decides which, and nothing falls back to anything (T02).
 *
 * It throws GatehouseError `missingAuthentication` where there is no credential, `incompleteSignature`, `invalidSignature` or
 * `unknownClient` for a signature that doesn't hold, `unauthorized` for a token that doesn't or a scheme that isn't taken,
 * `accessDenied` for a key that is used from where it may not be, and `internal` when the issuer or the keyring doesn't
 * answer. No message repeats a secret or a token (T18).
 */
export function createAuthenticator(
  options: AccessKeyVerification & { readonly adminIssuer?: AdminIssuer },
): Authenticator {
  const { adminIssuer } = options;
  const accessKey = verifyAccessKey(options);
  const bearer = adminIssuer === undefined ? undefined : verifyAdminToken(adminIssuer);
  const ways = adminIssuer === undefined ? howTo : `${howTo}, or send a bearer token of ${adminIssuer.discoveryUrl}`;

  return async (request) => {
    const authorization = authorizationOf(request);
    if (authorization === undefined) {
      throw new GatehouseError("missingAuthentication", `The request has no Authorization header. ${ways}.`);
    }
    const scheme = authorization.split(" ", 1)[0] ?? "";
    if (scheme === "AWS4-HMAC-SHA256") return accessKey(request);
    if (scheme.toLowerCase() === "bearer" && bearer !== undefined) return bearer(authorization);
    if (scheme.toLowerCase() === "bearer") {
      const message = `Bearer tokens are not taken: no issuer of administrators' tokens is configured. ${ways}.`;
      throw new GatehouseError("unauthorized", message);
    }
    throw new GatehouseError("unauthorized", `The Authorization header's scheme is not taken. ${ways}.`);
  };
}

/** Two headers of one name, in different cases, could be two identities: whoever reads next might take the other. */
function authorizationOf({ headers }: ControlRequest): string | undefined {
  const found = Object.entries(headers).filter(
    ([name, value]) => name.toLowerCase() === "authorization" && value !== undefined,
  );
  if (found.length > 1) throw new GatehouseError("unauthorized", "The request has several Authorization headers.");
  return found[0]?.[1]?.trim();
}
