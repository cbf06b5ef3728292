import type {
  ClientAuthenticationMethodType,
  CustomOauth2ProviderConfigInput,
  IncludedOauth2ProviderConfigInput,
  Oauth2AuthorizationServerMetadata,
  Oauth2Discovery,
  OnBehalfOfTokenExchangeConfigType,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { vendors } from "../../identity/outbound/vendors.ts";
import type { Oauth2ProviderRecord } from "../../storage/identityRecords.ts";
import { checkAddress } from "../authorizers.ts";
import { defined } from "../defined.ts";
import type { Checked, InputOf } from "../operationTypes.ts";
import { refuse, refuseMembers } from "../supported.ts";
import { refuseExternalSecret } from "./secrets.ts";

type Input = InputOf<"CreateOauth2CredentialProvider"> | InputOf<"UpdateOauth2CredentialProvider">;

/** What a request says of an OAuth2 credential provider, and its secret beside it, not sealed yet. */
export interface Oauth2Settings {
  readonly settings: Pick<
    Oauth2ProviderRecord,
    | "credentialProviderVendor"
    | "clientId"
    | "oauthDiscovery"
    | "clientAuthenticationMethod"
    | "onBehalfOfTokenExchangeConfig"
  >;
  readonly clientSecret: string | undefined;
}

/** The members that any vendor's settings may have. */
type Config = Checked<Omit<CustomOauth2ProviderConfigInput, "oauthDiscovery">> &
  Partial<Checked<Pick<CustomOauth2ProviderConfigInput, "oauthDiscovery">>> &
  Pick<IncludedOauth2ProviderConfigInput, "issuer" | "authorizationEndpoint" | "tokenEndpoint"> & {
    readonly tenantId?: string;
  };

/**
 * Reads the settings of an OAuth2 credential provider by what is known of its vendor.
 * @throws GatehouseError `validation` that names the member that isn't as it should be.
 */
export function oauth2SettingsOf(input: Input, allowLoopback: boolean): Oauth2Settings {
  const { credentialProviderVendor } = input;
  const vendor = vendors[credentialProviderVendor];
  const { member, server } = vendor;
  const configs: Partial<Record<string, unknown>> = { ...input.oauth2ProviderConfigInput };
  if (configs[member] === undefined) {
    refuse("oauth2ProviderConfigInput", `must have ${member}, and nothing else, for ${credentialProviderVendor}`);
  }
  // The router has read it by the SDK's schema of this member.
  const config = configs[member] as Config;
  const path = `oauth2ProviderConfigInput.${member}`;

  refuseMembers(config, `${path}.`, "privateKeyJwtConfig", "privateEndpoint", "privateEndpointOverrides");
  refuseExternalSecret(`${path}.clientSecret`, config.clientSecretConfig, config.clientSecretSource);
  const oauthDiscovery = server === "CUSTOM" ? given(config, path) : ofVendor(credentialProviderVendor, config, path);
  checkDiscovery(oauthDiscovery, `${path}${server === "CUSTOM" ? ".oauthDiscovery" : ""}`, allowLoopback);
  const clientAuthenticationMethod = methodOf(config, oauthDiscovery, vendor.clientAuthentication, path);
  const { clientId, clientSecret, onBehalfOfTokenExchangeConfig } = config;
  if (!clientId) refuse(`${path}.clientId`, "is required");
  checkSecret(clientSecret, clientAuthenticationMethod, path);
  checkExchange(onBehalfOfTokenExchangeConfig, `${path}.onBehalfOfTokenExchangeConfig`);
  return {
    settings: {
      credentialProviderVendor,
      clientId,
      oauthDiscovery,
      clientAuthenticationMethod,
      ...defined({ onBehalfOfTokenExchangeConfig }),
    },
    clientSecret: clientSecret || undefined,
  };
}

function given({ oauthDiscovery }: Config, path: string): Oauth2Discovery {
  if (oauthDiscovery === undefined) refuse(`${path}.oauthDiscovery`, "is required");
  return oauthDiscovery;
}

function ofVendor(name: Input["credentialProviderVendor"], config: Config, path: string): Oauth2Discovery {
  const { server } = vendors[name];
  const { issuer, authorizationEndpoint, tokenEndpoint, tenantId } = config;
  if (server === "TENANT") {
    if (issuer === undefined) refuse(`${path}.issuer`, `is required for ${name}: each of its customers has its own`);
    if (authorizationEndpoint === undefined && tokenEndpoint === undefined) {
      return { discoveryUrl: `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration` };
    }
    if (authorizationEndpoint === undefined) refuse(`${path}.authorizationEndpoint`, "is required with tokenEndpoint");
    if (tokenEndpoint === undefined) refuse(`${path}.tokenEndpoint`, "is required with authorizationEndpoint");
    return { authorizationServerMetadata: { issuer, authorizationEndpoint, tokenEndpoint } };
  }
  for (const [member, value] of Object.entries({ issuer, authorizationEndpoint, tokenEndpoint })) {
    if (value !== undefined)
      refuse(`${path}.${member}`, `can't be set: ${name} has the same for all; use CustomOauth2`);
  }
  if (typeof server === "string") refuse(`${path}.oauthDiscovery`, "is required");
  if (!("discoveryUrl" in server)) return { authorizationServerMetadata: { ...server } };
  return { discoveryUrl: tenantId === undefined ? server.discoveryUrl : ofTenant(server.discoveryUrl, tenantId, path) };
}

/** The tenant becomes one segment of the path, and nothing else of the address. */
function ofTenant(discoveryUrl: string, tenantId: string, path: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,254}$/.test(tenantId)) {
    refuse(`${path}.tenantId`, "must be a tenant's id or domain name");
  }
  return discoveryUrl.replace("/common/", `/${tenantId}/`);
}

function checkDiscovery(discovery: Oauth2Discovery, path: string, allowLoopback: boolean): void {
  const { discoveryUrl, authorizationServerMetadata: metadata } = discovery;
  if (discoveryUrl !== undefined) {
    checkAddress(discoveryUrl, `${path}.discoveryUrl`, allowLoopback);
    return;
  }
  const at = path.endsWith("oauthDiscovery") ? `${path}.authorizationServerMetadata` : path;
  const { issuer, authorizationEndpoint, tokenEndpoint } = metadata ?? {};
  const addresses = { issuer, authorizationEndpoint, tokenEndpoint };
  for (const [member, address = ""] of Object.entries(addresses)) {
    checkAddress(address, `${at}.${member}`, allowLoopback);
  }
  const { responseTypes } = metadata ?? {};
  if (responseTypes !== undefined && !responseTypes.includes("code")) {
    refuse(`${at}.responseTypes`, "must have code: Gatehouse asks for nothing else");
  }
}

function methodOf(
  { clientAuthenticationMethod: given }: Config,
  { authorizationServerMetadata: metadata }: Oauth2Discovery,
  usual: ClientAuthenticationMethodType,
  path: string,
): ClientAuthenticationMethodType {
  if (given === "PRIVATE_KEY_JWT") {
    const message = "can't be PRIVATE_KEY_JWT: with AWS_IAM_ID_TOKEN_JWT, Gatehouse signs by a key of its own";
    refuse(`${path}.clientAuthenticationMethod`, message);
  }
  return given ?? announced(metadata) ?? usual;
}

/** The method that a server's metadata leaves, where it leaves one. */
function announced(
  metadata: Oauth2AuthorizationServerMetadata | undefined,
): ClientAuthenticationMethodType | undefined {
  const methods = metadata?.tokenEndpointAuthMethods ?? [];
  return methods.length > 0 && !methods.includes("client_secret_basic") ? "CLIENT_SECRET_POST" : undefined;
}

/**
 * A secret is asked for with every update too: with a stored one, whoever may change a provider could have it sent to a
 * token endpoint of their own.
 */
function checkSecret(secret: string | undefined, method: ClientAuthenticationMethodType, path: string): void {
  if (method === "AWS_IAM_ID_TOKEN_JWT" && secret) {
    refuse(`${path}.clientSecret`, "can't be set with AWS_IAM_ID_TOKEN_JWT, which needs none");
  }
  if (method !== "AWS_IAM_ID_TOKEN_JWT" && !secret) refuse(`${path}.clientSecret`, `is required with ${method}`);
}

function checkExchange(config: OnBehalfOfTokenExchangeConfigType | undefined, path: string): void {
  if (config === undefined) return;
  const { grantType, tokenExchangeGrantTypeConfig: exchange } = config;
  if (grantType === "JWT_AUTHORIZATION_GRANT" && exchange !== undefined) {
    refuse(`${path}.tokenExchangeGrantTypeConfig`, "can't be set with JWT_AUTHORIZATION_GRANT");
  }
  if (exchange?.actorTokenScopes !== undefined && exchange.actorTokenContent !== "M2M") {
    refuse(`${path}.tokenExchangeGrantTypeConfig.actorTokenScopes`, "can only be set with actorTokenContent M2M");
  }
}
