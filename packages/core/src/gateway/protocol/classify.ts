import { classifyInboundRequest, type InboundClassificationOutcome } from "@modelcontextprotocol/server";
import { LRUCache } from "lru-cache";
import { isJsonObject, type Json } from "../../json.ts";

/** What is said of requests of one form; agents send few forms and many requests. */
const known = new LRUCache<string, Verdict>({ max: 1_000 });
/** A longer form is looked at each time. */
const longestForm = 2_000;

/** Which era a message is of, or how it is refused. */
export type Verdict =
  | { readonly kind: "legacy" }
  | { readonly kind: "modern"; readonly revision: string | undefined }
  | Extract<InboundClassificationOutcome, { kind: "reject" }>;

/**
 * Says which of MCP's two eras a message is of, by the SDK's rules. They validate a request's whole envelope, which takes as
 * long as all other looks at it together, and see no more of it than its form.
 */
export function classify(message: Json, headers: Headers): Verdict {
  const form = formOf(message, headers);
  const remembered = form === undefined ? undefined : known.get(form);
  if (remembered !== undefined) return remembered;
  const outcome = classifyInboundRequest({
    httpMethod: "POST",
    body: message,
    ...headerOf("protocolVersionHeader", headers.get("mcp-protocol-version")),
    ...headerOf("mcpMethodHeader", headers.get("mcp-method")),
  });
  if (outcome.kind === "reject") return outcome;
  const verdict: Verdict =
    outcome.kind === "legacy" ? { kind: "legacy" } : { kind: "modern", revision: outcome.classification.revision };
  if (form !== undefined && form.length <= longestForm) known.set(form, verdict);
  return verdict;
}

/** What no rule looks into: each request has its own. */
const ownOfEachRequest: ReadonlySet<string> = new Set(["progressToken", "traceparent", "tracestate", "baggage"]);

/** All of a request that the rules see; undefined where that may be more than this. */
function formOf(message: Json, headers: Headers): string | undefined {
  if (!isJsonObject(message)) return undefined;
  const { jsonrpc, id, method, params, ...rest } = message;
  if (Object.keys(rest).length > 0 || method === "initialize" || !isJsonObject(params)) return undefined;
  const { _meta: meta } = params;
  if (!isJsonObject(meta)) return undefined;
  const claims = Object.entries(meta).map(([key, value]) => [key, ownOfEachRequest.has(key) ? kindOf(value) : value]);
  const versionAndMethod = [headers.get("mcp-protocol-version"), headers.get("mcp-method")];
  return JSON.stringify([jsonrpc, kindOf(id), method, claims, versionAndMethod]);
}

/** A number that is no integer JSON holds exactly is of no kind but its own. */
function kindOf(value: Json | undefined): string {
  if (typeof value === "number") return Number.isSafeInteger(value) ? "integer" : String(value);
  return value === null ? "null" : typeof value;
}

function headerOf<Name extends string>(name: Name, value: string | null): { [_ in Name]?: string } {
  // The computed key has the type of its name.
  return value === null ? {} : ({ [name]: value } as { [_ in Name]?: string });
}
