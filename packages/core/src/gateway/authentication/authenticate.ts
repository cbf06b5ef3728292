import type { Callers } from "../../identity/callers.ts";
import type { JwtVerifier } from "../../identity/jwt.ts";
import { anonymous, type Principal } from "../../identity/principal.ts";
import { mayInvoke, parseResourcePolicy } from "../../identity/resourcePolicy.ts";
import type { GatewayRecord } from "../../storage/records.ts";
import { refusal, unauthenticated } from "../refusals.ts";
import type { GatewayRequest } from "../request.ts";
import type { Authentication } from "./authentication.ts";
import { authenticateBySignature } from "./signature.ts";
import { authenticateByToken } from "./token.ts";

/** What callers are verified with. */
export interface Verifiers {
  readonly verifier: JwtVerifier;
  readonly callers: Callers;
}

/**
 * Finds out who asks. There is one way in for each gateway and no other behind it (T02): what its authorizer does not
 * recognise is refused.
 * @param metadataUrl where the gateway's clients learn of its issuer.
 * @throws GatehouseError `internal` when the issuer or the access keys cannot be reached.
 */
export async function authenticate(
  request: GatewayRequest,
  gateway: GatewayRecord,
  { verifier, callers }: Verifiers,
  metadataUrl: string,
): Promise<Authentication> {
  switch (gateway.authorizerType) {
    case "CUSTOM_JWT":
      return authenticateByToken(request.headers.get("authorization"), gateway, verifier, metadataUrl);
    case "AWS_IAM":
      return authenticateBySignature(request, callers, gateway.gatewayArn);
    case "AUTHENTICATE_ONLY":
      return authenticateBySignature(request, callers, undefined);
    case "NONE":
      return { principal: anonymous };
    default:
      return { refused: unauthenticated({ metadataUrl, message: "this gateway's authorizer is not known here" }) };
  }
}

/** The answer for somebody whom the gateway's resource-based policy does not let in, where it has one. */
export function refuseByResourcePolicy(
  { resourcePolicy, gatewayArn }: GatewayRecord,
  principal: Principal,
): Response | undefined {
  if (resourcePolicy === undefined || mayInvoke(parseResourcePolicy(resourcePolicy), principal, gatewayArn)) return;
  return refusal("accessDenied", {});
}
