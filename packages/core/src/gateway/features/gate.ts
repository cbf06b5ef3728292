import { ProtocolError } from "@modelcontextprotocol/server";
import { within } from "../../abort.ts";
import { GatehouseError, messageOf } from "../../errors.ts";
import { foldKey, isJsonObject, type JsonObject } from "../../json.ts";
import type { TargetRecord } from "../../storage/records.ts";
import { consentKey, decisionIdKey } from "../answers.ts";
import { type Authorization, authorize, explanationFor } from "../authorize.ts";
import { type Call, callerOf, idOf, methodOf, paramsOf } from "../call.ts";
import { type Finding, recordDecision } from "../decisions.ts";
import type { GatewayDependencies } from "../dependencies.ts";
import { messageFor } from "../errors.ts";
import { keepResponseHeaders, propagated } from "../propagation.ts";
import type { Exchange } from "../protocol/exchange.ts";
import { protocolError } from "../refusals.ts";
import { ConsentNeeded, isAboutConsent } from "../targets/credentials/consentNeeded.ts";
import { kindOf, TargetError, type TargetKind, TargetRefusal, type TargetRequest } from "../targets/target.ts";
import { withNamedUris } from "./uris.ts";

/** Something else than a tool that an agent asks a target for. */
export interface FeatureRequest {
  readonly target: TargetRecord;
  /** What it is in words: `Prompt` or `Resource`. */
  readonly noun: string;
  /** What goes on record of it. */
  readonly subject: Pick<Finding, "target" | "prompt" | "resource">;
  /** The method's parameters for the target: what was authorised is in them. */
  readonly params: JsonObject;
  /** Absent where there is nothing to ask the target for. */
  readonly method?: "getPrompt" | "readResource" | "complete";
}

/** What is decided about a request before it goes to its target. */
export interface Decided {
  readonly authorization: Authorization;
  /** What policies saw of it, and a replay can show them again; absent where there is nothing to replay. */
  readonly arguments?: JsonObject;
  /** What the caller is told besides, of a denial. */
  readonly explanation: string;
}

/** Decides about an action in full. */
export function decide(
  { snapshot, principal, interception }: Call,
  action: string,
  args: JsonObject,
  { now, onPolicyFailure }: GatewayDependencies,
): Decided {
  const decidedAt = now();
  const named = { name: action };
  const told = interception?.policyContext;
  const authorization = authorize(snapshot, principal, named, args, decidedAt, told);
  if (authorization.failed) onPolicyFailure(authorization.reason);
  const isDenied = authorization.decision === "DENY" && snapshot.engine?.mode !== "LOG_ONLY";
  const explanation = isDenied ? explanationFor(snapshot, principal, named, args, decidedAt, told) : "";
  return { authorization, arguments: args, explanation };
}

/**
 * Asks a target for what was decided about, while the decision is being published. No answer leaves before it is accepted,
 * and nothing is asked of the target that policy has not allowed.
 * @throws ProtocolError for a denial, and where the target fails: these methods have no result that could be an error.
 */
export async function passGate(
  call: Call,
  request: FeatureRequest,
  { authorization, arguments: args, explanation }: Decided,
  startedAt: number,
  dependencies: GatewayDependencies,
  exchange: Exchange,
): Promise<JsonObject> {
  const { decision, determiningPolicies, reason, logOnly, failed } = authorization;
  const denied = call.snapshot.engine?.mode === "LOG_ONLY" ? "would-deny" : "denied";
  const outcome = decision === "ALLOW" ? "allowed" : denied;
  const { decisionId, accepted } = recordDecision(
    call,
    {
      ...request.subject,
      decision,
      outcome,
      determiningPolicies,
      // What the caller is told is on record.
      reason: `${reason} ${explanation}`.trimEnd(),
      startedAt,
      ...(logOnly === undefined ? {} : { logOnly }),
      ...(failed ? { mismatchedPolicies: determiningPolicies } : {}),
      ...(args === undefined ? {} : { arguments: args }),
    },
    dependencies,
  );
  if (outcome === "denied") {
    await accepted;
    throw denial(request.noun, reason, explanation, decisionId);
  }
  // Both are waited for, whichever fails: a request must not outlive its call unobserved.
  const [published, answered] = await Promise.allSettled([accepted, ask(call, request, dependencies, exchange)]);
  if (published.status === "rejected") throw published.reason;
  if (answered.status === "rejected") throw failureOf(answered.reason, call, request, decisionId, dependencies);
  return answerOf(answered.value, call, request.target, decisionId);
}

/** Records a request that is stopped before policy, and gives the error for it. */
export async function reject(
  call: Call,
  {
    reason,
    message,
    ...subject
  }: { reason: string; message: string } & Pick<Finding, "target" | "prompt" | "resource">,
  startedAt: number,
  dependencies: GatewayDependencies,
): Promise<ProtocolError> {
  const finding = { ...subject, decision: "DENY", outcome: "rejected", reason, startedAt } as const;
  const { decisionId, accepted } = recordDecision(call, finding, dependencies);
  await accepted;
  return protocolError("requestRefused", { reason: message }, { data: dataOf(call, decisionId) });
}

async function ask(
  call: Call,
  { target, method, params, noun }: FeatureRequest,
  { targets, requestTimeoutMilliseconds }: GatewayDependencies,
  exchange: Exchange,
): Promise<JsonObject> {
  if (method === undefined) return {};
  const { snapshot, message, trace } = call;
  const { headers } = propagated(target.metadataConfiguration, call);
  const kind: TargetKind | undefined = targets[kindOf(target) ?? ""];
  const request: Omit<TargetRequest, "signal" | "traceContext" | "onResponseHeaders"> = {
    gateway: snapshot.configuration.gateway,
    target,
    params,
    requestId: String(idOf(message)),
    ...callerOf(call),
    exchange,
    headers,
  };
  const asking = { target, method: methodOf(message) ?? method, ...ownNameIn(method, params) };
  return within(requestTimeoutMilliseconds, exchange.gone, (signal) =>
    trace.asking(asking, async ({ traceContext, onStatus }) => {
      const onResponseHeaders = (answered: Headers, status: number) => {
        onStatus(status);
        keepResponseHeaders(target.metadataConfiguration, answered, call);
      };
      const answer = kind?.[method]?.({ ...request, traceContext, onResponseHeaders, signal });
      if (answer === undefined) throw new TargetError(`${noun}s of the target ${target.name} cannot be asked for.`);
      return answer;
    }),
  );
}

/** A prompt has a name that may be told; a URI can hold what only arguments hold (T18). */
function ownNameIn(method: FeatureRequest["method"], { name }: JsonObject): { readonly name?: string } {
  return method === "getPrompt" && typeof name === "string" ? { name } : {};
}

/** Whatever an agent's request says besides what was looked at goes to the target, unless it could be mistaken for that. */
export function otherParams(message: Call["message"], lookedAt: readonly string[]): JsonObject {
  const taken = new Set([...lookedAt, ...ofProtocol].map(foldKey));
  const others = Object.entries(paramsOf(message)).filter(([key]) => ofProtocol.has(key) || !taken.has(foldKey(key)));
  return Object.fromEntries(others);
}

/** What a target's kind reads of an agent's request, whatever it asks for. */
const ofProtocol: ReadonlySet<string> = new Set(["_meta", "inputResponses", "requestState"]);

/** The target's answer with the decision that allowed it; what the target itself says there is not believed. */
function answerOf(result: JsonObject, { snapshot }: Call, target: TargetRecord, decisionId: string): JsonObject {
  const meta = isJsonObject(result._meta) ? result._meta : {};
  const named = withNamedUris(result, (uri) => snapshot.features.nameOf(target, uri));
  return { ...named, _meta: { ...meta, [decisionIdKey]: decisionId } };
}

/** What an error has beside its message: the decision, and the URI that there may be nothing behind (MCP, "Resources"). */
function dataOf({ message }: Call, decisionId: string): JsonObject {
  const { uri } = paramsOf(message);
  return { [decisionIdKey]: decisionId, ...(typeof uri === "string" ? { uri } : {}) };
}

function denial(noun: string, reason: string, explanation: string, decisionId: string): ProtocolError {
  const more = { addition: explanation, data: { [decisionIdKey]: decisionId } };
  return protocolError("requestDenied", { noun, reason }, more);
}

function failureOf(
  error: unknown,
  call: Call,
  { noun, target }: FeatureRequest,
  decisionId: string,
  { onTargetFailure }: GatewayDependencies,
): unknown {
  if (error instanceof GatehouseError || error instanceof ProtocolError) return error;
  const detail = messageOf(error);
  const isDebug = call.snapshot.configuration.gateway.exceptionLevel === "DEBUG";
  const data = { ...dataOf(call, decisionId), ...(isDebug ? { debug: { message: detail } } : {}) };
  if (error instanceof TargetRefusal) {
    const reason = noun === "Resource" ? "Resource not found" : `${noun}: the target refused the parameters`;
    return protocolError("targetRefused", { reason }, { data });
  }
  if (error instanceof ConsentNeeded) {
    const { authorizationUrl: url, sessionUri } = error.consent;
    return protocolError(
      "requestNeedsConsent",
      { noun, url },
      { data: { ...data, [consentKey]: { url, sessionUri } } },
    );
  }
  if (isAboutConsent(error)) {
    return protocolError(
      "requestFailed",
      { reason: messageFor("targetConsentDeclined", { target: target.name }) },
      { data },
    );
  }
  onTargetFailure(detail);
  const reason = isDebug ? detail : messageFor("targetFailed", {});
  return protocolError("requestFailed", { reason }, { data });
}
