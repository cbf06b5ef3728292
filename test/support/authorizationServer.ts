import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { createLocalJWKSet, createRemoteJWKSet, exportJWK, generateKeyPair, type JSONWebKeySet, jwtVerify } from "jose";
import Provider, { type ClientMetadata, errors, type JWKS, type KoaContextWithOIDC } from "oidc-provider";

/** A full authorization server, with users who are asked nothing but their name. */
export interface AuthorizationServer extends AsyncDisposable {
  readonly issuer: string;
  readonly discoveryUrl: string;
  /** The grants that the token endpoint was asked for, in order. */
  readonly grants: string[];
  /** The paths that browsers and clients have asked for, in order. */
  readonly asked: string[];
  /** What the token endpoint was asked, as it came. */
  readonly requests: TokenEndpointRequest[];
  /** From now on the token endpoint answers this instead; undefined makes it work again. */
  answerWith(answer: ((request: TokenEndpointRequest) => Response | undefined) | undefined): void;
  /** From now on the metadata names another address; undefined makes it right again. */
  lead(member: string, address: string | undefined): void;
  /** Held before the token endpoint answers. */
  beforeAnswer: () => Promise<void>;
  /** The grants that have been ended here, because a client has asked for it or for another reason. */
  readonly endedGrants: string[];
  /** Revokes what a user has ever consented to. */
  revoke(user: string): Promise<void>;
  stop(): Promise<void>;
}

export interface TokenEndpointRequest {
  readonly headers: IncomingMessage["headers"];
  readonly parameters: URLSearchParams;
}

export interface AuthorizationServerOptions {
  readonly clients: readonly ClientMetadata[];
  readonly port?: number;
  /** What users can give to clients: `read write` unless it is said. */
  readonly scopes?: string;
  /** Of access tokens, in seconds. */
  readonly accessTokenSeconds?: number;
  /** Issuers whose tokens may be exchanged: where their keys are, or the keys. */
  readonly trusted?: Readonly<Record<string, JSONWebKeySet | URL>>;
}

/** What access tokens are for, unless a resource is named. */
export const defaultResource = "https://api.example.com";
const usualScopes = "read write";

const grantTypes = {
  exchange: "urn:ietf:params:oauth:grant-type:token-exchange",
  bearer: "urn:ietf:params:oauth:grant-type:jwt-bearer",
} as const;
/** The grants that a client of it may use. */
export const everyGrant = ["authorization_code", "refresh_token", "client_credentials", ...Object.values(grantTypes)];

/**
 * For tests only: starts oidc-provider on a port of loopback. Access tokens are JWTs of the user (`sub`) or of the client,
 * refresh tokens are rotated, and who uses one twice loses them all. PKCE is required. Beside the grants of OAuth 2.1 it
 * has token exchange (RFC 8693), which puts the actor into `act`, and the JWT bearer grant (RFC 7523), which takes tokens of
 * trusted issuers that name this one as their audience.
 *
 * The authorization endpoint asks for a name in a form, or takes `login_hint` and asks nothing; the name `nobody` refuses.
 */
export async function startAuthorizationServer(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => {};
  const http = createServer((request, response) => handle(request, response)).listen(options.port ?? 0, "127.0.0.1");
  // On a slow machine a connection would else be closed at the very moment when it is used again.
  http.keepAliveTimeout = 0;
  await once(http, "listening");
  const address = http.address();
  if (address === null || typeof address === "string") throw new Error("The system gave no port.");
  const issuer = `http://127.0.0.1:${address.port}`;
  const provider = await createProvider(issuer, options);

  const asked: string[] = [];
  const requests: TokenEndpointRequest[] = [];
  const endedGrants: string[] = [];
  provider.on("grant.revoked", (_, grantId) => endedGrants.push(grantId));
  const misleading: Record<string, string> = {};
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path === "/.well-known/openid-configuration") ctx.body = { ...Object(ctx.body), ...misleading };
  });
  let answer: Parameters<AuthorizationServer["answerWith"]>[0];
  const server: AuthorizationServer = {
    issuer,
    discoveryUrl: `${issuer}/.well-known/openid-configuration`,
    get grants() {
      return requests.map(({ parameters }) => parameters.get("grant_type") ?? "");
    },
    asked,
    requests,
    answerWith(next) {
      answer = next;
    },
    lead(member, address) {
      if (address === undefined) delete misleading[member];
      else misleading[member] = address;
    },
    endedGrants,
    beforeAnswer: async () => {},
    async revoke(user) {
      for (const grantId of grantsOf.get(provider)?.get(user) ?? []) {
        await provider.RefreshToken.revokeByGrantId(grantId);
        await provider.AccessToken.revokeByGrantId(grantId);
      }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };

  async function stop() {
    http.closeAllConnections();
    http.close();
    await once(http, "close");
  }

  const callback = provider.callback();
  const interact = interactionsOf(provider, options.scopes ?? usualScopes);
  handle = (request, response) => {
    void (async () => {
      const { pathname } = new URL(request.url ?? "/", issuer);
      asked.push(pathname);
      if (pathname.startsWith("/interaction/")) return interact(request, response);
      if (pathname !== "/token") return callback(request, response);
      const body = await text(request);
      const tokenRequest = { headers: request.headers, parameters: new URLSearchParams(body) };
      requests.push(tokenRequest);
      await server.beforeAnswer();
      const instead = answer?.(tokenRequest);
      if (instead !== undefined) {
        response.writeHead(instead.status, Object.fromEntries(instead.headers)).end(await instead.text());
        return;
      }
      // oidc-provider takes a body that was read already from here.
      await callback(Object.assign(request, { body: Object.fromEntries(tokenRequest.parameters) }), response);
    })().catch((error: unknown) => response.writeHead(500).end(String(error)));
  };
  return server;
}

/** Follows an authorization address as the browser of a user does, up to an address that isn't the server's. */
export async function signIn(authorizationUrl: string, user: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = new URL(authorizationUrl);
  const { origin } = url;
  url.searchParams.set("login_hint", user);
  while (url.origin === origin) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { redirect: "manual", headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [name = "", value = ""] = (line.split(";")[0] ?? "").split("=");
      cookies.set(name, value);
    }
    const location = response.headers.get("location");
    if (location === null) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
    url = new URL(location, url);
  }
  return url;
}

const grantsOf = new WeakMap<Provider, Map<string, string[]>>();

async function createProvider(issuer: string, options: AuthorizationServerOptions): Promise<Provider> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const jwks: JWKS = {
    keys: [{ ...(await exportJWK(privateKey)), kty: "RSA", kid: "test", use: "sig", alg: "RS256" }],
  };
  const scopes = options.scopes ?? usualScopes;
  const ttl = options.accessTokenSeconds ?? 3_600;
  const provider = new Provider(issuer, {
    clients: [...options.clients],
    jwks,
    cookies: { keys: ["only-for-tests"] },
    scopes: ["openid", "offline_access", ...scopes.split(" ")],
    claims: { openid: ["sub"] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async (_, client) => client.grantTypeAllowed("refresh_token"),
    ttl: {
      AccessToken: ttl,
      ClientCredentials: ttl,
      Grant: 86_400,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 600,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => defaultResource,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, audience) => ({
          scope: scopes,
          audience,
          accessTokenFormat: "jwt",
          accessTokenTTL: ttl,
        }),
      },
    },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    extraTokenClaims: (_, token) => (token.kind === "AccessToken" && isActor(token.extra) ? token.extra : undefined),
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    clientBasedCORS: () => false,
  });
  // What goes wrong here is a mistake of the test, and says nothing by itself.
  provider.on("server_error", (_, error) => console.error(error));
  grantsOf.set(provider, new Map());
  const subjectOf = createSubjectOf({
    [issuer]: { keys: [{ ...(await exportJWK(publicKey)), kid: "test" }] },
    ...options.trusted,
  });
  provider.registerGrantType(
    grantTypes.exchange,
    async (ctx) => {
      const { subject_token, actor_token } = ctx.oidc.params ?? {};
      const { sub } = await subjectOf(subject_token);
      const act = actor_token === undefined ? undefined : { sub: (await subjectOf(actor_token)).sub };
      await answerWithToken(ctx, scopes, sub, act, {
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
      });
    },
    ["subject_token", "subject_token_type", "actor_token", "actor_token_type", "audience", "scope"],
  );
  provider.registerGrantType(
    grantTypes.bearer,
    async (ctx) => answerWithToken(ctx, scopes, (await subjectOf(ctx.oidc.params?.assertion)).sub, undefined, {}),
    ["assertion", "scope", "requested_token_use"],
  );
  return provider;
}

function isActor(extra: unknown): extra is { readonly act: { readonly sub: string } } {
  return typeof extra === "object" && extra !== null && "act" in extra;
}

/** Who a JWT is of: one of this server's own, or of an issuer that it trusts. */
function createSubjectOf(trusted: NonNullable<AuthorizationServerOptions["trusted"]>) {
  const keys = Object.entries(trusted).map(
    ([issuer, at]) => [issuer, at instanceof URL ? createRemoteJWKSet(at) : createLocalJWKSet(at)] as const,
  );
  return async (token: unknown): Promise<{ readonly sub: string }> => {
    for (const [issuer, key] of keys) {
      const verified = await jwtVerify(String(token), key, { issuer }).catch(() => undefined);
      if (verified?.payload.sub !== undefined) return { sub: verified.payload.sub };
    }
    throw new errors.InvalidGrant("the token is of no issuer that is trusted here");
  };
}

async function answerWithToken(
  ctx: KoaContextWithOIDC,
  scopes: string,
  accountId: string,
  act: { readonly sub: string } | undefined,
  members: object,
): Promise<void> {
  const { provider, client, params } = ctx.oidc;
  if (client === undefined) throw new errors.InvalidClient("there is no client");
  const asked = String(params?.scope ?? "").split(" ");
  const token = new provider.AccessToken({
    accountId,
    client,
    grantId: "none",
    gty: String(params?.grant_type),
    scope: asked.filter((scope) => scopes.split(" ").includes(scope)).join(" "),
    ...(act === undefined ? {} : { extra: { act } }),
  } as ConstructorParameters<typeof provider.AccessToken>[0]); // Its types lack `client`.
  const named = params?.resource ?? params?.audience;
  const audience = typeof named === "string" ? named : defaultResource;
  token.resourceServer = new provider.ResourceServer(audience, { scope: scopes, audience, accessTokenFormat: "jwt" });
  ctx.body = { access_token: await token.save(), expires_in: token.expiration, token_type: "Bearer", ...members };
}

/** Signs users in by their name, and grants whatever is asked for. */
function interactionsOf(provider: Provider, scopes: string) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { params } = await provider.interactionDetails(request, response);
    const posted = request.method === "POST" ? new URLSearchParams(await text(request)).get("login") : null;
    const user = posted ?? (typeof params.login_hint === "string" ? params.login_hint : "");
    if (user === "") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(signInForm);
      return;
    }
    if (user === "nobody") {
      const refusal = { error: "access_denied", error_description: "The user has refused." };
      return provider.interactionFinished(request, response, refusal);
    }
    const grant = new provider.Grant({ accountId: user, clientId: String(params.client_id) });
    grant.addOIDCScope(`openid offline_access ${scopes}`);
    const resources = [params.resource ?? defaultResource].flat();
    for (const resource of resources) grant.addResourceScope(String(resource), scopes);
    const grantId = await grant.save();
    const known = grantsOf.get(provider);
    known?.set(user, [...(known.get(user) ?? []), grantId]);
    await provider.interactionFinished(request, response, { login: { accountId: user }, consent: { grantId } });
  };
}

const signInForm = `<!doctype html><html lang="en"><title>Sign in</title><h1>Sign in</h1>
<form method="post"><label>Name <input name="login" required autofocus></label> <button>Continue</button></form></html>`;
