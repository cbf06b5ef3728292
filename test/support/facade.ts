import { createHash, randomBytes, randomUUID } from "node:crypto";
import { GetGatewayCommand, UpdateGatewayCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import { type AuthorizationServer, startAuthorizationServer } from "./authorizationServer.ts";
import { Browser, type Page } from "./cookieBrowser.ts";
import { startGatehouse, type TestGatehouse, type TestGateway } from "./gatehouse.ts";

/** A Gatehouse that is a client of an issuer which takes no registrations. */
export interface SignInVenue extends AsyncDisposable {
  readonly gatehouse: TestGatehouse;
  readonly issuer: AuthorizationServer;
  /** A gateway of the issuer's users. */
  createGateway(oauthClient?: Record<string, unknown>): Promise<TestGateway>;
}

export const clientSecret = "the-secret-of-gatehouse-at-the-issuer";

/** @param given one that was started with an address of its own; it ends with the venue. */
export async function openSignInVenue(given?: TestGatehouse): Promise<SignInVenue> {
  const gatehouse = given ?? (await startGatehouse());
  const issuer = await startAuthorizationServer({
    scopes: "tools",
    clients: [
      {
        client_id: "gatehouse",
        client_secret: clientSecret,
        redirect_uris: [`${gatehouse.url}/oauth/facade/callback`],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
      },
    ],
  });
  return {
    gatehouse,
    issuer,
    async createGateway(oauthClient = {}) {
      const gateway = await gatehouse.createGateway();
      const { control } = gatehouse;
      const current = await control.send(new GetGatewayCommand({ gatewayIdentifier: gateway.id }));
      const { name, roleArn, authorizerType, protocolType } = current;
      await control.send(
        new UpdateGatewayCommand({
          ...{ gatewayIdentifier: gateway.id, name, roleArn, authorizerType, protocolType },
          authorizerConfiguration: {
            customJWTAuthorizer: { discoveryUrl: issuer.discoveryUrl, allowedAudience: [gateway.url] },
          },
        }),
      );
      await sendOwn(control, "PutGatewaySettings", {
        gatewayIdentifier: gateway.id,
        oauthClient: { clientId: "gatehouse", clientSecret, scopes: ["openid", "tools"], ...oauthClient },
      });
      return gateway;
    },
    async [Symbol.asyncDispose]() {
      await issuer.stop();
      await gatehouse[Symbol.asyncDispose]();
    },
  };
}

export const redirectUri = "http://127.0.0.1:3118/callback";

/** The browser of somebody who uses an application at `redirectUri`, on whichever port. */
export function browserOfUser(): Browser {
  return new Browser((url) => url.pathname === "/callback");
}

/** What an application does that registers itself, in single steps. */
export function application(gatehouse: TestGatehouse, gateway: TestGateway) {
  const facade = `${gatehouse.url}/oauth/facade/${gateway.id}`;
  const verifier = randomBytes(32).toString("base64url");
  const codeChallenge = createHash("sha256").update(verifier).digest("base64url");
  const state = randomUUID();

  async function post(
    place: string,
    body: Record<string, string> | string,
  ): Promise<{ status: number; body: Record<string, string> }> {
    const isForm = typeof body !== "string";
    const response = await fetch(`${facade}/${place}`, {
      method: "POST",
      headers: { "content-type": isForm ? "application/x-www-form-urlencoded" : "application/json" },
      body: isForm ? new URLSearchParams(body).toString() : body,
    });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  }

  return {
    facade,
    verifier,
    state,
    post,
    register: (metadata: object = { redirect_uris: [redirectUri], client_name: "Desk" }) =>
      post("register", JSON.stringify(metadata)),
    authorizationUrl(clientId: string, parameters: Record<string, string | undefined> = {}): string {
      const all = {
        response_type: "code",
        client_id: clientId,
        redirect_uri: redirectUri,
        state,
        scope: "openid tools",
        code_challenge: codeChallenge,
        code_challenge_method: "S256",
        resource: gateway.url,
        ...parameters,
      };
      const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
      return `${facade}/authorize?${new URLSearchParams(given)}`;
    },
    redeem: (code: string, clientId: string, parameters: Record<string, string> = {}) =>
      post("token", {
        grant_type: "authorization_code",
        code,
        client_id: clientId,
        redirect_uri: redirectUri,
        code_verifier: verifier,
        ...parameters,
      }),
    refresh: (refreshToken: string, clientId: string) =>
      post("token", { grant_type: "refresh_token", refresh_token: refreshToken, client_id: clientId }),
  };
}

/** Allows what is asked and signs in at the issuer, up to the application's address. */
export async function signIn(browser: Browser, authorizationUrl: string, user: string): Promise<URL> {
  const atIssuer = await allow(browser, authorizationUrl);
  const end = atIssuer instanceof URL ? atIssuer : await browser.submit(atIssuer, { login: user });
  if (!(end instanceof URL)) throw new Error(`Signing in ended at ${end.url}, ${end.status}: ${end.text}`);
  return end;
}

/** Allows what is asked: the issuer's page, or the application's address where the issuer knows the user already. */
export async function allow(browser: Browser, authorizationUrl: string): Promise<Page | URL> {
  return browser.submit(await browser.open(authorizationUrl), { decision: "allow" });
}

/**
 * A sign-in through the facade of a host's own issuer, up to where its user doesn't want to: everything once that touches
 * storage in a way of its own.
 */
export async function useFacade(gatehouse: TestGatehouse): Promise<URL> {
  const gateway = await gatehouse.createGateway();
  const oauthClient = { clientId: "gatehouse", scopes: ["openid"] };
  await sendOwn(gatehouse.control, "PutGatewaySettings", { gatewayIdentifier: gateway.id, oauthClient });
  const desk = application(gatehouse, gateway);
  const { body } = await desk.register();
  const browser = browserOfUser();
  browser.isElsewhere = ({ pathname }) => pathname.startsWith("/idp/");
  const atIssuer = await allow(browser, desk.authorizationUrl(body.client_id ?? ""));
  if (!(atIssuer instanceof URL)) throw new Error(`The browser was not led to the issuer: ${atIssuer.text}`);
  browser.isElsewhere = ({ pathname }) => pathname === "/callback";
  const answer = new URLSearchParams({ error: "access_denied", state: atIssuer.searchParams.get("state") ?? "" });
  const end = await browser.open(`${gatehouse.url}/oauth/facade/callback?${answer}`);
  if (!(end instanceof URL)) throw new Error(`The browser was not led to the application: ${end.text}`);
  return end;
}
