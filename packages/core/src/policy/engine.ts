import type { AuthorizationAnswer } from "@cedar-policy/cedar-wasm/nodejs";
import { LRUCache } from "lru-cache";
import { messageOf } from "../errors.ts";
import type { Principal } from "../identity/principal.ts";
import type { JsonObject } from "../json.ts";
import type { GatewayConfiguration, PolicyRecord } from "../storage/records.ts";
import { actionType, describeErrors, gatewayType } from "./cedar.ts";
import { listableTools } from "./listing/listing.ts";
import { requestData } from "./request/request.ts";
import type { PolicySchema } from "./schema/policySchema.ts";
import { buildSchema } from "./schema/schema.ts";
import { indexPolicies, type PolicyProblem } from "./slice/policyIndex.ts";
import { type PreparsedSet, preparsedSet } from "./slice/preparsed.ts";
import { cutSlice, flatSet, type Slice } from "./slice/slice.ts";

/** One call of a tool, to be decided. */
export interface AuthorizationRequest {
  readonly principal: Principal;
  /** The tool's name as agents know it, `Target___tool`. */
  readonly tool: string;
  /** The very arguments that the target will get. */
  readonly arguments: JsonObject;
  readonly now: Date;
}

/** What the policies say of a call. */
export interface PolicyDecision {
  readonly decision: "ALLOW" | "DENY";
  /** The ids of the policies that decided: those that permit, or those that forbid. None for a denial by default. */
  readonly determiningPolicies: readonly string[];
  readonly reason: string;
  /** Set where the decision is DENY because something is wrong, with a policy or in evaluating it. */
  readonly error?: true;
}

/** The policies of one version of an engine, compiled for one version of a gateway. Immutable, so a call sees one version (T16). */
export interface PolicyEngine {
  readonly schema: PolicySchema;
  authorize(request: AuthorizationRequest): PolicyDecision;
  /** The tools that some call of this principal would be allowed for, and the others. */
  list(request: { readonly principal: Principal; readonly now: Date }): { shown: string[]; hidden: string[] };
  /** What is wrong with the policies in force. Looks at every tool, so it takes its time on a large gateway. */
  problems(): PolicyProblem[];
  /** Gives Cedar's memory back. Decisions may still be asked for, and take longer. */
  release(): void;
}

/**
 * How many sets of policies an engine keeps parsed: one for each tool and each group of principals whom the same policies
 * can apply to. A set of one policy takes about 5 kB of WebAssembly's memory.
 */
const greatestNumberOfSets = 10_000;

/**
 * Compiles an engine's policies for a gateway. A tool's policies are cut, validated and parsed when the tool is first
 * called, so that the cost of a decision depends on the policies that are about the tool and on no others.
 *
 * Nothing is ever allowed because something failed: see the decisions with `error` in `authorize`.
 */
export function compilePolicies({
  configuration,
  policies,
}: {
  readonly configuration: GatewayConfiguration;
  readonly policies: readonly PolicyRecord[];
}): PolicyEngine {
  const schema = buildSchema(configuration);
  const index = indexPolicies(schema, policies);
  const slices = new Map<string, Slice>();
  const sets = new LRUCache<string, PreparsedSet>({ max: greatestNumberOfSets, dispose: (set) => set.release() });
  let released = false;

  const sliceOf = (tool: string): Slice | undefined => {
    const known = slices.get(tool);
    const action = schema.actions.get(tool);
    if (known || !action) return known;
    const slice = cutSlice(schema, action, index.policiesFor(action));
    slices.set(tool, slice);
    return slice;
  };
  const setFor = (slice: Slice, principal: Principal): PreparsedSet | undefined => {
    const key = `${slice.guards.keyFor(principal)} ${slice.action.name}`;
    const known = sets.get(key);
    if (known) return known;
    const ids = slice.guards.idsFor(principal);
    if (ids.size === 0) return undefined;
    const set = preparsedSet(() => flatSet(slice, ids));
    if (released) set.release();
    else sets.set(key, set);
    return set;
  };
  const allSlices = () => [...schema.actions.keys()].flatMap((tool) => sliceOf(tool) ?? []);

  return {
    schema,
    authorize(request) {
      try {
        return refusal(request, schema, index.unreadable) ?? decide(request, schema, sliceOf(request.tool), setFor);
      } catch (error) {
        return failed(`The policies could not be evaluated: ${messageOf(error)}`);
      }
    },
    list({ principal, now }) {
      const names = [...schema.actions.keys(), ...schema.unrepresentable.keys()];
      const usable = index.unreadable.length === 0 && principal.type === schema.principalType;
      const shown = usable ? listableTools(allSlices(), schema, principal, now) : new Set<string>();
      return { shown: names.filter((name) => shown.has(name)), hidden: names.filter((name) => !shown.has(name)) };
    },
    problems() {
      const all = [...index.unreadable, ...allSlices().flatMap(({ problems }) => problems)];
      return [...new Map(all.map((problem) => [`${problem.policyId} ${problem.message}`, problem])).values()];
    },
    release() {
      released = true;
      sets.clear();
    },
  };
}

/** What denies a call before any policy is looked at. */
function refusal(
  { principal, tool }: AuthorizationRequest,
  { actions, unrepresentable, principalType }: PolicySchema,
  unreadable: readonly PolicyProblem[],
): PolicyDecision | undefined {
  if (principal.type !== principalType) {
    return failed(`The gateway decides about principals of type ${principalType}, not ${principal.type}.`);
  }
  const [first] = unreadable;
  if (first)
    return failed(`Policy ${first.policyId} is in force but cannot be read: ${first.message}`, [first.policyId]);
  if (actions.has(tool)) return undefined;
  const reason = unrepresentable.get(tool);
  return reason === undefined
    ? denied(`The gateway has no tool ${tool}.`)
    : denied(`No policy can decide about the tool ${tool}: ${reason}.`);
}

function decide(
  request: AuthorizationRequest,
  schema: PolicySchema,
  slice: Slice | undefined,
  setFor: (slice: Slice, principal: Principal) => PreparsedSet | undefined,
): PolicyDecision {
  if (!slice) return denied(byDefault);
  if (slice.blockers.length > 0) return blocked(slice.blockers);
  const set = setFor(slice, request.principal);
  if (!set) return denied(byDefault);
  const data = requestData(slice, schema, request);
  if (!data.ok) return denied(data.reason);
  const { type, id } = request.principal;
  const answer = set.decide({
    principal: { type, id },
    action: { type: actionType, id: request.tool },
    resource: { type: gatewayType, id: schema.gatewayArn },
    context: data.context,
    entities: data.entities,
  });
  return interpret(answer, slice);
}

function interpret(answer: AuthorizationAnswer, { policies }: Slice): PolicyDecision {
  if (answer.type === "failure") return failed(`The policies could not be evaluated: ${describeErrors(answer.errors)}`);
  const { decision, diagnostics } = answer.response;
  const idOf = (id: string) => policies.get(id)?.policyId ?? id;
  if (diagnostics.errors.length > 0) {
    // Cedar decides without a policy that errs. If it is a forbid, that allows what it was there to prevent (T15).
    const ids = [...new Set(diagnostics.errors.map(({ policyId }) => idOf(policyId)))];
    const why = describeErrors(diagnostics.errors.map(({ error }) => error));
    return failed(`Policy ${ids.join(", ")} could not be evaluated: ${why}`, ids);
  }
  const determiningPolicies = diagnostics.reason.sort((a, b) => Number(a) - Number(b)).map(idOf);
  if (decision === "allow") {
    return { decision: "ALLOW", determiningPolicies, reason: `Allowed by policy ${determiningPolicies.join(", ")}.` };
  }
  if (determiningPolicies.length === 0) return denied(byDefault);
  return { ...denied(`Denied by policy ${determiningPolicies.join(", ")}.`), determiningPolicies };
}

const byDefault = "No policy applies to the request (denied by default).";

function blocked(blockers: readonly PolicyProblem[]): PolicyDecision {
  const ids = blockers.map(({ policyId }) => policyId);
  const why = blockers.map(({ message }) => message).join("; ");
  return failed(`Policy ${ids.join(", ")} forbids, but is not valid for the tool as it is now: ${why}`, ids);
}

function denied(reason: string): PolicyDecision {
  return { decision: "DENY", determiningPolicies: [], reason };
}

function failed(reason: string, determiningPolicies: readonly string[] = []): PolicyDecision {
  return { decision: "DENY", determiningPolicies, reason, error: true };
}
