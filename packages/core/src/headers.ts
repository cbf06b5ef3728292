/**
 * What no configuration and no interceptor can carry past the gateway: credentials, what says how a message is framed or
 * how far a proxy brought it, and what the protocol itself means. AgentCore's list ("Header restrictions"), and besides
 * MCP's own headers, which are written for each hop anew.
 */
const restricted: ReadonlySet<string> = new Set(
  `authorization proxy-authorization proxy-authenticate www-authenticate authentication-info cookie set-cookie
   accept accept-charset accept-encoding accept-language accept-ranges
   content-type content-length content-encoding content-language content-location content-range
   cache-control etag expires if-match if-modified-since if-none-match if-range if-unmodified-since last-modified pragma vary
   connection keep-alive proxy-connection upgrade host te trailer transfer-encoding expect http2-settings
   user-agent referer from origin range server date location retry-after via forwarded age allow
   content-security-policy content-security-policy-report-only strict-transport-security
   x-content-type-options x-frame-options x-xss-protection referrer-policy permissions-policy clear-site-data
   last-event-id`.split(/\s+/),
);

const restrictedPrefixes = [
  "mcp-",
  "x-amz-",
  "x-amzn-",
  "x-gatehouse-",
  "x-forwarded-",
  "sec-",
  "access-control-",
  ":",
];

/** AgentCore's own exception: what an agent's runtime may hand on. */
const runtimeCustom = "x-amzn-bedrock-agentcore-runtime-custom-";

/** Whether a header is one that is not propagated, whoever asks for it. */
export function isRestrictedHeader(name: string): boolean {
  const folded = name.toLowerCase();
  if (folded.startsWith(runtimeCustom)) return false;
  return restricted.has(folded) || restrictedPrefixes.some((prefix) => folded.startsWith(prefix));
}
