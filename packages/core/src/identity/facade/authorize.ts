import { createHash, timingSafeEqual } from "node:crypto";
import type { GatewayRecord } from "../../storage/records.ts";
import { gatewayUrlOf } from "../../tools.ts";
import type { Cookies } from "../cookies.ts";
import type { IdentityRequest } from "../http.ts";
import { ownForm } from "../pages/forms.ts";
import { onwardPage } from "../pages/page.ts";
import { tooOften } from "../pages/refused.ts";
import { unguessable } from "../unguessable.ts";
import { OauthError, parametersOf } from "./answers.ts";
import type { Clients, FacadeClient } from "./clients.ts";
import type { FacadeDependencies } from "./dependencies.ts";
import { type createDocuments, DocumentError, isDocumentAddress } from "./documents.ts";
import type { IssuerClient } from "./issuerClient.ts";
import type { RateLimits } from "./limits.ts";
import { facadeOf, scopesOf } from "./oauthClient.ts";
import { cantGoOn, consentPage } from "./pages.ts";
import { isLoopback, isOneOf } from "./redirectUris.ts";
import { type AuthorizationRequest, keep, openTicket, sealTicket } from "./sealedState.ts";

/** What the authorization endpoint needs besides. */
export interface AuthorizeDependencies extends FacadeDependencies {
  readonly clients: Clients;
  readonly documents: ReturnType<typeof createDocuments>;
  readonly cookies: Cookies;
  readonly limits: RateLimits;
}

/**
 * The authorization endpoint (RFC 6749, section 3.1). Before anything goes to the issuer, which knows Gatehouse and not the
 * client, the user is asked about this very client, every time: a consent that the issuer remembers was given to another
 * (MCP, "Confused Deputy Problem"). A faulty request is told to the user, and nobody is redirected because of one.
 */
export async function askForConsent(
  request: IdentityRequest,
  gateway: GatewayRecord,
  issuer: IssuerClient,
  dependencies: AuthorizeDependencies,
): Promise<Response> {
  const { keyring, url, now, cookies } = dependencies;
  const parameters = parametersOf(request.query);
  const clientId = parameters.get("client_id") ?? "";
  if (isDocumentAddress(clientId) && !dependencies.documents.isKnown(clientId)) {
    const wait = await dependencies.limits.fetch(request.sourceIp);
    if (wait !== undefined) throw tooOften(wait);
  }
  const client = await clientOf(gateway.gatewayId, clientId, dependencies);
  const asked = read(parameters, client, gateway, url);
  const browser = { name: unguessable(), value: unguessable() };
  const ticket = await sealTicket(keyring, { ...asked, browser }, now());
  return consentPage(
    {
      action: `${facadeOf(url, gateway.gatewayId)}/authorize`,
      ticket,
      gateway: { name: gateway.name, url: gatewayUrlOf(url, gateway.gatewayId) },
      client,
      redirectHost: new URL(asked.redirectUri).host,
      loopback: isLoopback(asked.redirectUri),
      issuerHost: issuer.host,
      scopes: asked.scopes,
    },
    cookies.set("client-form", browser.name, browser.value),
  );
}

/** What the user has decided. Only the browser that was asked can answer, and only from the page that asked it (T20). */
export async function decide(
  request: IdentityRequest,
  gateway: GatewayRecord,
  issuer: IssuerClient,
  dependencies: AuthorizeDependencies,
): Promise<Response> {
  const { keyring, url, now, cookies } = dependencies;
  const sent = ownForm(request, url);
  if (sent === undefined) throw cantGoOn("The form was not sent from Gatehouse's own page.", 403);
  const form = parametersOf(sent);
  const ticket = await openTicket(keyring, gateway.gatewayId, form.get("ticket") ?? "", now());
  if (ticket === undefined) throw cantGoOn("This page has expired. Begin to sign in again in your application.");
  const { browser, ...asked } = ticket;
  if (!isSame(cookies.get(request.headers, "client-form", browser.name), browser.value)) {
    throw cantGoOn("The form was sent from another browser than the one that was asked, or without its cookies.", 403);
  }
  if (form.get("decision") !== "allow") {
    return onwardPage(answerTo(asked, facadeOf(url, gateway.gatewayId), { error: "access_denied" }));
  }
  const wait = await dependencies.limits.signIn(request.sourceIp);
  if (wait !== undefined) throw tooOften(wait);

  const state = unguessable();
  const binding = unguessable();
  const verifier = unguessable();
  const flow = { ...asked, verifier, discoveryUrl: issuer.discoveryUrl };
  await keep(dependencies, "FLOW", handleOf(state, binding), flow);
  const codeChallenge = createHash("sha256").update(verifier).digest("base64url");
  const address = issuer.authorizationUrl({ state, codeChallenge, scopes: asked.scopes, prompt: asked.prompt });
  return onwardPage(address, cookies.set("sign-in", state, binding));
}

/** What a sign-in is stored under: whoever has its state without its browser's cookie, or the other way, finds nothing. */
export function handleOf(state: string, binding: string): string {
  return `${state}.${binding}`;
}

/** The client's redirect address with an answer, from whom it is included (RFC 9207). */
export function answerTo(
  { redirectUri, state }: Pick<AuthorizationRequest, "redirectUri" | "state">,
  issuer: string,
  answer: Readonly<Record<string, string>>,
): URL {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries({ ...answer, ...(state === undefined ? {} : { state }), iss: issuer })) {
    url.searchParams.append(name, value);
  }
  return url;
}

async function clientOf(
  gatewayId: string,
  clientId: string,
  { clients, documents }: AuthorizeDependencies,
): Promise<FacadeClient> {
  if (isDocumentAddress(clientId)) {
    try {
      return await documents.find(clientId);
    } catch (error) {
      if (error instanceof DocumentError) throw new OauthError("invalid_client", error.message);
      throw error;
    }
  }
  const client = await clients.find(gatewayId, clientId);
  if (client === undefined) {
    throw new OauthError("invalid_client", "The application isn't registered here: its client_id is unknown.");
  }
  return client;
}

function read(
  parameters: ReadonlyMap<string, string>,
  client: FacadeClient,
  { gatewayId, ...gateway }: GatewayRecord,
  url: string,
): AuthorizationRequest {
  const refuse = (message: string) => new OauthError("invalid_request", message);
  const redirectUri = parameters.get("redirect_uri") ?? "";
  if (!isOneOf(redirectUri, client.redirectUris)) {
    throw refuse("The application wants the answer at an address (redirect_uri) that it is not registered with.");
  }
  if (parameters.get("response_type") !== "code") throw refuse("The response_type must be code.");
  if ((parameters.get("response_mode") ?? "query") !== "query") throw refuse("The response_mode must be query.");
  if (parameters.has("request") || parameters.has("request_uri")) throw refuse("Request objects are not taken.");
  const codeChallenge = parameters.get("code_challenge") ?? "";
  if (parameters.get("code_challenge_method") !== "S256" || !/^[\w-]{43}$/.test(codeChallenge)) {
    throw refuse("PKCE is required: a code_challenge with the code_challenge_method S256.");
  }
  const resource = parameters.get("resource");
  if (resource !== undefined && !isResource(resource, gatewayUrlOf(url, gatewayId))) {
    throw new OauthError("invalid_target", "The resource must be the address of this gateway.");
  }
  const state = parameters.get("state");
  if (state !== undefined && state.length > 1_000) throw refuse("The state may have 1,000 characters.");
  // Nobody is signed in without being asked here: `none` can't be had.
  const prompts = parameters.get("prompt")?.split(" ") ?? [];
  const prompt = ["login", "select_account", "consent"].filter((one) => prompts.includes(one)).join(" ");
  const scopes = scopesFor(parameters.get("scope"), scopesOf({ gatewayId, ...gateway }) ?? []);
  return {
    gatewayId,
    clientId: client.clientId,
    redirectUri,
    codeChallenge,
    scopes,
    ...(prompt === "" ? {} : { prompt }),
    ...(state === undefined ? {} : { state }),
  };
}

/** Whether a resource indicator (RFC 8707) means this gateway; an address may be written in more than one way. */
export function isResource(resource: string, gatewayUrl: string): boolean {
  return URL.parse(resource)?.href === new URL(gatewayUrl).href;
}

/**
 * What is asked of the issuer: of what the client wants what the gateway's clients may have (RFC 6749, section 3.3), and all
 * of that where it wants nothing of it. The issuer's other scopes, of other APIs, are nothing that a stranger gets here.
 */
function scopesFor(wanted: string | undefined, allowed: readonly string[]): readonly string[] {
  const names = new Set(wanted?.split(" "));
  const both = allowed.filter((scope) => names.has(scope));
  return both.length === 0 ? allowed : both;
}

function isSame(given: string | undefined, expected: string): boolean {
  const [a, b] = [given ?? "", expected].map((text) => createHash("sha256").update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
