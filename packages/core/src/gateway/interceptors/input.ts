import type { Json } from "../../json.ts";
import type { ConfiguredInterceptor } from "./configuration.ts";

/** A request as interceptors are told of it. */
export interface InterceptedRequest {
  readonly headers: Headers;
  readonly message: Json;
  /** The body as it came from the client. */
  readonly rawBody: string;
}

/** An answer as interceptors are told of it; `body` is null where there is none. */
export interface InterceptedResponse {
  readonly statusCode: number;
  readonly headers: Headers;
  readonly body: Json;
}

/** The path below a gateway's address in AgentCore, which is what interceptors there know. */
const path = "/mcp";

/**
 * The event of an interceptor (AgentCore, "Types of interceptors"), as JSON text: bodies as JSON, headers only where the
 * configuration passes them.
 */
export function interceptorInput(
  { passesHeaders, excludesResponseBody }: ConfiguredInterceptor,
  { headers, message, rawBody }: InterceptedRequest,
  response?: InterceptedResponse,
): string {
  const headersOf = (from: Headers) => (passesHeaders ? { headers: Object.fromEntries(from) } : {});
  const gatewayResponse = response && {
    statusCode: response.statusCode,
    ...headersOf(response.headers),
    body: excludesResponseBody ? null : response.body,
  };
  return JSON.stringify({
    interceptorInputVersion: "1.0",
    mcp: {
      rawGatewayRequest: { body: rawBody },
      gatewayRequest: { path, httpMethod: "POST", ...headersOf(headers), body: message },
      ...(gatewayResponse === undefined ? {} : { gatewayResponse }),
    },
  });
}
