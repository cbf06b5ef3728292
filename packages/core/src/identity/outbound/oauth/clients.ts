import { LRUCache } from "lru-cache";
import { allowInsecureRequests, Configuration, customFetch, discovery, type ServerMetadata } from "openid-client";
import { assertReachable, withoutQuery } from "../../../egress.ts";
import { GatehouseError } from "../../../errors.ts";
import { type OutboundFetch, outboundFetch } from "../../../outbound.ts";
import type { Oauth2ProviderRecord } from "../../../storage/identityRecords.ts";
import type { Keyring } from "../../vault/keyring.ts";
import type { DeploymentKey } from "../deploymentKey.ts";
import { registrationOf } from "../registration.ts";
import { clientProofOf } from "./clientAuthentication.ts";
import { failureOf } from "./failures.ts";
import { issuerFetch, issuerTimeoutSeconds } from "./issuerFetch.ts";

/** Gatehouse as a client of one provider's issuer, ready to ask. */
export interface OauthClient {
  readonly configuration: Configuration;
  /** The client secret, for taking it out of what the issuer says. */
  readonly secret?: string;
}

export interface OauthClients {
  /**
   * @throws GatehouseError `validation` for a provider that can't be used as it is configured, CredentialError where its
   *   issuer can't be discovered
   */
  of(provider: Oauth2ProviderRecord): Promise<OauthClient>;
}

export interface OauthClientsOptions {
  readonly keyring: Keyring;
  readonly deploymentKey: DeploymentKey;
  /** The public base address of the deployment, which is its client id where a provider names none. */
  readonly url: string;
  readonly allowLoopback: boolean;
  readonly fetch?: OutboundFetch;
}

/** What issuers say of themselves seldom changes; this is as long as for inbound tokens. */
const rememberedMilliseconds = 600_000;

/** Makes clients by openid-client. An issuer is discovered once in ten minutes; a changed provider makes a new client. */
export function createOauthClients(options: OauthClientsOptions): OauthClients {
  const fetchIt = issuerFetch(options.fetch ?? outboundFetch, options.allowLoopback);
  const execute = options.allowLoopback ? [allowInsecureRequests] : [];

  const servers = new LRUCache<string, ServerMetadata, Oauth2ProviderRecord>({
    max: 1_000,
    ttl: rememberedMilliseconds,
    // One request for many callers; a failure is told to all of them and is not remembered.
    fetchMethod: (_, __, { context }) => serverOf(context),
  });

  async function serverOf(provider: Oauth2ProviderRecord): Promise<ServerMetadata> {
    const { authorizationServerMetadata: given, discoveryUrl } = provider.oauthDiscovery;
    if (given !== undefined) {
      const { issuer, authorizationEndpoint, tokenEndpoint } = given;
      if (issuer === undefined || tokenEndpoint === undefined) {
        throw new GatehouseError("validation", `The metadata of ${provider.name} needs an issuer and a tokenEndpoint.`);
      }
      assertReachable(tokenEndpoint, options.allowLoopback);
      return {
        issuer,
        token_endpoint: tokenEndpoint,
        ...(authorizationEndpoint === undefined ? {} : { authorization_endpoint: authorizationEndpoint }),
      };
    }
    if (discoveryUrl === undefined) {
      throw new GatehouseError(
        "validation",
        `The credential provider ${provider.name} has an unknown kind of discovery.`,
      );
    }
    // The library would refuse what isn't https in words that help nobody.
    assertReachable(discoveryUrl, options.allowLoopback);
    const { issuer, algorithm } = discoveryOf(discoveryUrl);
    try {
      const discovered = await discovery(issuer, clientIdOf(provider), undefined, undefined, {
        algorithm,
        execute,
        timeout: issuerTimeoutSeconds,
        [customFetch]: fetchIt,
      });
      return discovered.serverMetadata();
    } catch (error) {
      const what = `The discovery of the credential provider ${provider.name} at ${withoutQuery(discoveryUrl)}`;
      throw failureOf(error, what, []);
    }
  }

  const clientIdOf = ({ clientId }: Oauth2ProviderRecord) => clientId ?? options.url;

  return {
    async of(provider) {
      const server = await servers.fetch(registrationOf(provider), { context: provider });
      if (server === undefined) throw new Error("An issuer that is known can't be nothing.");
      const { authentication, secret } = await clientProofOf(provider, options);
      const configuration = new Configuration(server, clientIdOf(provider), undefined, authentication);
      configuration.timeout = issuerTimeoutSeconds;
      configuration[customFetch] = fetchIt;
      for (const extend of execute) extend(configuration);
      return { configuration, ...(secret === undefined ? {} : { secret }) };
    },
  };
}

/**
 * The issuer of a discovery address: that of OpenID Connect Discovery 1.0 (section 4) has its suffix at the end, that of
 * RFC 8414 (section 3) between host and path. The library makes the address from it again and holds the issuer against
 * what it finds there.
 */
export function discoveryOf(discoveryUrl: string): { readonly issuer: URL; readonly algorithm: "oidc" | "oauth2" } {
  const url = URL.parse(discoveryUrl);
  if (url === null) {
    throw new GatehouseError("validation", `The discoveryUrl "${withoutQuery(discoveryUrl)}" is not a URL.`);
  }
  const oauth = /^\/\.well-known\/oauth-authorization-server(\/.*)?$/.exec(url.pathname);
  url.pathname = oauth ? (oauth[1] ?? "/") : url.pathname.replace(/\/\.well-known\/openid-configuration$/, "");
  return { issuer: url, algorithm: oauth ? "oauth2" : "oidc" };
}
