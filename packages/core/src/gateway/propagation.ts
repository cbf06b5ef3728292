import type { MetadataConfiguration } from "@aws-sdk/client-bedrock-agentcore-control";
import { isRestrictedHeader } from "../headers.ts";
import type { Call } from "./call.ts";

/** What of a request goes to a target beside the call itself, by the names that the target's configuration allows. */
export interface Propagated {
  /** By the names as they are configured. */
  readonly headers: Readonly<Record<string, string>>;
  /** All values of a parameter, in order. */
  readonly query: Readonly<Record<string, readonly string[]>>;
}

const nothing: Propagated = { headers: {}, query: {} };

/** Shorter texts are in too many others to be told from them. */
const shortestToken = 16;

/**
 * The headers and query parameters of a request that a target gets (AgentCore, "Header propagation with Gateway"). Whatever
 * is configured, the caller's token is not among them, under its own name or another (T01).
 */
export function propagated(configuration: MetadataConfiguration | undefined, { headers, query }: Call): Propagated {
  if (configuration === undefined) return nothing;
  const token = headers.get("authorization")?.split(/\s+/).at(-1) ?? "";
  const isSafe = (value: string) => token.length < shortestToken || !value.includes(token);
  const { allowedRequestHeaders = [], allowedQueryParameters = [] } = configuration;
  return {
    headers: Object.fromEntries(
      allowedRequestHeaders.flatMap((name) => {
        const value = isRestrictedHeader(name) ? null : headers.get(name);
        return value !== null && isSafe(value) ? [[name, value]] : [];
      }),
    ),
    query: Object.fromEntries(
      allowedQueryParameters.flatMap((name) => {
        const values = query.getAll(name).filter(isSafe);
        return values.length > 0 ? [[name, values]] : [];
      }),
    ),
  };
}

/** Keeps those headers of a target's answer that its configuration lets pass, for the gateway's own. */
export function keepResponseHeaders(
  configuration: MetadataConfiguration | undefined,
  answered: Headers,
  { responseHeaders }: Call,
): void {
  for (const name of configuration?.allowedResponseHeaders ?? []) {
    const value = isRestrictedHeader(name) ? null : answered.get(name);
    if (value !== null) responseHeaders.set(name, value);
  }
}
