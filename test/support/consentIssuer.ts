import { once } from "node:events";
import { createServer } from "node:http";
import Provider from "oidc-provider";

/** A real authorization server at which a user logs in and consents in pages of its own. */
export interface ConsentIssuer extends AsyncDisposable {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Whose account an access token of its is. */
  accountOf(accessToken: string): Promise<string | undefined>;
  stop(): Promise<void>;
}

/**
 * Starts one on a free port of loopback, under the name `localhost`, so that it is another site for browsers than Gatehouse
 * at 127.0.0.1.
 * @param redirectUris where its one client may have browsers sent, once Gatehouse has said it
 */
export async function startConsentIssuer(redirectUris: () => readonly string[]): Promise<ConsentIssuer> {
  const server = createServer((request, response) => handle(request, response));
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  const issuer = `http://localhost:${address.port}`;
  const client = { clientId: "gatehouse", clientSecret: "a-secret-of-the-provider" };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        // Replaced below: what the callback's address is, Gatehouse says only later.
        redirect_uris: ["http://localhost/unknown"],
      },
    ],
    scopes: ["openid", "offline_access", "calendar.read"],
    pkce: { required: () => true },
    cookies: { keys: ["for-tests"] },
    async findAccount(_context, accountId) {
      return { accountId, claims: async () => ({ sub: accountId }) };
    },
  });
  provider.Client.prototype.redirectUriAllowed = (uri: string) => redirectUris().includes(uri);
  const handle = provider.callback();
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return {
    issuer,
    ...client,
    accountOf: async (token) => (await provider.AccessToken.find(token))?.accountId,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
