import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { visibleActions } from "../authorize.ts";
import { type Call, paramsOf } from "../call.ts";
import type { GatewayDependencies } from "../dependencies.ts";
import type { Exchange } from "../protocol/exchange.ts";
import { type Decided, otherParams, passGate, reject } from "./gate.ts";

/**
 * Answers completion/complete: whoever is shown a prompt or a template may have its arguments completed. A request that
 * isn't finished can't be decided in full; what is offered of one that nobody could finish would tell too much.
 */
export async function complete(call: Call, dependencies: GatewayDependencies, exchange: Exchange): Promise<JsonObject> {
  const startedAt = performance.now();
  const { ref, argument, context } = paramsOf(call.message);
  const found = findReferred(call, ref);
  if (found === undefined) {
    const message = "There is no such prompt or resource template.";
    throw await reject(call, { reason: message, message }, startedAt, dependencies);
  }

  const { what, subject, ownRef, noun, declared } = found;
  const complaint = complaintAbout(declared, argument, context);
  if (complaint !== undefined) {
    throw await reject(call, { reason: complaint, message: complaint, ...subject }, startedAt, dependencies);
  }

  const params = {
    ...otherParams(call.message, ["ref", "argument", "context"]),
    ref: ownRef,
    ...(argument === undefined ? {} : { argument }),
    ...(context === undefined ? {} : { context }),
  };
  const request = { target: what.target, noun, subject, params, method: "complete" } as const;
  return passGate(
    call,
    request,
    decideByVisibility(call, what.action, dependencies),
    startedAt,
    dependencies,
    exchange,
  );
}

/** What a reference names, and what it is to its target. */
function findReferred({ snapshot: { features } }: Call, ref: unknown) {
  if (!isJsonObject(ref)) return undefined;
  if (ref.type === "ref/prompt" && typeof ref.name === "string") {
    const what = features.prompts.get(ref.name);
    if (what?.isCompleted !== true) return undefined;
    const subject = { target: what.target.name, prompt: what.qualifiedName };
    const { name, arguments: its = [] } = what.description;
    return { what, subject, ownRef: { ...ref, name }, noun: "Prompt", declared: new Set(its.map((one) => one.name)) };
  }
  if (ref.type === "ref/resource" && typeof ref.uri === "string") {
    const what = features.resourceTemplates.get(ref.uri);
    if (what?.isCompleted !== true) return undefined;
    const { uriTemplate } = what.description;
    const subject = { target: what.target.name, resource: uriTemplate };
    return {
      what,
      subject,
      ownRef: { ...ref, uri: uriTemplate },
      noun: "Resource",
      declared: variablesOf(uriTemplate),
    };
  }
  return undefined;
}

function complaintAbout(
  declared: ReadonlySet<string>,
  argument: Json | undefined,
  context: Json | undefined,
): string | undefined {
  if (!isJsonObject(argument) || typeof argument.name !== "string" || typeof argument.value !== "string") {
    return "The parameter argument must have a name and a value, both strings.";
  }
  if (!declared.has(argument.name)) return "The parameter argument names no argument of it.";
  const others = isJsonObject(context) ? context.arguments : context;
  const areStrings = isJsonObject(others) && Object.values(others).every((value) => typeof value === "string");
  return others === undefined || areStrings ? undefined : "The parameter context must have arguments that are strings.";
}

/** The names of a template's variables (RFC 6570 section 2.3). */
function variablesOf(template: string): Set<string> {
  const expressions = [...template.matchAll(/\{[+#./;?&]?([^{}]*)\}/g)];
  return new Set(
    expressions.flatMap(([, list = ""]) => list.split(",").map((variable) => variable.replace(/[:*].*$/, ""))),
  );
}

function decideByVisibility(call: Call, action: string, { now, onPolicyFailure }: GatewayDependencies): Decided {
  const { failure, isShown } = visibleActions(call.snapshot, call.principal, now());
  if (failure !== undefined) onPolicyFailure(failure);
  const isAllowed = isShown(action);
  return {
    authorization: {
      decision: isAllowed ? "ALLOW" : "DENY",
      determiningPolicies: [],
      reason: failure ?? (isAllowed ? "Some request could be permitted." : "No request could be permitted."),
      failed: failure !== undefined,
    },
    explanation: "",
  };
}
