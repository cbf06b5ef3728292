import type { GatewayApiKeyCredentialProvider } from "@aws-sdk/client-bedrock-agentcore-control";
import type { HttpRequest } from "../http/request.ts";

/** Where a key goes where nothing is said. */
export const defaultKeyHeader = "authorization";

/** Puts an API key into a request, in the place of whatever the request has there. */
export function withApiKey(
  request: HttpRequest,
  key: string,
  {
    credentialLocation,
    credentialParameterName,
    credentialPrefix,
  }: Omit<GatewayApiKeyCredentialProvider, "providerArn">,
): HttpRequest {
  const value = prefixed(key, credentialPrefix);
  if (credentialLocation === "QUERY_PARAMETER") {
    return { ...request, url: withParameter(request.url, credentialParameterName ?? "", value) };
  }
  return withHeader(request, credentialParameterName ?? defaultKeyHeader, value);
}

/** Sets a header, in whatever case the request has one of its name. */
export function withHeader(request: HttpRequest, name: string, value: string): HttpRequest {
  const folded = name.toLowerCase();
  const others = Object.entries(request.headers).filter(([other]) => other.toLowerCase() !== folded);
  return { ...request, headers: { ...Object.fromEntries(others), [folded]: value } };
}

/** The address with one parameter of a name. The rest of the query stays as it was written, which may mean something. */
function withParameter(address: URL, name: string, value: string): URL {
  const others = address.search
    .slice(1)
    .split("&")
    .filter((pair) => pair !== "" && !new URLSearchParams(pair).has(name));
  const url = new URL(address);
  url.search = [...others, `${encodeURIComponent(name)}=${encodeURIComponent(value)}`].join("&");
  return url;
}

/** A word like `Bearer` is an authentication scheme, which a space follows (RFC 9110 section 11.4); `token=` is not. */
function prefixed(key: string, prefix = ""): string {
  const scheme = prefix.trim();
  return /[A-Za-z0-9]$/.test(scheme) ? `${scheme} ${key}` : `${scheme}${key}`;
}
