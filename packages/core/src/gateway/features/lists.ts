import type { JsonObject } from "../../json.ts";
import { authorize, visibleActions } from "../authorize.ts";
import type { Call } from "../call.ts";
import { recordDecision } from "../decisions.ts";
import type { GatewayDependencies } from "../dependencies.ts";
import { freshMilliseconds } from "../snapshot.ts";
import type { GatewayResource } from "./catalogue.ts";

/** Answers prompts/list: the prompts that this principal could get with some arguments. */
export function listPrompts(call: Call, dependencies: GatewayDependencies): Promise<JsonObject> {
  const prompts = [...call.snapshot.features.prompts.values()];
  return list(call, "prompts", prompts, ({ name, description }) => ({ ...description, name }), dependencies);
}

/** Answers resources/list: the resources that this principal may read. Their URIs are known, so each is decided in full. */
export function listResources(call: Call, dependencies: GatewayDependencies): Promise<JsonObject> {
  const { snapshot, principal } = call;
  const now = dependencies.now();
  const mayRead = ({ action, description: { uri } }: GatewayResource) =>
    authorize(snapshot, principal, { name: action }, { uri }, now).decision === "ALLOW";
  return list(
    call,
    "resources",
    snapshot.features.resources,
    ({ name, description }) => ({ ...description, uri: name }),
    dependencies,
    mayRead,
  );
}

/** Answers resources/templates/list: the templates of targets of which this principal could read some resource. */
export function listResourceTemplates(call: Call, dependencies: GatewayDependencies): Promise<JsonObject> {
  const templates = [...call.snapshot.features.resourceTemplates.values()];
  return list(
    call,
    "resourceTemplates",
    templates,
    ({ name, description }) => ({ ...description, uriTemplate: name }),
    dependencies,
  );
}

async function list<T extends { readonly name: string; readonly action: string }>(
  call: Call,
  member: "prompts" | "resources" | "resourceTemplates",
  all: readonly T[],
  describe: (one: T) => object,
  dependencies: GatewayDependencies,
  may: (one: T) => boolean = () => true,
): Promise<JsonObject> {
  const { onPolicyFailure, now } = dependencies;
  const startedAt = performance.now();
  const { snapshot, principal } = call;
  const visible = visibleActions(snapshot, principal, now());
  if (visible.failure !== undefined) onPolicyFailure(visible.failure);
  const isShown = new Map(all.map((one) => [one, visible.isShown(one.action) && may(one)]));
  const shown = all.filter((one) => isShown.get(one));
  const finding = {
    decision: visible.failure === undefined ? "ALLOW" : "DENY",
    outcome: "listed",
    reason: visible.failure ?? "What some request could be permitted for.",
    shown,
    hidden: all.filter((one) => !isShown.get(one)),
    startedAt,
  } as const;
  await recordDecision(call, finding, dependencies).accepted;
  // LOG_ONLY records what ENFORCE would hide, and hides nothing.
  const offered = snapshot.engine?.mode === "LOG_ONLY" ? all : shown;
  // JSON as their target gave it, under another name.
  const described = offered.map(describe) as JsonObject[];
  return { [member]: described, ttlMs: freshMilliseconds, cacheScope: "private" };
}
