import type { RequestId } from "@modelcontextprotocol/server";

/** An HTTP answer whose body is a JSON-RPC error, for what fails before or around the protocol. */
export function jsonRpcRefusal(
  status: number,
  code: number,
  message: string,
  options: { id?: RequestId | null; data?: unknown; headers?: Record<string, string> } = {},
): Response {
  const error = { code, message, ...(options.data === undefined ? {} : { data: options.data }) };
  return Response.json({ jsonrpc: "2.0", error, id: options.id ?? null }, { status, headers: options.headers ?? {} });
}

/**
 * 401, or 403 for a scope that is missing, with the challenge of RFC 6750 section 3 and the metadata of RFC 9728 section
 * 5.1, from which a client finds the issuer.
 */
export function unauthenticated(challenge: {
  metadataUrl: string;
  scopes?: readonly string[];
  error?: "invalid_token" | "insufficient_scope";
  message?: string;
}): Response {
  const { metadataUrl, scopes = [], message } = challenge;
  const error = challenge.error ?? (message === undefined ? undefined : "invalid_token");
  const parameters = [
    ...(error === undefined ? [] : [`error="${error}"`]),
    ...(message === undefined ? [] : [`error_description="${message.replaceAll(/["\\]/g, "'")}"`]),
    `resource_metadata="${metadataUrl}"`,
    ...(scopes.length === 0 ? [] : [`scope="${scopes.join(" ")}"`]),
  ];
  const status = error === "insufficient_scope" ? 403 : 401;
  return jsonRpcRefusal(status, -32_000, message ?? "a bearer token is needed", {
    headers: { "WWW-Authenticate": `Bearer ${parameters.join(", ")}` },
  });
}
