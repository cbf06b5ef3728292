import type { GatewayRecord } from "../../storage/records.ts";
import { createCookies } from "../cookies.ts";
import type { IdentityRequest, IdentityRoutes } from "../http.ts";
import { inPages, methodRefused, toldOf, tooOften } from "../pages/refused.ts";
import { json, OauthError, oauthError, preflight, tooMany } from "./answers.ts";
import { askForConsent, decide } from "./authorize.ts";
import { callback } from "./callback.ts";
import { createClients, RegistrationError } from "./clients.ts";
import type { FacadeDependencies } from "./dependencies.ts";
import { createDocuments } from "./documents.ts";
import { type IssuerClient, issuerClientOf } from "./issuerClient.ts";
import { createRateLimits } from "./limits.ts";
import { authorizationServerMetadata } from "./metadata.ts";
import { cantGoOn } from "./pages.ts";
import { token } from "./token.ts";

/** What is there of a gateway's facade: RFC 8414's metadata at its place and at OpenID Connect's, and the endpoints. */
const wellKnown = /^\/\.well-known\/oauth-authorization-server\/oauth\/facade\/([A-Za-z0-9-]{1,211})$/;
const endpoint =
  /^\/oauth\/facade\/([A-Za-z0-9-]{1,211})\/(authorize|token|register|\.well-known\/(?:openid-configuration|oauth-authorization-server))$/;

/**
 * An authorization server in front of each gateway's own issuer, for clients that register themselves or whose id is a
 * document's address: most issuers take neither, and desktop clients can do nothing else. It is there for gateways with the
 * setting `oauthClient` alone. It signs nobody in and issues no access tokens: that the issuer does, for a client that it
 * knows, and the facade sees to it that what the issuer gives comes to whom the user has agreed to.
 */
export function createFacadeRoutes(dependencies: FacadeDependencies): IdentityRoutes {
  const { url, gateways, onFailure } = dependencies;
  const clients = createClients(dependencies);
  const documents = createDocuments(dependencies);
  const cookies = createCookies(url);
  const limits = createRateLimits(dependencies);
  const all = { ...dependencies, clients, documents, cookies, limits };

  return async (request) => {
    if (request.path === "/oauth/facade/callback") {
      return inBrowser(request, () => (request.method === "GET" ? answered(request) : refused("GET")), {});
    }
    const [, gatewayId, place = "metadata"] = wellKnown.exec(request.path) ?? endpoint.exec(request.path) ?? [];
    if (gatewayId === undefined) return undefined;
    const find = () => found(gatewayId);
    switch (place) {
      case "authorize":
        return inBrowser(request, () => authorize(find, request), { gatewayId });
      case "token":
        if (request.method === "OPTIONS") return preflight("POST");
        if (request.method !== "POST") return notAllowed("POST");
        return inJson(() => withFacade(find, limitedToken, request), { gatewayId });
      case "register":
        if (request.method === "OPTIONS") return preflight("POST");
        if (request.method !== "POST") return notAllowed("POST");
        return inJson(async () => register(request, await find()), { gatewayId });
      default:
        if (request.method === "OPTIONS") return preflight("GET");
        if (request.method !== "GET") return notAllowed("GET");
        return inJson(async () => metadata(await find()), { gatewayId });
    }
  };

  /** The gateway and its client of the issuer; undefined where there is no gateway, or no facade of it. */
  async function found(gatewayId: string): Promise<{ gateway: GatewayRecord; issuer: IssuerClient } | undefined> {
    const gateway = await gateways.getGateway(gatewayId);
    const issuer = gateway && (await issuerClientOf(gateway, dependencies));
    return gateway && issuer && { gateway, issuer };
  }

  type Found = Awaited<ReturnType<typeof found>>;

  async function withFacade(
    find: () => Promise<Found>,
    answer: (
      request: IdentityRequest,
      gateway: GatewayRecord,
      issuer: IssuerClient,
      all_: typeof all,
    ) => Promise<Response>,
    request: IdentityRequest,
  ): Promise<Response> {
    const facade = await find();
    if (facade === undefined) return noFacade();
    return answer(request, facade.gateway, facade.issuer, all);
  }

  async function answered(request: IdentityRequest): Promise<Response> {
    const wait = await limits.callback(request.sourceIp);
    if (wait !== undefined) throw tooOften(wait);
    return callback(request, all);
  }

  async function limitedToken(
    request: IdentityRequest,
    gateway: GatewayRecord,
    issuer: IssuerClient,
  ): Promise<Response> {
    const wait = await limits.token(gateway.gatewayId, request.sourceIp);
    return wait === undefined ? token(request, gateway, issuer, dependencies) : tooMany(wait);
  }

  async function authorize(find: () => Promise<Found>, request: IdentityRequest): Promise<Response> {
    if (request.method === "GET") return withFacade(find, askForConsent, request);
    if (request.method === "POST") return withFacade(find, decide, request);
    return refused("GET, POST");
  }

  async function metadata(facade: Found): Promise<Response> {
    if (facade === undefined) return noFacade();
    const { metadata: document } = await dependencies.issuers.find(facade.issuer.discoveryUrl);
    return json(authorizationServerMetadata(facade.gateway, url, document), { cache: "max-age=60" });
  }

  async function register(request: IdentityRequest, facade: Found): Promise<Response> {
    if (facade === undefined) return noFacade();
    const { gatewayId } = facade.gateway;
    const wait = await limits.register(gatewayId, request.sourceIp);
    if (wait !== undefined) return tooMany(wait);
    try {
      return json(await clients.register(gatewayId, bodyOf(request)), { status: 201 });
    } catch (error) {
      if (error instanceof RegistrationError) throw new OauthError(error.code, error.message);
      throw error;
    }
  }

  /** For clients. Whatever goes wrong, nothing was given because of it, and nothing of it is told. */
  async function inJson(answer: () => Promise<Response>, context: { gatewayId?: string }): Promise<Response> {
    try {
      return await answer();
    } catch (error) {
      if (error instanceof OauthError) return oauthError(error);
      onFailure(toldOf(error), context);
      return oauthError(new OauthError("temporarily_unavailable", "Something failed; try again."));
    }
  }

  /** For people. */
  function inBrowser(request: IdentityRequest, answer: () => Promise<Response>, context: { gatewayId?: string }) {
    const { requestId } = request;
    const withCodes = () =>
      answer().catch((error: unknown) => {
        throw error instanceof OauthError ? cantGoOn(error.message) : error;
      });
    return inPages(withCodes, { requestId, onFailure: (reason) => onFailure(reason, context) });
  }
}

function bodyOf({ body, headers }: IdentityRequest): unknown {
  if (!/^application\/json\b/i.test(headers.get("content-type") ?? "")) {
    throw new OauthError("invalid_client_metadata", "The body must be application/json.");
  }
  try {
    return JSON.parse(body);
  } catch {
    throw new OauthError("invalid_client_metadata", "The body is no JSON.");
  }
}

function noFacade(): Response {
  return json({ message: "There is no such authorization server." }, { status: 404 });
}

async function refused(methods: string): Promise<Response> {
  throw methodRefused(methods);
}

function notAllowed(methods: string): Response {
  return new Response(null, { status: 405, headers: { Allow: methods } });
}
