import type { Invocation } from "../target.ts";

/** Says for whom a Lambda function is called, in a text that nobody else can make. */
export interface UserContexts {
  /** A signed JWT for the function and this call alone. @throws Error where it can't be signed */
  sign(invocation: Pick<Invocation, "gateway" | "target" | "qualifiedName" | "principal">): Promise<string>;
}

/** The claims of a user context (RFC 7519), and what it is as a JWT. */
export interface UserContextClaims {
  /** The public base address of the deployment, whose keys are at `/oauth/jwks.json` below it. */
  readonly iss: string;
  /** The function's ARN: what was made for one is of no use to another. */
  readonly aud: string;
  /** The caller: `sub` of their token, or the ARN of an IAM identity; absent where the gateway lets in whom it doesn't know. */
  readonly sub?: string;
  /** Whose token that was; absent for an IAM identity. */
  readonly sub_iss?: string;
  /** The agent that acts for them (RFC 8693 section 4.1), where the token names one. */
  readonly act?: { readonly sub: string };
  readonly gateway: string;
  readonly target: string;
  /** The name that agents and policies know the tool by. */
  readonly tool: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly [claim: string]: unknown;
}

/** What signs with the deployment's own key. */
export interface UserContextSigner {
  sign(claims: UserContextClaims, typ: string): Promise<string>;
}

/** Tells these JWTs from others that the same key signs (RFC 8725 section 3.11). */
export const userContextType = "gatehouse-user-context+jwt";

/** A function reads it as soon as it is invoked. */
const lifetimeSeconds = 60;

/** Signs user contexts with the deployment's key. */
export function createUserContexts(options: {
  readonly key: UserContextSigner;
  /** The public base address, without a slash at its end. */
  readonly url: string;
  readonly now: () => Date;
}): UserContexts {
  const { key, url, now } = options;
  return {
    async sign({ gateway, target, qualifiedName, principal }) {
      const { id, issuer, agent, anonymous } = principal;
      const iat = Math.floor(now().getTime() / 1_000);
      const claims: UserContextClaims = {
        iss: url,
        aud: target.targetConfiguration.mcp?.lambda?.lambdaArn ?? "",
        // An issuer may have a user who is called like strangers are.
        ...(anonymous === true ? {} : { sub: id }),
        ...(issuer === undefined ? {} : { sub_iss: issuer }),
        ...(agent === undefined ? {} : { act: { sub: agent } }),
        gateway: gateway.gatewayArn,
        target: target.targetId,
        tool: qualifiedName,
        jti: crypto.randomUUID(),
        iat,
        exp: iat + lifetimeSeconds,
      };
      return key.sign(claims, userContextType);
    },
  };
}
