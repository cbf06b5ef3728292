import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { exportJWK, generateKeyPair } from "jose";
import Provider, { type ClientMetadata } from "oidc-provider";

/** An issuer as companies have one: users sign in at it by name, clients are registered by hand, and by nobody else. */
export interface SignInIssuer extends AsyncDisposable {
  readonly issuer: string;
  readonly discoveryUrl: string;
  /** The paths that browsers and clients have asked for, in order. */
  readonly asked: string[];
  /** What the token endpoint is to answer from now on; undefined makes it work again. */
  answerWith(answer: { readonly status: number; readonly body: object } | undefined): void;
  stop(): Promise<void>;
}

/** What tokens are for unless a resource is named. */
export const otherApi = "https://other-api.example";

/** For tests only: oidc-provider on a free port of loopback. It rotates refresh tokens, and ends what one is used twice for. */
export async function startSignInIssuer(clients: readonly ClientMetadata[]): Promise<SignInIssuer> {
  const server = createServer();
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The system gave no port.");
  const issuer = `http://127.0.0.1:${address.port}`;
  const provider = await createProvider(issuer, clients);
  const handle = provider.callback();
  const asked: string[] = [];
  let answer: Parameters<SignInIssuer["answerWith"]>[0];

  server.on("request", (request, response) => {
    void (async () => {
      const { pathname } = new URL(request.url ?? "/", issuer);
      asked.push(pathname);
      if (pathname === "/token" && answer !== undefined) {
        response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
        return;
      }
      if (!pathname.startsWith("/interaction/")) return handle(request, response);
      if (request.method !== "POST") {
        response.writeHead(200, { "content-type": "text/html" }).end(form);
        return;
      }
      const accountId = new URLSearchParams(await text(request)).get("login") ?? "";
      const { params } = await provider.interactionDetails(request, response);
      if (accountId === "nobody") {
        return provider.interactionFinished(request, response, { error: "access_denied" });
      }
      const grant = new provider.Grant({ accountId, clientId: String(params.client_id) });
      grant.addOIDCScope("openid offline_access tools");
      grant.addResourceScope(String(params.resource ?? otherApi), "tools");
      const grantId = await grant.save();
      await provider.interactionFinished(request, response, { login: { accountId }, consent: { grantId } });
    })().catch((error: unknown) => response.writeHead(500).end(String(error)));
  });

  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  const discoveryUrl = `${issuer}/.well-known/openid-configuration`;
  const answerWith: SignInIssuer["answerWith"] = (next) => {
    answer = next;
  };
  return { issuer, discoveryUrl, asked, answerWith, stop, [Symbol.asyncDispose]: stop };
}

const form = `<!doctype html><html lang="en"><title>The issuer</title><h1>Sign in at the issuer</h1>
<form method="post"><label>Name <input name="login"></label> <button>Sign in</button></form></html>`;

async function createProvider(issuer: string, clients: readonly ClientMetadata[]): Promise<Provider> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const provider = new Provider(issuer, {
    clients: [...clients],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kty: "RSA", use: "sig", alg: "RS256" }] },
    cookies: { keys: ["only-for-tests"] },
    scopes: ["openid", "offline_access", "tools"],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    ttl: { AccessToken: 3_600, Grant: 86_400, Interaction: 600, RefreshToken: 86_400, Session: 600, IdToken: 600 },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => otherApi,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, audience) => ({ scope: "tools", audience, accessTokenFormat: "jwt" }),
      },
    },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  });
  provider.on("server_error", (_, error) => console.error(error));
  return provider;
}
