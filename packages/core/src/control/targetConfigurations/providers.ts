import { messageOf } from "../../errors.ts";
import { isRestrictedHeader } from "../../headers.ts";
import { parametersOf } from "../../identity/outbound/oauth/parameters.ts";
import { returnUrlViolation } from "../../identity/outbound/returnUrls.ts";
import type { TargetRecord } from "../../storage/records.ts";
import { defined } from "../defined.ts";
import { refuse } from "../supported.ts";
import type { PossibleCredentials, TargetInput } from "./kind.ts";

type Configured = NonNullable<TargetInput["credentialProviderConfigurations"]>[number];
type Kept = TargetRecord["credentialProviderConfigurations"][number];

/** A header's name (RFC 9110 section 5.1), and a value that can be one as it is. */
const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const visible = /^[!-~ ]*$/;
/** What goes with every request, and is not for a key to replace. */
const traceHeaders: ReadonlySet<string> = new Set(["traceparent", "tracestate", "baggage"]);
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
  const { providerArn, scopes, customParameters, defaultReturnUrl } = given;
  const grantType = given.grantType ?? "CLIENT_CREDENTIALS";
  const place = `${path}.credentialProvider.oauthCredentialProvider`;
  if (!grants.includes(grantType)) {
    refuse(`${place}.grantType`, `can't be ${grantType} for ${what}: it must be ${grants.join(" or ")}`);
  }
  if (defaultReturnUrl !== undefined) {
    if (grantType !== "AUTHORIZATION_CODE") refuse(`${place}.defaultReturnUrl`, "belongs to AUTHORIZATION_CODE alone");
    const violation = returnUrlViolation(defaultReturnUrl);
    if (violation !== undefined) refuse(`${place}.defaultReturnUrl`, violation);
  }
  for (const [index, scope] of scopes.entries()) {
    // RFC 6749 section 3.3.
    if (!/^[!#-[\]-~]+$/.test(scope)) refuse(`${place}.scopes[${index}]`, "must be one scope, without spaces");
  }
  checkParameters({ scopes, ...defined({ customParameters }) }, `${place}.customParameters`);
  const oauthCredentialProvider = {
    providerArn,
    scopes: [...scopes],
    ...defined({ grantType: given.grantType, customParameters, defaultReturnUrl }),
  };
  return { credentialProviderType: "OAUTH", credentialProvider: { oauthCredentialProvider } };
}

/** What of a request to an authorization server is Gatehouse's own to say, no configuration says. */
function checkParameters(wanted: Parameters<typeof parametersOf>[0], name: string): void {
  try {
    parametersOf(wanted);
  } catch (error) {
    refuse(name, messageOf(error));
  }
}
