import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Json } from "@gatehouse/core/json.ts";
import {
  Events,
  type MutableRedirectUri,
  type MutableResponse,
  type MutableToken,
  OAuth2Issuer,
  OAuth2Service,
} from "oauth2-mock-server";
import { requireClaims, type TokenClaims } from "./claims.ts";
import { type Form, type Grant, Grants, Refusal } from "./grants.ts";
import { loadKey } from "./key.ts";

/** How long a token holds, in seconds. */
const lifetime = 3600;

/** The development issuer. */
export interface Idp {
  /** The issuer's identifier: `iss` of its tokens, and where its discovery document is found. */
  readonly issuer: string;
  /** Signs an access token in process; `expiresInSeconds` may be negative, for one that has expired. */
  token(claims: TokenClaims & { readonly expiresInSeconds?: number }): Promise<string>;
  /** Sets whom a token is for whose request names neither `resource` nor `audience`. */
  setDefaultAudience(audience: string): void;
  readonly service: OAuth2Service;
}

/**
 * An OpenID provider for development: it signs in whoever asks, under the name they give. Grants: client_credentials,
 * password (any), authorization_code with PKCE (the user is `login_hint`), refresh_token. `resource` or `audience` sets
 * `aud`; `claims`, a JSON object of strings, goes into the access token.
 *
 * The library keeps the protocol; what a token may say, and whether it is given at all, is decided by `Grants`.
 */
export async function createIdp(issuerUrl: string, keyFile: string | undefined): Promise<Idp> {
  const issuer = new OAuth2Issuer();
  issuer.url = issuerUrl;
  await loadKey(issuer, keyFile);
  const service = new OAuth2Service(issuer);
  const grants = new Grants();
  grantThroughEvents(service, grants);
  allowRegistration(service);
  describe(service, issuerUrl);
  return {
    issuer: issuerUrl,
    service,
    setDefaultAudience: (audience) => {
      grants.defaultAudience = audience;
    },
    token: async ({ expiresInSeconds = lifetime, ...claims }) => {
      const payload = payloadOf({ ...claims, claims: requireClaims(claims.claims ?? {}) });
      const scopesOrTransform = (_header: unknown, token: object) => void Object.assign(token, payload);
      return issuer.buildToken({ expiresIn: expiresInSeconds, scopesOrTransform });
    },
  };
}

/**
 * The library raises an event before it signs a token and another before it answers; for a user's grant it signs an
 * access token first and an id token second. A refused request is signed too, but its token never leaves: the answer is
 * replaced.
 */
function grantThroughEvents(service: OAuth2Service, grants: Grants): void {
  const decided = new WeakMap<IncomingMessage, Grant | Refusal>();

  service.on(
    Events.BeforeAuthorizeRedirect,
    ({ url }: MutableRedirectUri, request: IncomingMessage & { query?: Form }) => {
      const code = url.searchParams.get("code");
      if (code === null) return;
      try {
        grants.authorize(code, request.query ?? {});
      } catch (error) {
        url.searchParams.delete("code");
        url.searchParams.set("error", error instanceof Refusal ? error.code : "server_error");
        url.searchParams.set("error_description", error instanceof Error ? error.message : "");
      }
    },
  );
  service.on(Events.BeforeTokenSigning, (token: MutableToken, request: IncomingMessage & { body: Form }) => {
    const earlier = decided.get(request);
    const outcome = earlier ?? attempt(() => grants.decide(request.body, basicUser(request)));
    decided.set(request, outcome);
    if (outcome instanceof Refusal) return;
    const { claims } = outcome;
    if (earlier === undefined) Object.assign(token.payload, payloadOf(claims));
    else Object.assign(token.payload, { sub: claims.sub, aud: claims.client_id });
  });
  service.on(Events.BeforeResponse, (response: MutableResponse, request: IncomingMessage) => {
    const outcome = decided.get(request);
    if (outcome instanceof Refusal || outcome === undefined) {
      response.statusCode = 400;
      response.body = { error: outcome?.code ?? "invalid_request", error_description: outcome?.message ?? "" };
      return;
    }
    const { access_token, id_token } = response.body as Record<string, Json>;
    response.body = {
      access_token,
      token_type: "Bearer",
      expires_in: lifetime,
      ...(outcome.claims.scope === undefined ? {} : { scope: outcome.claims.scope }),
      ...(outcome.refreshToken === undefined ? {} : { refresh_token: outcome.refreshToken, id_token }),
    };
  });
}

/** Dynamic client registration (RFC 7591), which MCP clients use where nobody has registered them. */
function allowRegistration(service: OAuth2Service): void {
  service.addRoute("POST", "/register", ({ body }, response) => {
    const metadata = typeof body === "object" && !Array.isArray(body) ? body : {};
    const answer = { ...metadata, client_id: randomUUID(), token_endpoint_auth_method: "none" };
    response.writeHead(201, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(answer));
  });
}

function describe(service: OAuth2Service, issuerUrl: string): void {
  service.on(Events.BeforeWellKnownOpenIdConfiguration, (response: MutableResponse) => {
    Object.assign(response.body, {
      registration_endpoint: `${issuerUrl}/register`,
      grant_types_supported: ["client_credentials", "password", "authorization_code", "refresh_token"],
      token_endpoint_auth_methods_supported: ["none", "client_secret_basic", "client_secret_post"],
      code_challenge_methods_supported: ["S256"],
    });
  });
}

/** `scope` is always there, if undefined, so that it overwrites the one the library makes up. */
function payloadOf({ claims, scope, ...registered }: TokenClaims): Record<string, unknown> {
  return { ...claims, ...registered, scope, jti: randomUUID() };
}

function attempt(decide: () => Grant): Grant | Refusal {
  try {
    return decide();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** The user name of HTTP Basic: where a confidential client names itself. */
function basicUser({ headers }: IncomingMessage): string | undefined {
  const credentials = /^Basic (.+)$/i.exec(headers.authorization ?? "")?.[1];
  if (credentials === undefined) return undefined;
  const user = Buffer.from(credentials, "base64").toString("utf8").split(":")[0] ?? "";
  try {
    return decodeURIComponent(user);
  } catch {
    throw new Refusal("invalid_request", "the client's name in Authorization is not percent-encoded text");
  }
}
