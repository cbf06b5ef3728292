import type { CallToolResult } from "@modelcontextprotocol/server";
import { isJsonObject, type Json } from "../../json.ts";
import type { SpanFacts } from "../../observability/facts.ts";
import { errorKey, type GatewayErrorCode, gatewayErrors } from "../errors.ts";

/** How a request failed. */
export interface Failure {
  /** OpenTelemetry's `error.type`: the catalogue's code, `tool_error` where the tool says so, or the number of an error. */
  readonly type: string;
  readonly error: NonNullable<Extract<SpanFacts, { type: "toolCall" }>["error"]>;
  /** The number of a JSON-RPC error. */
  readonly rpcCode?: number;
  /** Gatehouse, or what it needs, is at fault. */
  readonly isSystem: boolean;
}

/** The gate's own answers that say no, as it should. */
const refused: ReadonlySet<GatewayErrorCode> = new Set([
  "forbiddenOrigin",
  "policyDenied",
  "requestDenied",
  "quarantined",
  "rateLimited",
  "toolRateLimited",
  "consentNeeded",
  "requestNeedsConsent",
  "urlElicitationRequired",
  "targetConsentDeclined",
] as const);

/** What the other side is at fault for, or what stands before it: nothing that another request would mend. */
const otherSide: ReadonlySet<GatewayErrorCode> = new Set([
  "requestFailed",
  "targetFailed",
  "targetUnavailable",
  "targetBusy",
  "targetCredentialFailed",
  "targetResultTooLarge",
] as const);

/** Of which Gatehouse itself is the other side. */
const own: ReadonlySet<GatewayErrorCode> = new Set([
  "internal",
  "unrecorded",
  "interceptorFailed",
  "rateLimitUnknown",
  "toolRateLimitUnknown",
] as const);

/**
 * How a request failed, by its answer; nothing where it didn't.
 * @param targetStatus the HTTP status of the target's answer, where there was one.
 */
export function failureOf(answer: unknown, httpStatus: number, targetStatus?: number): Failure | undefined {
  const { result, error } = isJsonObject(answer) ? answer : {};
  if (isJsonObject(error)) {
    const rpcCode = Number(error.code);
    const code = codeIn(error.data);
    if (code !== undefined) return { ...ofCode(code, targetStatus), rpcCode };
    return httpStatus >= 400
      ? { ...ofStatus(httpStatus), rpcCode }
      : { type: String(rpcCode), error: atFault(targetStatus) ?? "tool", rpcCode, isSystem: false };
  }
  if (isJsonObject(result) && (result as Partial<CallToolResult>).isError === true) {
    const code = codeIn(result._meta);
    if (code !== undefined) return ofCode(code, targetStatus);
    return { type: "tool_error", error: atFault(targetStatus) ?? "tool", isSystem: false };
  }
  return httpStatus >= 400 ? ofStatus(httpStatus) : undefined;
}

/** How a request ended that its client has not waited for. */
export const abandoned: Failure = { type: "cancelled", error: "4xx", isSystem: false };

function codeIn(told: Json | undefined): GatewayErrorCode | undefined {
  const detail = isJsonObject(told) ? told[errorKey] : undefined;
  const code = isJsonObject(detail) ? detail.code : undefined;
  return typeof code === "string" && Object.hasOwn(gatewayErrors, code) ? (code as GatewayErrorCode) : undefined;
}

function ofCode(code: GatewayErrorCode, targetStatus: number | undefined): Failure {
  const isSystem = own.has(code);
  if (code === "targetTimedOut") return { type: code, error: "timeout", isSystem };
  if (refused.has(code)) return { type: code, error: "refused", isSystem };
  if (otherSide.has(code)) return { type: code, error: atFault(targetStatus) ?? "5xx", isSystem };
  return { type: code, error: isSystem ? "5xx" : "4xx", isSystem };
}

function ofStatus(status: number): Failure {
  return { type: String(status), error: status >= 500 ? "5xx" : "4xx", isSystem: status >= 500 };
}

function atFault(targetStatus: number | undefined): "4xx" | "5xx" | undefined {
  if (targetStatus === undefined || targetStatus < 400) return undefined;
  return targetStatus >= 500 ? "5xx" : "4xx";
}
