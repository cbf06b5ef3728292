import type { ToolDecision } from "../observability/events.ts";

/** How an error reaches the caller. */
export type ErrorAnswer =
  /** An HTTP status with a JSON-RPC error as the body. */
  | { readonly as: "http"; readonly status: number; readonly jsonRpc: number }
  /** A JSON-RPC error; its HTTP status is the one that the caller's era of MCP gives it. */
  | { readonly as: "jsonRpc"; readonly jsonRpc: number }
  /** A tool result with `isError`, which an agent reads and goes on (MCP, "Error handling"). */
  | { readonly as: "toolError" };

/** One row of the catalogue. */
export interface GatewayErrorDefinition {
  readonly answer: ErrorAnswer;
  /** What the caller reads; `{name}` stands for what is said of the case. */
  readonly message: string;
  /** Whether the very same request may succeed later. */
  readonly retryable: boolean;
  /** The outcome of the decision that is on record. `none` where nobody knows who asked, or there was no recording. */
  readonly recorded: ToolDecision["outcome"] | "none";
  /** When it happens, for the documentation. */
  readonly when: string;
}

/** The JSON-RPC code of errors that neither JSON-RPC nor MCP has a code for. */
const serverError = -32_000;
const http = (status: number, jsonRpc = serverError) => ({ as: "http", status, jsonRpc }) as const;
const jsonRpc = (code: number) => ({ as: "jsonRpc", jsonRpc: code }) as const;
const toolError = { as: "toolError" } as const;

const never = { retryable: false } as const;
const later = { retryable: true } as const;

/**
 * Every error that the gateway itself answers an agent with: the one place that says how. What is no message of MCP at all
 * is answered as the MCP SDK does.
 */
export const gatewayErrors = {
  forbiddenOrigin: {
    answer: http(403),
    message: "{reason}",
    ...never,
    recorded: "none",
    when: "a browser's page of another origin asks",
  },
  unknownGateway: {
    answer: http(404),
    message: "There is no gateway {gateway}.",
    ...never,
    recorded: "none",
    when: "the address names no gateway",
  },
  unauthenticated: {
    answer: http(401),
    message: "{reason}",
    ...never,
    recorded: "none",
    when: "there is no token or signature, or none that the gateway's authorizer takes; `WWW-Authenticate` says what is taken, and leads to the issuer",
  },
  insufficientScope: {
    answer: http(403),
    message: "{reason}",
    ...never,
    recorded: "rejected",
    when: "the token is good and lacks a scope; `WWW-Authenticate` names it",
  },
  accessDenied: {
    answer: http(403),
    message: "The gateway's resource policy does not let this principal in.",
    ...never,
    recorded: "rejected",
    when: "the gateway's resource-based policy doesn't name the caller",
  },
  invokeDenied: {
    answer: http(403),
    message: "{reason}",
    ...never,
    recorded: "rejected",
    when: "the gateway's authorizer is `AWS_IAM`, and the administration's policies don't let the signer invoke it",
  },
  noTokens: {
    answer: http(404),
    message: "This gateway takes no tokens, so that there is no issuer to ask for one.",
    ...never,
    recorded: "none",
    when: "the protected-resource metadata of a gateway is asked for whose authorizer isn't `CUSTOM_JWT`",
  },
  methodNotAllowed: {
    answer: http(405),
    message: "Method not allowed: send messages by POST.",
    ...never,
    recorded: "none",
    when: "the request is a GET or a DELETE: there are no sessions and no streams to open",
  },
  parseError: {
    answer: http(400, -32_700),
    message: "Parse error: {reason}",
    ...never,
    recorded: "rejected",
    when: "the body isn't JSON, or two readers could read it differently",
  },
  invalidRequest: {
    answer: http(400, -32_600),
    message: "{reason}",
    ...never,
    recorded: "rejected",
    when: "the body is a batch, or no object",
  },
  headerMismatch: {
    // MCP 2026-07-28, "Standard request headers".
    answer: http(400, -32_020),
    message: "Header mismatch: {reason}",
    ...never,
    recorded: "rejected",
    when: "a header that mirrors the body says something else than the body",
  },
  unsupportedMediaType: {
    answer: http(415),
    message: "Unsupported media type: the Content-Type must be application/json.",
    ...never,
    recorded: "rejected",
    when: "the body is said to be anything but JSON",
  },
  notAcceptable: {
    answer: http(406),
    message: "Not acceptable: accept application/json and text/event-stream.",
    ...never,
    recorded: "rejected",
    when: "the client takes neither JSON nor an event stream",
  },
  unsupportedVersion: {
    // MCP 2026-07-28, "Versioning".
    answer: http(400, -32_022),
    message: "Unsupported protocol version: {version}",
    ...never,
    recorded: "rejected",
    when: "the request is of a later version than 2026-07-28; `data.supported` lists those that there are",
  },
  unsupportedLegacyVersion: {
    answer: http(400),
    message: "Bad Request: Unsupported protocol version: {version} (supported versions: {supported})",
    ...never,
    recorded: "rejected",
    when: "the header `MCP-Protocol-Version` of an older client names a version that nobody speaks",
  },
  unknownMethod: {
    answer: http(404, -32_601),
    message: "Method not found: {method}",
    ...never,
    recorded: "rejected",
    when: "there is no such method in the client's version of MCP; older clients get it with status 200, and it is not on record",
  },
  rateLimited: {
    answer: http(429),
    message: "The rate limit of {limit} is used up.",
    ...later,
    recorded: "rejected",
    when: "a rate limit of the gateway, or of each principal, is used up; `Retry-After` says until when",
  },
  rateLimitUnknown: {
    answer: http(503),
    message: "The rate limits could not be checked.",
    ...later,
    recorded: "rejected",
    when: "the gateway has rate limits, and the table that counts can't be reached",
  },
  unknownTool: {
    answer: jsonRpc(-32_602),
    message: "Unknown tool: {tool}",
    ...never,
    recorded: "rejected",
    when: "the call names no tool of the gateway",
  },
  invalidParams: {
    answer: jsonRpc(-32_602),
    message: "{reason}",
    ...never,
    recorded: "none",
    when: "the parameters of a method of the protocol's own aren't what it takes",
  },
  invalidCursor: {
    answer: jsonRpc(-32_602),
    message: "Invalid or expired cursor: read the list from its beginning.",
    ...never,
    recorded: "rejected",
    when: "a list is to go on from where it didn't end, for this caller, within an hour",
  },
  requestRefused: {
    answer: jsonRpc(-32_602),
    message: "{reason}",
    ...never,
    recorded: "rejected",
    when: "there is no such prompt or resource, its arguments don't fit, or its URI isn't in normal form",
  },
  requestDenied: {
    // MCP has no code for it, and these methods have no result that could say so.
    answer: jsonRpc(serverError),
    message: "{noun} Access Denied: not allowed due to policy enforcement [{reason}]",
    ...never,
    recorded: "denied",
    when: "policy denies a prompt or a resource, or could not be evaluated",
  },
  requestFailed: {
    answer: jsonRpc(-32_603),
    message: "{reason}",
    ...later,
    recorded: "allowed",
    when: "the target of a prompt or a resource fails; the reason is told at exception level DEBUG",
  },
  targetRefused: {
    answer: jsonRpc(-32_602),
    message: "{reason}",
    ...never,
    recorded: "allowed",
    when: "the target says that there is no such resource, or that it doesn't take the parameters of a prompt",
  },
  invalidRequestState: {
    answer: jsonRpc(-32_602),
    message: "Invalid or expired requestState",
    ...never,
    recorded: "allowed",
    when: "what a target wants back with the next attempt was given to somebody else, for something else, or an hour ago",
  },
  missingCapability: {
    // MCP 2026-07-28, "Multi Round-Trip Requests".
    answer: jsonRpc(-32_021),
    message: "The target needs a capability that the client has not declared{which}.",
    ...never,
    recorded: "allowed",
    when: "a target asks for input which the client hasn't said that it can give; `data.requiredCapabilities` says what it lacks",
  },
  quarantined: {
    answer: toolError,
    message: "The tool {tool} has changed since it was approved. It can't be called until an administrator accepts it.",
    ...never,
    recorded: "rejected",
    when: "the target says something else of the tool than what was approved",
  },
  invalidArguments: {
    answer: toolError,
    message: "Invalid arguments for tool {tool}: {complaint}.",
    ...never,
    recorded: "rejected",
    when: "the arguments don't fit the tool's schema",
  },
  policyDenied: {
    answer: toolError,
    // AgentCore's words.
    message: "Tool Execution Denied: Tool call not allowed due to policy enforcement [{reason}]",
    ...never,
    recorded: "denied",
    when: "policy denies the call, or could not be evaluated",
  },
  toolRateLimited: {
    answer: toolError,
    message: "The rate limit of {limit} is used up. The tool was not called.",
    ...later,
    recorded: "rejected",
    when: "policy allows the call, and a rate limit of the tool is used up",
  },
  toolRateLimitUnknown: {
    answer: toolError,
    message: "The rate limits could not be checked. The tool was not called.",
    ...later,
    recorded: "rejected",
    when: "the tool has rate limits, and the table that counts can't be reached",
  },
  targetFailed: {
    answer: toolError,
    // AgentCore's words.
    message: "An internal error occurred. Please retry later.",
    ...later,
    recorded: "allowed",
    when: "the target can't be reached, answers with an error or with what can't be read",
  },
  targetTimedOut: {
    answer: toolError,
    message: "The target {target} did not answer in time. It may have acted.",
    ...later,
    recorded: "allowed",
    when: "the target took longer than its `timeoutSeconds`",
  },
  targetUnavailable: {
    answer: toolError,
    message: "The target {target} is not available: its last calls failed. It was not called.",
    ...later,
    recorded: "allowed",
    when: "the circuit of the target is open",
  },
  targetBusy: {
    answer: toolError,
    message: "The target {target} has as many calls under way as it may have. It was not called.",
    ...later,
    recorded: "allowed",
    when: "`maxConcurrentCalls` of the target are under way",
  },
  consentNeeded: {
    answer: toolError,
    message:
      "The target {target} acts for the user, who has to agree to it first. Ask the user to open {url} and to come back; then call the tool again.",
    ...later,
    recorded: "allowed",
    when: "the target's credentials are the user's own, who hasn't consented yet, and the client can't open addresses; `_meta[\"gatehouse/consent\"]` has the address. Clients that can are asked to",
  },
  requestNeedsConsent: {
    answer: jsonRpc(serverError),
    message: "{noun}: the target acts for the user, who has to agree to it first. Open {url}, and ask again.",
    ...later,
    recorded: "allowed",
    when: "the same of a prompt or a resource",
  },
  urlElicitationRequired: {
    // MCP 2025-11-25, "URL mode elicitation required error".
    answer: jsonRpc(-32_042),
    message: "The target {target} acts for the user, who has to agree to it first.",
    ...later,
    recorded: "allowed",
    when: "the same, of a client of MCP 2025-11-25, where the gateway's setting `urlElicitation` is `ASSUMED`; `data.elicitations` has the address",
  },
  targetConsentDeclined: {
    answer: toolError,
    message: "The user does not want the target {target} to act for them. It was not called.",
    ...never,
    recorded: "allowed",
    when: "the user has declined to open the address of a consent",
  },
  targetCredentialFailed: {
    answer: toolError,
    message: "The credentials for the target {target} can't be had. It was not called.",
    ...later,
    recorded: "allowed",
    when: "the vault has no credential for the target, the issuer gives none, the caller is nobody whose credential it could be, or the gateway's role can't be assumed",
  },
  targetResultTooLarge: {
    answer: toolError,
    message: "The answer of the target {target} is too large. The tool may have acted.",
    ...never,
    recorded: "allowed",
    when: "the target's answer has more than `maxResultBytes`",
  },
  interceptorFailed: {
    answer: http(500, -32_603),
    message: "{reason}",
    ...later,
    recorded: "rejected",
    when: "the gateway's interceptor failed, and what it could not look at is stopped; the reason is told at exception level DEBUG",
  },
  internal: {
    answer: http(500, -32_603),
    message: "Internal error",
    ...later,
    recorded: "none",
    when: "Gatehouse itself failed: nothing is allowed because of it",
  },
  unrecorded: {
    answer: jsonRpc(-32_603),
    message: "The decision could not be recorded, so there is no answer. The tool may have been called.",
    ...later,
    recorded: "none",
    when: "neither bus nor outbox took the decision",
  },
} as const satisfies Readonly<Record<string, GatewayErrorDefinition>>;

/** What can go wrong, as a closed set. */
export type GatewayErrorCode = keyof typeof gatewayErrors;

/** Those that are answered in one way. */
export type CodesAnsweredAs<As extends ErrorAnswer["as"]> = {
  [Code in GatewayErrorCode]: (typeof gatewayErrors)[Code]["answer"] extends { readonly as: As } ? Code : never;
}[GatewayErrorCode];

type Placeholders<Message extends string> = Message extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** What a message needs to be told of the case. */
export type ValuesOf<Code extends GatewayErrorCode> = Readonly<
  Record<Placeholders<(typeof gatewayErrors)[Code]["message"]>, string | number>
>;

/** The words that a caller reads. */
export function messageFor<Code extends GatewayErrorCode>(code: Code, values: ValuesOf<Code>): string {
  const given = new Map(Object.entries<string | number>(values));
  return gatewayErrors[code].message.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(given.get(name)));
}

/** What follows a message where it is known when to come again. */
export function retrySentence(seconds: number | undefined): string {
  if (seconds === undefined) return "";
  return `Try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
}

/** Whole seconds, never earlier than that: as `Retry-After` counts (RFC 9110 section 10.2.3). */
export function secondsIn(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1_000));
}

/** Where an answer says in machine's words what went wrong: in a tool result's `_meta`, and in a JSON-RPC error's `data`. */
export const errorKey = "gatehouse/error";

/** What a program can read of an error. */
export interface ErrorDetail {
  readonly code: GatewayErrorCode;
  readonly retryable: boolean;
  /** In how many seconds, at the earliest, it is worth to try again; where that is known. */
  readonly retryAfterSeconds?: number;
}

/** The machine's words for an error. */
export function detailOf(code: GatewayErrorCode, retryAfterSeconds?: number): ErrorDetail {
  const { retryable } = gatewayErrors[code];
  return { code, retryable, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
}
