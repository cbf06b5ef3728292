import { isRestrictedHeader } from "../../headers.ts";
import type { TargetRecord } from "../../storage/records.ts";
import { defined } from "../defined.ts";
import { refuse } from "../supported.ts";
import type { PossibleCredentials } from "./credentials.ts";
import type { TargetInput } from "./kind.ts";

type Configured = NonNullable<TargetInput["credentialProviderConfigurations"]>[number];
type Kept = TargetRecord["credentialProviderConfigurations"][number];

/** A header's name (RFC 9110 section 5.1), and a value that can be one as it is. */
const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const visible = /^[!-~ ]*$/;
/** What goes with every request, and is not for a key to replace. */
const traceHeaders: ReadonlySet<string> = new Set(["traceparent", "tracestate", "baggage"]);
/** What of a request to an authorization server is Gatehouse's own to say (RFC 6749, 7636, 8693; OpenID Connect). */
const ownParameters: ReadonlySet<string> = new Set(
  `response_type client_id client_secret client_assertion client_assertion_type redirect_uri state nonce scope code
   code_challenge code_challenge_method code_verifier grant_type refresh_token assertion subject_token subject_token_type
   actor_token actor_token_type request request_uri response_mode`.split(/\s+/),
);

/** Reads where an API key goes. @param path of the configuration in the request. @throws GatehouseError `validation` */
export function readApiKey({ credentialProvider }: Configured, path: string): Kept {
  const given = credentialProvider?.apiKeyCredentialProvider;
  if (given === undefined) refuse(`${path}.credentialProvider`, "must be an apiKeyCredentialProvider with API_KEY");
  const { providerArn, credentialLocation, credentialParameterName: name, credentialPrefix } = given;
  const place = `${path}.credentialProvider.apiKeyCredentialProvider`;
  if (credentialLocation === "QUERY_PARAMETER") {
    if (name === undefined) refuse(`${place}.credentialParameterName`, "must name the parameter of the query");
  } else if (name !== undefined) {
    const folded = name.toLowerCase();
    const isOwn = folded !== "authorization" && (isRestrictedHeader(name) || traceHeaders.has(folded));
    if (!token.test(name)) refuse(`${place}.credentialParameterName`, "must be the name of a header");
    if (isOwn) refuse(`${place}.credentialParameterName`, `must be a header for credentials, which ${name} is not`);
  }
  if (credentialPrefix !== undefined && !visible.test(credentialPrefix)) {
    refuse(`${place}.credentialPrefix`, "must be printable ASCII");
  }
  const apiKeyCredentialProvider = {
    providerArn,
    ...defined({ credentialLocation, credentialParameterName: name, credentialPrefix }),
  };
  return { credentialProviderType: "API_KEY", credentialProvider: { apiKeyCredentialProvider } };
}

/** Reads which token a target is called with. @param path of the configuration in the request. @throws GatehouseError `validation` */
export function readOAuth(
  { credentialProvider }: Configured,
  { what, grants }: PossibleCredentials,
  path: string,
): Kept {
  const given = credentialProvider?.oauthCredentialProvider;
  if (given === undefined) refuse(`${path}.credentialProvider`, "must be an oauthCredentialProvider with OAUTH");
  const { providerArn, scopes, customParameters, grantType = "CLIENT_CREDENTIALS", defaultReturnUrl } = given;
  const place = `${path}.credentialProvider.oauthCredentialProvider`;
  if (!grants.includes(grantType)) {
    refuse(`${place}.grantType`, `can't be ${grantType} for ${what}: it must be ${grants.join(" or ")}`);
  }
  if (defaultReturnUrl !== undefined) {
    if (grantType !== "AUTHORIZATION_CODE") refuse(`${place}.defaultReturnUrl`, "belongs to AUTHORIZATION_CODE alone");
    if (!isReturnUrl(defaultReturnUrl)) {
      refuse(`${place}.defaultReturnUrl`, "must be an https address, or http on this very machine, without a fragment");
    }
  }
  for (const [index, scope] of scopes.entries()) {
    // RFC 6749 section 3.3.
    if (!/^[!#-[\]-~]+$/.test(scope)) refuse(`${place}.scopes[${index}]`, "must be one scope, without spaces");
  }
  for (const name of Object.keys(customParameters ?? {})) {
    if (ownParameters.has(name)) refuse(`${place}.customParameters`, `must not say ${name}, which Gatehouse says`);
  }
  const oauthCredentialProvider = {
    providerArn,
    scopes: [...scopes],
    grantType,
    ...defined({ customParameters, defaultReturnUrl }),
  };
  return { credentialProviderType: "OAUTH", credentialProvider: { oauthCredentialProvider } };
}

/** Where a browser may be sent with the outcome of a consent (T20). */
function isReturnUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, hash, username, password } = new URL(text);
  const isLoopback = protocol === "http:" && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  return (protocol === "https:" || isLoopback) && hash === "" && username === "" && password === "";
}
