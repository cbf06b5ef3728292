import { GatehouseError } from "../../errors.ts";
import type { JwtVerifier } from "../../identity/jwt.ts";
import type { AdministratorWithClaims } from "./authorize.ts";

/** The issuer whose users may be administrators. */
export interface AdminIssuer {
  /** The address of its discovery document, as in `https://issuer.example/.well-known/openid-configuration`. */
  readonly discoveryUrl: string;
  /** The audience that a token must name. */
  readonly audience: string;
  /** The claim that holds the roles: a list of strings, or text with blanks or commas between. */
  readonly rolesClaim: string;
  readonly verifier: JwtVerifier;
}

/** A bearer token in an `Authorization` header, the scheme in any case (RFC 6750, RFC 9110 section 11.1). */
const header = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/** Verifies bearer tokens of the admin issuer. */
export function verifyAdminToken({ discoveryUrl, audience, rolesClaim, verifier }: AdminIssuer) {
  const rules = { discoveryUrl, allowedAudience: [audience] };
  const expected = `It must be one of ${discoveryUrl} for the audience ${audience}`;

  return async (authorization: string): Promise<AdministratorWithClaims> => {
    const token = header.exec(authorization)?.[1];
    if (token === undefined) {
      throw new GatehouseError("unauthorized", "The Authorization header must be: Bearer <token>.");
    }
    const verification = await verifier.verify(token, rules, "administration");
    if (!verification.ok) {
      throw new GatehouseError("unauthorized", `The token is refused: ${verification.refusal.message}. ${expected}.`);
    }
    const { id, tags } = verification.principal;
    return { type: "Gatehouse::OAuthUser", id, roles: rolesOf(tags, rolesClaim), tags };
  };
}

/** The roles that a claim names; tags hold a list as JSON text. A claim of any other form names none. */
function rolesOf(tags: Readonly<Record<string, string>>, claim: string): readonly string[] {
  const text = Object.hasOwn(tags, claim) ? (tags[claim] ?? "") : "";
  if (!/^[[{]/.test(text)) return text.split(/[\s,]+/).filter((role) => role !== "");
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((role) => typeof role === "string") ? list : [];
  } catch {
    return [];
  }
}
