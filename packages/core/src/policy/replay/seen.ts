import type { Expr } from "@cedar-policy/cedar-wasm/nodejs";
import { LRUCache } from "lru-cache";
import { uidOf } from "../cedar.ts";
import type { AuthorizationRequest, PolicyDecision, PolicyEngine } from "../engine.ts";
import { childrenOf, operationOf } from "../expressions.ts";
import type { PolicySchema, ToolAction } from "../schema/policySchema.ts";
import { addNeeds, isPrincipal, noNeeds } from "../slice/needs.ts";
import { type EnginePolicy, indexPolicies } from "../slice/policyIndex.ts";
import type { Statement } from "../statement.ts";
import { addReads, comparable, type Literals, literalsOf, noReads, type Reads } from "./reads.ts";

/** How much is remembered, in characters of keys; what a decision itself takes counts as some hundred. */
const mostRemembered = 40_000_000;
const ofDecision = 200;
/** Calls that are longer are hardly ever the same. */
const longestKey = 4_000;

/**
 * Decides as an engine does, and remembers: calls that look the same to the policies are decided once. Among recorded calls
 * many do, because few policies look at everything.
 */
export function remembering(
  { schema, authorize }: Pick<PolicyEngine, "schema" | "authorize">,
  policies: readonly EnginePolicy[],
): (request: AuthorizationRequest) => PolicyDecision {
  const keyOf = seenBy(policies, schema);
  const decisions = new LRUCache<string, PolicyDecision>({
    maxSize: mostRemembered,
    maxEntrySize: longestKey,
    sizeCalculation: (_, key) => key.length + ofDecision,
  });
  return (request) => {
    const key = keyOf(request);
    const known = decisions.get(key);
    if (known !== undefined) return known;
    const decision = authorize(request);
    decisions.set(key, decision);
    return decision;
  };
}

/**
 * What the policies of a gateway can see of a request, as text: two requests with the same text are decided the same, for the
 * same reason. Why nothing else can be seen is said in slice/needs.ts; but for the name of a principal, which is no data there.
 */
export function seenBy(
  policies: readonly EnginePolicy[],
  schema: PolicySchema,
): (request: AuthorizationRequest) => string {
  const index = indexPolicies(schema, policies);
  const views = new Map<string, View>();
  return (request) => {
    let view = views.get(request.tool);
    if (view === undefined) {
      const action = schema.actions.get(request.tool);
      view = viewOf(
        action,
        (action ? index.policiesFor(action) : []).map(({ statement }) => statement),
      );
      views.set(request.tool, view);
    }
    return look(view, request);
  };
}

/** What the policies about one tool can see. */
interface View {
  readonly now: boolean;
  readonly interceptor: "all" | readonly Seen[];
  readonly arguments: "all" | readonly Seen[];
  readonly tags: "all" | readonly Seen[];
  /** The principals whom the policies can tell from others. */
  readonly principals: "all" | ReadonlySet<string>;
}

/** An argument or a tag, with what it is compared with, if it is only compared. */
interface Seen {
  readonly name: string;
  readonly literals: Literals | undefined;
}

function viewOf(action: ToolAction | undefined, statements: readonly Statement[]): View {
  const needs = noNeeds();
  const reads = noReads();
  const named = new Set<string>();
  let anyone = false;
  for (const { json } of statements) {
    addNeeds(needs, json);
    if ("entity" in json.principal) named.add(uidOf(json.principal.entity).id);
    else if (json.principal.op === "is" && json.principal.in !== undefined) anyone = true;
    anyone ||= json.conditions.some(({ body }) => namesPrincipal(body));
    for (const { body } of json.conditions) addReads(reads, body);
  }
  // Of other types, such as times and decimals, some texts and integers are none.
  const isPlain = (name: string) => ["string", "long"].includes(action?.input.attributes.get(name)?.type.kind ?? "");
  return {
    now: needs.now || needs.context,
    interceptor: needs.context ? "all" : [...needs.interceptor].map((name) => ({ name, literals: undefined })),
    arguments: needs.input || needs.context ? "all" : seenOf(needs.attributes, reads.arguments, isPlain),
    tags: needs.allTags || needs.principalEntity ? "all" : seenOf(needs.tags, reads.tags, () => true),
    principals: anyone || needs.principalId || needs.principalEntity ? "all" : named,
  };
}

/** @param isPlain whether it is enough to know how a value compares: no proper text or integer is refused. */
function seenOf(names: Iterable<string>, readings: Reads["arguments"], isPlain: (name: string) => boolean): Seen[] {
  return [...names].map((name) => ({ name, literals: isPlain(name) ? literalsOf(readings.get(name)) : undefined }));
}

const readers = new Set([".", "has", "hasTag", "getTag"]);

/** Whether an expression has the principal itself as a value, and not only what is read from it. */
function namesPrincipal(expression: Expr): boolean {
  if (isPrincipal(expression)) return true;
  const [first, ...others] = childrenOf(expression);
  if (first === undefined) return false;
  const isRead = readers.has(operationOf(expression).operator) && isPrincipal(first);
  return (!isRead && namesPrincipal(first)) || others.some(namesPrincipal);
}

function look(view: View, { tool, principal, arguments: args, now, interceptor = {} }: AuthorizationRequest): string {
  const { type, id, tags } = principal;
  return JSON.stringify([
    tool,
    type,
    view.principals === "all" || view.principals.has(id) ? id : null,
    view.tags === "all" ? tags : picked(tags, view.tags),
    view.arguments === "all" ? args : picked(args, view.arguments),
    view.now ? now.getTime() : null,
    view.interceptor === "all" ? interceptor : picked(interceptor, view.interceptor),
  ]);
}

/** Some members of an object in order; one that is missing differs from one that is null. */
function picked(object: Readonly<Record<string, unknown>>, seen: readonly Seen[]): unknown[] {
  return seen.map(({ name, literals }) => {
    if (!Object.hasOwn(object, name)) return 0;
    return literals === undefined ? [object[name]] : comparable(object[name], literals);
  });
}
