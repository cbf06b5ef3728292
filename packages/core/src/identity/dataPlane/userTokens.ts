import type { CustomJWTAuthorizerConfiguration } from "@aws-sdk/client-bedrock-agentcore-control";
import { decodeJwt, type JWTPayload } from "jose";
import { GatehouseError } from "../../errors.ts";
import { checkClaims } from "../authorizer.ts";
import { issuerOf } from "../issuer.ts";
import type { JwtVerifier } from "../jwt.ts";
import type { User } from "../outbound/credentials.ts";

/** A user whose token was verified, and until when that is good. */
export interface VerifiedUser {
  readonly user: User & { readonly kind: "token" };
  readonly expiresAt: Date;
}

/** Verifies the tokens with which applications show for whom an agent works. */
export interface UserTokens {
  /**
   * @throws GatehouseError `unauthorized` for a token that no gateway would let in, `internal` when its issuer doesn't
   *   answer. No message repeats what is in the token.
   */
  verify(token: string): Promise<VerifiedUser>;
}

/**
 * A user's token is good where some gateway of the deployment would let its user in: it must be of an issuer that a
 * gateway's `customJWTAuthorizer` names, and pass that authorizer as a whole (T01, T02). Whose token it is then is said by
 * its issuer and its subject, so that no issuer can speak for another one's users.
 * @param authorizers those of all gateways.
 */
export function createUserTokens({
  verifier,
  authorizers,
}: {
  readonly verifier: JwtVerifier;
  authorizers(): Promise<readonly CustomJWTAuthorizerConfiguration[]>;
}): UserTokens {
  return {
    async verify(token) {
      const claims = claimsOf(token);
      const ofIssuer = (await authorizers()).filter(({ discoveryUrl }) => isOf(claims, discoveryUrl));
      if (ofIssuer.length === 0) {
        throw refused("it is of no issuer that the authorizer of a gateway names");
      }
      // Claims cost nothing to look at; only for an authorizer that they pass the signature is verified.
      const passed = ofIssuer.find((authorizer) => checkClaims(claims, authorizer) === undefined);
      if (passed === undefined) {
        throw refused(
          "its audience, client, scopes or claims are not as the authorizer of any gateway of its issuer asks",
        );
      }
      const verification = await verifier.verify(token, passed, `user#${JSON.stringify(passed)}`);
      if (!verification.ok) throw refused(verification.refusal.message);
      // The verifier has made sure that both are there: what was read before is what it has verified.
      const { iss = "", exp = 0 } = claims;
      return {
        user: { kind: "token", issuer: iss, subject: verification.principal.id },
        expiresAt: new Date(exp * 1_000),
      };
    },
  };
}

/** What a token says, verified by nobody yet. */
function claimsOf(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch (cause) {
    throw new GatehouseError("unauthorized", "The user's token is refused: it is not a JWT.", { cause });
  }
}

function isOf({ iss }: JWTPayload, discoveryUrl: string | undefined): boolean {
  if (typeof iss !== "string" || discoveryUrl === undefined) return false;
  return issuerOf(discoveryUrl).replace(/\/$/, "") === iss.replace(/\/$/, "");
}

function refused(why: string): GatehouseError {
  return new GatehouseError("unauthorized", `The user's token is refused: ${why}.`);
}
