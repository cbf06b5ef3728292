import { isDeepStrictEqual } from "node:util";
import { isRestrictedHeader } from "../../headers.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { type Call, createCall, idOf, isAboutOffers, toolNameOf } from "../call.ts";
import { type Finding, recordDecision } from "../decisions.ts";
import type { GatewayDependencies } from "../dependencies.ts";
import { messageFor } from "../errors.ts";
import { withMirrors } from "../mirroredHeaders.ts";
import { refusal } from "../refusals.ts";
import { answerOf, readAnswer, transformedAnswer } from "./answers.ts";
import { type ConfiguredInterceptor, interceptorAt } from "./configuration.ts";
import { type InterceptedRequest, interceptorInput } from "./input.ts";
import { InterceptorError } from "./invoke.ts";
import { type HeaderChanges, type RequestOutput, readRequestOutput, readResponseOutput } from "./output.ts";

/** A request on its way on, as the REQUEST interceptor has left it. */
export interface Intercepted {
  readonly call: Call;
  readonly request: InterceptedRequest;
  /** The answer, where there is one already: nothing else may be done about the request. */
  readonly answer?: Response;
  /** Whether that is all there is to say, to the RESPONSE interceptor as well. */
  readonly isFinal?: true;
}

/**
 * Puts a request before the gateway's REQUEST interceptor, if it has one. What comes of it is what policy decides about
 * and what the target gets. A failure is the gateway's choice: nothing passes, unless its settings say FAIL_OPEN, and then
 * the request goes on as it came.
 */
export async function interceptRequest(
  call: Call,
  request: InterceptedRequest,
  dependencies: GatewayDependencies,
): Promise<Intercepted> {
  const interceptor = interceptorAt("REQUEST", call.snapshot.configuration.gateway);
  if (interceptor === undefined) return { call, request };
  const outcome = await attempt(interceptor, dependencies, async () => {
    const text = await invoke(call, interceptor, interceptorInput(interceptor, request), dependencies);
    const output = readRequestOutput(text, interceptor.attributes);
    if (output.kind === "request") return transformed(call, request, output);
    return { call: marked(call, request, "answered"), request, answer: answerOf(output.response, idOf(call.message)) };
  });
  if ("failure" in outcome) {
    const failed = marked(call, request, "failed");
    if (interceptor.failsOpen) return { call: failed, request };
    const answer = await refuse(failed, interceptor, outcome.failure, dependencies);
    return { call: failed, request, answer, isFinal: true };
  }
  if (outcome.answer !== undefined && isAboutOffers(call.message)) {
    const reason = "The REQUEST interceptor has answered: no policy was asked, and no target called.";
    await recordDecision(outcome.call, rejection(outcome.call, reason), dependencies).accepted;
  }
  return outcome;
}

/**
 * Puts an answer before the gateway's RESPONSE interceptor, if it has one. The answer is read to its end first: an
 * interceptor sees it whole or not at all. Where it fails, the answer is withheld, unless the settings say FAIL_OPEN.
 */
export async function interceptResponse(
  { call, request, isFinal }: Intercepted,
  response: Response,
  dependencies: GatewayDependencies,
): Promise<Response> {
  const interceptor = interceptorAt("RESPONSE", call.snapshot.configuration.gateway);
  if (interceptor === undefined || isFinal) return response;
  const id = idOf(call.message);
  const received = await response.text();
  const outcome = await attempt(interceptor, dependencies, async () => {
    const answer = readAnswer(response, received, id);
    const text = await invoke(call, interceptor, interceptorInput(interceptor, request, answer), dependencies);
    return transformedAnswer(answer, readResponseOutput(text), id);
  });
  if (!("failure" in outcome)) return outcome;
  if (!interceptor.failsOpen) return refuse(call, interceptor, outcome.failure, dependencies);
  const { status, headers } = response;
  return new Response(received === "" ? null : received, { status, headers });
}

function invoke(
  { trace }: Call,
  interceptor: ConfiguredInterceptor,
  input: string,
  { interceptors }: GatewayDependencies,
): Promise<string> {
  return trace.intercepting(interceptor, () => interceptors(interceptor, input));
}

/** Only what an interceptor does amiss is its failure: whatever else goes wrong ends the request, open or not. */
async function attempt<Result extends object>(
  { point }: ConfiguredInterceptor,
  { onInterceptorFailure }: GatewayDependencies,
  act: () => Promise<Result>,
): Promise<Result | { readonly failure: string }> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof InterceptorError)) throw error;
    const failure = `The ${point} interceptor failed: ${error.message}`;
    onInterceptorFailure(failure);
    return { failure };
  }
}

/** Says that something is wrong, and what only at exception level DEBUG. It is on record before the answer leaves. */
async function refuse(
  call: Call,
  { point }: ConfiguredInterceptor,
  failure: string,
  dependencies: GatewayDependencies,
): Promise<Response> {
  await recordDecision(call, rejection(call, failure), dependencies).accepted;
  const debug = call.snapshot.configuration.gateway.exceptionLevel === "DEBUG";
  const reason = debug ? failure : messageFor("targetFailed", {});
  const data = debug ? { debug: { interceptionPoint: point } } : {};
  return refusal("interceptorFailed", { reason }, { id: idOf(call.message), data });
}

function rejection({ message }: Call, reason: string): Finding {
  const tool = toolNameOf(message);
  return { decision: "DENY", outcome: "rejected", reason, ...(tool === undefined ? {} : { tool }) };
}

/** @throws InterceptorError where the request has become another one. */
function transformed(
  call: Call,
  request: InterceptedRequest,
  { body, headers: changes, policyContext }: Extract<RequestOutput, { kind: "request" }>,
): Intercepted {
  const message = body === undefined || isDeepStrictEqual(body, call.message) ? call.message : body;
  if (message !== call.message) checkSame(message, call.message);
  const own = changedHeaders(request.headers, changes);
  const headers = message === call.message ? own : withMirrors(own, message, call.snapshot);
  const isChanged = message !== call.message || !isDeepStrictEqual([...headers], [...request.headers]);
  const next = { ...request, headers, message };
  return { call: marked(call, next, isChanged ? "changed" : "unchanged", policyContext), request: next };
}

/** A request stays what it is about: its answer goes to whoever waits for it. */
function checkSame(next: Call["message"], received: Call["message"]): void {
  const of = (message: Call["message"]): JsonObject => (isJsonObject(message) ? message : {});
  for (const member of ["jsonrpc", "method", "id"]) {
    if (of(next)[member] === of(received)[member]) continue;
    throw new InterceptorError(`its output is malformed: transformedGatewayRequest.body.${member} must stay as it is`);
  }
}

/** What the gateway has acted on, or will write itself, is not for an interceptor to change: it is left as it was. */
function changedHeaders(received: Headers, changes: HeaderChanges): Headers {
  const headers = new Headers(received);
  for (const [name, value] of changes) {
    if (isRestrictedHeader(name)) continue;
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  return headers;
}

function marked(
  { snapshot, principal, query, trace }: Call,
  { message, headers }: InterceptedRequest,
  request: NonNullable<Call["interception"]>["request"],
  policyContext: JsonObject = {},
): Call {
  return createCall(snapshot, principal, message, headers, { query, trace, interception: { request, policyContext } });
}
