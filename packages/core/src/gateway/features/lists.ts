import type { JsonObject } from "../../json.ts";
import { authorize, visibleActions } from "../authorize.ts";
import { type Call, paramsOf } from "../call.ts";
import { recordDecision } from "../decisions.ts";
import type { GatewayDependencies } from "../dependencies.ts";
import type { GatewayResource } from "./catalogue.ts";

/** Answers prompts/list: the prompts that this principal could get with some arguments. */
export function listPrompts(call: Call, dependencies: GatewayDependencies): Promise<JsonObject> {
  const prompts = [...call.snapshot.features.prompts.values()];
  return list(call, "prompts", prompts, ({ name, description }) => ({ ...description, name }), dependencies);
}

/** Answers resources/list: the resources that this principal may read. Their URIs are known, so each is decided in full. */
export function listResources(call: Call, dependencies: GatewayDependencies): Promise<JsonObject> {
  const { snapshot, principal, interception } = call;
  const now = dependencies.now();
  const mayRead = ({ action, description: { uri } }: GatewayResource) =>
    authorize(snapshot, principal, { name: action }, { uri }, now, interception?.policyContext).decision === "ALLOW";
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

/** What a page holds at most: of entries, and of their bytes, unless one alone has more. */
const mostEntries = 500;
const mostBytes = 1_000_000;

interface Entry {
  readonly name: string;
  readonly action: string;
}

async function list<T extends Entry>(
  call: Call,
  member: "prompts" | "resources" | "resourceTemplates",
  all: readonly T[],
  describe: (one: T) => object,
  dependencies: GatewayDependencies,
  may: (one: T) => boolean = () => true,
): Promise<JsonObject> {
  const { onPolicyFailure, now, cursors } = dependencies;
  const startedAt = performance.now();
  const { snapshot, principal, message } = call;
  const { cursor } = paramsOf(message);
  const start = cursor === undefined ? 0 : await cursors.open(cursor, call);
  const visible = visibleActions(snapshot, principal, now());
  if (visible.failure !== undefined) onPolicyFailure(visible.failure);
  const isShown = (one: T) => visible.isShown(one.action) && may(one);
  // LOG_ONLY records what ENFORCE would hide, and hides nothing.
  const isLogOnly = snapshot.engine?.mode === "LOG_ONLY";
  const { shown, hidden, offered, end } = pageOf(all, start, { isShown, isLogOnly, describe });
  const finding = {
    decision: visible.failure === undefined ? "ALLOW" : "DENY",
    outcome: "listed",
    reason: visible.failure ?? "What some request could be permitted for.",
    shown,
    hidden,
    startedAt,
  } as const;
  const next = end < all.length ? { nextCursor: await cursors.seal(end, call) } : {};
  await recordDecision(call, finding, dependencies).accepted;
  return { [member]: offered, ...next };
}

/** A page from a position on, and where the next one begins. */
function pageOf<T extends Entry>(
  all: readonly T[],
  start: number,
  how: { isShown: (one: T) => boolean; readonly isLogOnly: boolean; describe: (one: T) => object },
) {
  const [shown, hidden, offered]: [T[], T[], JsonObject[]] = [[], [], []];
  let bytes = 0;
  let at = start;
  for (; at < all.length && offered.length < mostEntries; at++) {
    const one = all[at];
    if (one === undefined) break;
    const isShown = how.isShown(one);
    // JSON as its target gave it, under another name.
    const described = how.describe(one) as JsonObject;
    if (isShown || how.isLogOnly) {
      bytes += Buffer.byteLength(JSON.stringify(described));
      if (bytes > mostBytes && offered.length > 0) break;
      offered.push(described);
    }
    (isShown ? shown : hidden).push(one);
  }
  return { shown, hidden, offered, end: at };
}
