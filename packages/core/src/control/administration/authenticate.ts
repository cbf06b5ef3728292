import { GatehouseError } from "../../errors.ts";
import type { SignedControlRequest } from "../request.ts";
import { type AccessKeyVerification, verifyAccessKey } from "./authenticate.accessKey.ts";
import { verifyBasic } from "./authenticate.basic.ts";
import { type AdminIssuer, verifyAdminToken } from "./authenticate.bearer.ts";
import type { AdministratorWithClaims } from "./authorize.ts";

/** Finds out who administers. */
export type Authenticator = (request: SignedControlRequest) => Promise<AdministratorWithClaims>;

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
  options: AccessKeyVerification & {
    readonly adminIssuer?: AdminIssuer;
    /** Gatehouse's own address, where access keys are taken by `Basic` too: of exporters that can't sign. */
    readonly basicAt?: string | undefined;
  },
): Authenticator {
  const { adminIssuer, basicAt } = options;
  const basic = basicAt === undefined ? undefined : verifyBasic({ ...options, url: basicAt });
  const accessKey = verifyAccessKey(options);
  const bearer = adminIssuer === undefined ? undefined : verifyAdminToken(adminIssuer);
  const signed = basic === undefined ? howTo : `${howTo}, or send both as Basic`;
  const ways = adminIssuer === undefined ? signed : `${signed}, or send a bearer token of ${adminIssuer.discoveryUrl}`;

  return async (request) => {
    const authorization = authorizationOf(request);
    if (authorization === undefined) {
      throw new GatehouseError("missingAuthentication", `The request has no Authorization header. ${ways}.`);
    }
    const scheme = authorization.split(" ", 1)[0] ?? "";
    if (scheme === "AWS4-HMAC-SHA256") return accessKey(request);
    if (scheme.toLowerCase() === "basic" && basic !== undefined) return basic(authorization, request);
    if (scheme.toLowerCase() === "bearer" && bearer !== undefined) return bearer(authorization);
    if (scheme.toLowerCase() === "bearer") {
      const message = `Bearer tokens are not taken: no issuer of administrators' tokens is configured. ${ways}.`;
      throw new GatehouseError("unauthorized", message);
    }
    throw new GatehouseError("unauthorized", `The Authorization header's scheme is not taken. ${ways}.`);
  };
}

/** Two headers of one name, in different cases, could be two identities: whoever reads next might take the other. */
function authorizationOf({ headers }: SignedControlRequest): string | undefined {
  const found = Object.entries(headers).filter(
    ([name, value]) => name.toLowerCase() === "authorization" && value !== undefined,
  );
  if (found.length > 1) throw new GatehouseError("unauthorized", "The request has several Authorization headers.");
  return found[0]?.[1]?.trim();
}
