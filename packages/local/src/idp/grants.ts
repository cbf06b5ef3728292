import { randomUUID } from "node:crypto";
import { parseExtraClaims, type TokenClaims } from "./claims.ts";

/** A token request's parameters; one that came several times is a list. */
export type Form = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What the client gets: the claims of its access token, and a refresh token where the grant is for a user. */
export interface Grant {
  readonly claims: TokenClaims;
  readonly refreshToken?: string;
}

/** A refused token request, with its code of RFC 6749, section 5.2. */
export class Refusal extends Error {
  readonly code: "invalid_request" | "invalid_grant" | "unsupported_grant_type";
  constructor(code: Refusal["code"], message: string) {
    super(message);
    this.code = code;
  }
}

interface Authorization {
  readonly claims: TokenClaims;
  readonly redirectUri: string | undefined;
}

/** Enough for one person's work, and a bound on what a careless client can make the host remember. */
const most = 10_000;

/** The authorization codes and refresh tokens that are out, in memory: after a restart, clients sign in again. */
export class Grants {
  readonly #codes = new Map<string, Authorization>();
  readonly #refreshTokens = new Map<string, TokenClaims>();
  /** Whom a token is for whose request doesn't say. */
  defaultAudience: string | undefined;

  /** Remembers what a code was given out for. A development issuer believes `login_hint`, and asks for no password. */
  authorize(code: string, query: Form): void {
    if (!text(query.code_challenge)) throw new Refusal("invalid_request", "PKCE is required: send a code_challenge");
    const clientId = text(query.client_id) ?? "local-client";
    const claims = this.#claimsOf(query, text(query.login_hint) ?? "developer", clientId);
    keep(this.#codes, code, { claims, redirectUri: text(query.redirect_uri) });
  }

  /** Decides a token request. @throws Refusal */
  decide(form: Form, basicUser: string | undefined): Grant {
    const clientId = basicUser ?? text(form.client_id) ?? "local-client";
    switch (text(form.grant_type)) {
      case "client_credentials":
        return { claims: this.#claimsOf(form, clientId, clientId) };
      case "password":
        return this.#forUser(this.#claimsOf(form, required(form, "username"), clientId));
      case "authorization_code":
        return this.#forUser(this.#redeem(form, clientId));
      case "refresh_token":
        return this.#forUser(this.#refresh(form, clientId));
      default:
        throw new Refusal(
          "unsupported_grant_type",
          "there are client_credentials, password, authorization_code, refresh_token",
        );
    }
  }

  #redeem(form: Form, clientId: string): TokenClaims {
    const code = required(form, "code");
    const authorization = this.#codes.get(code);
    // Single use, also where the rest of the request turns out to be wrong.
    this.#codes.delete(code);
    if (authorization === undefined) throw new Refusal("invalid_grant", "the code is unknown or was used before");
    const { claims, redirectUri } = authorization;
    if (claims.client_id !== clientId) throw new Refusal("invalid_grant", "the code was issued to another client");
    // The library compares the verifier with the challenge, but only where there is one.
    required(form, "code_verifier");
    if (form.redirect_uri !== undefined && form.redirect_uri !== redirectUri) {
      throw new Refusal("invalid_grant", "redirect_uri differs from the one the code was issued for");
    }
    return { ...claims, ...this.#audienceOf(form, claims.aud), claims: { ...claims.claims, ...extra(form) } };
  }

  #refresh(form: Form, clientId: string): TokenClaims {
    const token = required(form, "refresh_token");
    const claims = this.#refreshTokens.get(token);
    if (claims === undefined) throw new Refusal("invalid_grant", "the refresh token is unknown or was used before");
    if (claims.client_id !== clientId)
      throw new Refusal("invalid_grant", "the refresh token was issued to another client");
    this.#refreshTokens.delete(token);
    return claims;
  }

  #forUser(claims: TokenClaims): Grant {
    const refreshToken = randomUUID();
    keep(this.#refreshTokens, refreshToken, claims);
    return { claims, refreshToken };
  }

  #claimsOf(form: Form, sub: string, clientId: string): TokenClaims {
    const scope = text(form.scope);
    return {
      sub,
      client_id: clientId,
      ...this.#audienceOf(form, this.defaultAudience),
      ...(scope === undefined ? {} : { scope }),
      claims: extra(form),
    };
  }

  #audienceOf(form: Form, otherwise: TokenClaims["aud"]): Pick<TokenClaims, "aud"> {
    const aud = form.resource ?? form.audience ?? otherwise;
    return aud === undefined ? {} : { aud };
  }
}

function extra(form: Form): Record<string, string> {
  try {
    return parseExtraClaims(text(form.claims));
  } catch (error) {
    throw new Refusal("invalid_request", error instanceof Error ? error.message : String(error));
  }
}

function required(form: Form, name: string): string {
  const value = text(form[name]);
  if (value === undefined || value === "") throw new Refusal("invalid_request", `"${name}" is missing`);
  return value;
}

function text(value: Form[string]): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > most && !oldest.done) map.delete(oldest.value);
}
