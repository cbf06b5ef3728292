import { createHash } from "node:crypto";
import type { CustomJWTAuthorizerConfiguration } from "@aws-sdk/client-bedrock-agentcore-control";
import {
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from "jose";
import { LRUCache } from "lru-cache";
import { GatehouseError } from "../errors.ts";
import { checkClaims, type Refusal } from "./authorizer.ts";
import { principalOf } from "./claims.ts";
import type { createIssuers } from "./issuer.ts";
import type { Principal } from "./principal.ts";
import { UnusableClaims } from "./tags.ts";

/** Who the token stands for, or why it stands for nobody here. */
export type Verification =
  | { readonly ok: true; readonly principal: Principal }
  | {
      readonly ok: false;
      readonly refusal: Refusal /** Known where only a scope is missing. */;
      readonly principal?: Principal;
    };

/**
 * Asymmetric signatures only (RFC 8725, section 3.1): with `none` or an HMAC on the list, a public key would be enough
 * to forge a token (T03).
 */
export const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
const maxTokenLength = 16_384;
const clockToleranceSeconds = 5;
/** As long as an issuer's keys are: whoever withdraws a key shall not wait for the tokens that it has signed to expire. */
const rememberedSeconds = 600;

/**
 * What a token may say that it is (RFC 8725, section 3.11): nothing, a JWT, or an access token (RFC 9068), as such or under
 * an issuer's own name for its. What an issuer signs for another purpose, such as a logout token, is no token of a caller.
 */
const tokenTypes = /^(application\/)?(jwt|([\w.-]+[-.])?at\+jwt)$/i;

/**
 * Verifies bearer tokens for gateways. A verified token is remembered until it expires, ten minutes at most, by digest, for
 * that gateway.
 */
export interface JwtVerifier {
  /**
   * @param scope names the gateway and the version of its configuration: what was verified for one is never taken for
   * another (T04), and a changed authorizer verifies anew (T16).
   * @throws GatehouseError `internal` when the issuer can't be reached: nobody is let in, and it isn't the token's fault.
   */
  verify(token: string, authorizer: CustomJWTAuthorizerConfiguration, scope: string): Promise<Verification>;
}

/** Creates the verifier. */
export function createJwtVerifier({
  issuers,
  now = () => new Date(),
}: {
  issuers: ReturnType<typeof createIssuers>;
  now?: () => Date;
}): JwtVerifier {
  const verified = new LRUCache<string, { principal: Principal; until: number }>({ max: 10_000 });

  async function verifyAnew(token: string, authorizer: CustomJWTAuthorizerConfiguration) {
    const { issuer, keys } = await issuerFor(authorizer);
    let verified: JWTVerifyResult;
    try {
      const required = ["sub", "exp"];
      const options = { issuer, algorithms, requiredClaims: required, clockTolerance: clockToleranceSeconds };
      verified = await verifyWith(keys, token, { ...options, currentDate: now() });
    } catch (error) {
      if (isUnreachable(error)) throw unavailable(issuer, error);
      return refuse(`the token is not valid: ${reasonOf(error)}`);
    }
    const { protectedHeader, payload: claims } = verified;
    const { sub, exp } = claims;
    if (typeof sub !== "string" || sub === "" || exp === undefined) return refuse("the token names no subject");
    if (!tokenTypes.test(protectedHeader.typ ?? "JWT")) return refuse("the token is not made for calling anybody");
    // RFC 9449, section 7.1, and RFC 8705, section 3: without its key such a token must not be taken.
    if (claims.cnf !== undefined) {
      return refuse("the token is bound to a key of its client, of which this gateway takes no proof");
    }
    const named = principalFor(token, { ...claims, sub });
    if (!named.ok) return named;
    const { principal } = named;
    const refusal = checkClaims(claims, authorizer);
    if (refusal?.kind === "insufficient_scope") return { ok: false, refusal, principal } as const;
    if (refusal !== undefined) return { ok: false, refusal } as const;
    return { ok: true, principal, until: Math.min(exp, now().getTime() / 1_000 + rememberedSeconds) } as const;
  }

  async function issuerFor({ discoveryUrl }: CustomJWTAuthorizerConfiguration) {
    try {
      return await issuers.find(discoveryUrl ?? "");
    } catch (error) {
      throw unavailable(discoveryUrl ?? "", error);
    }
  }

  return {
    async verify(token, authorizer, scope) {
      if (token.length > maxTokenLength) return refuse(`the token is longer than ${maxTokenLength} characters`);
      const key = `${scope}#${createHash("sha256").update(token).digest("base64")}`;
      const remembered = verified.get(key);
      if (remembered !== undefined && remembered.until > now().getTime() / 1_000) {
        return { ok: true, principal: remembered.principal };
      }
      const result = await verifyAnew(token, authorizer);
      if (!result.ok) return result;
      verified.set(key, { principal: result.principal, until: result.until });
      return { ok: true, principal: result.principal };
    },
  };
}

/** Where a token doesn't say which of its issuer's keys has signed it, each that could have is tried. */
async function verifyWith(keys: JWTVerifyGetKey, token: string, options: JWTVerifyOptions): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, keys, options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return await jwtVerify(token, key, options);
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/** Whom a verified token stands for, by the very text that was signed. */
function principalFor(token: string, claims: JWTPayload & { sub: string }) {
  const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
  try {
    return { ok: true, principal: principalOf(claims, payload) } as const;
  } catch (error) {
    if (error instanceof UnusableClaims) return refuse(`the token can't be used: ${error.message}`);
    throw error;
  }
}

function refuse(message: string): Verification & { ok: false } {
  return { ok: false, refusal: { kind: "invalid_token", message } };
}

function unavailable(issuer: string, cause: unknown): GatehouseError {
  return new GatehouseError("internal", `The issuer ${issuer} cannot be asked for its keys.`, { cause });
}

/** Failures of fetching keys, as opposed to faults of the token. */
function isUnreachable(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return true;
  return !(error instanceof errors.JOSEError) || error.code === "ERR_JOSE_GENERIC";
}

/** What is wrong, without repeating what an attacker wrote into the token. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "it has expired";
  if (error instanceof errors.JWTClaimValidationFailed) return `its claim "${error.claim}" is not as required`;
  if (error instanceof errors.JWSSignatureVerificationFailed) return "its signature does not verify";
  if (error instanceof errors.JWKSNoMatchingKey) return "it is signed with a key that the issuer does not publish";
  if (error instanceof errors.JOSEAlgNotAllowed) return "its signature algorithm is not accepted";
  return "it is not a signed JWT of this issuer";
}
