import { messageOf } from "../errors.ts";
import type { Principal } from "../identity/principal.ts";
import type { GatewayConfiguration } from "../storage/records.ts";
import { actionType, gatewayType } from "./cedar.ts";
import {
  type AuthorizationRequest,
  blocked,
  byDefault,
  denied,
  failed,
  interpret,
  type PolicyDecision,
} from "./decision.ts";
import { explain } from "./explain/explain.ts";
import { listingOf } from "./listing/listing.ts";
import { seesTime } from "./listing/sight.ts";
import { type LogOnlyFindings, withLogOnly } from "./logOnly.ts";
import { requestData } from "./request/request.ts";
import type { PolicySchema } from "./schema/policySchema.ts";
import { buildSchema } from "./schema/schema.ts";
import type { EnginePolicy, PolicyProblem } from "./slice/policyIndex.ts";
import type { SharedSlice } from "./slice/sharedSlice.ts";
import { type Slices, slicesOf } from "./slice/slices.ts";
import { parseStatement } from "./statement.ts";

export type { AuthorizationRequest, LogOnlyDecision, PolicyDecision } from "./decision.ts";
export type { EnginePolicy } from "./slice/policyIndex.ts";

/** The policies of one version of an engine, compiled for one version of a gateway. Immutable, so a call sees one version (T16). */
export interface PolicyEngine {
  readonly schema: PolicySchema;
  authorize(request: AuthorizationRequest): PolicyDecision;
  /**
   * Which conditions on the arguments kept a call from being allowed, as sentences without full stops that may be shown to
   * whoever called (explain/explain.ts). Empty for a call that is allowed, and where nothing can be said.
   */
  explain(request: AuthorizationRequest): string[];
  /** The tools that some call of this principal would be allowed for, and the others. */
  list(request: { readonly principal: Principal; readonly now: Date }): { shown: string[]; hidden: string[] };
  /** What is wrong with the policies in force, and those in LOG_ONLY. Looks at every tool, so it takes its time on a large gateway. */
  problems(): PolicyProblem[];
  /** Gives Cedar's memory back. Decisions may still be asked for, and take longer. */
  release(): void;
  /** What a later version takes over. */
  readonly parts: Parts;
}

/** An engine's policies: those that are enforced, and those in LOG_ONLY, evaluated apart by their effect (logOnly.ts). */
interface Parts {
  readonly enforced: Slices;
  readonly permits: Slices | undefined;
  readonly forbids: Slices | undefined;
}

/**
 * Compiles an engine's policies for a gateway. A tool's policies are cut, validated and parsed when the tool is first
 * called, so that the cost of a decision depends on the policies that are about the tool and on no others.
 *
 * Nothing is ever allowed because something failed: see the decisions with `error` in `authorize`.
 *
 * @param previous An engine of the same configuration: what the change leaves as it was is taken over from it.
 */
export function compilePolicies({
  configuration,
  policies,
  previous,
}: {
  readonly configuration: GatewayConfiguration;
  readonly policies: readonly EnginePolicy[];
  readonly previous?: PolicyEngine | undefined;
}): PolicyEngine {
  const schema = buildSchema(configuration);
  const parts = partsOf(schema, policies, previous?.parts);
  const { enforced, permits, forbids } = parts;
  const all = [enforced, permits, forbids].filter((part) => part !== undefined);

  const listing = listingOf(() => enforced.all(), schema);

  const findings = (request: AuthorizationRequest): LogOnlyFindings | undefined => {
    const found = { permits: say(permits, request), forbids: say(forbids, request) };
    return found.permits || found.forbids ? found : undefined;
  };
  /** What policies in LOG_ONLY say; undefined if none can be about the tool. */
  const say = (part: Slices | undefined, request: AuthorizationRequest): PolicyDecision | undefined => {
    if (part === undefined) return undefined;
    return (
      unreadable(part) ??
      attempt(() => {
        const slice = part.sliceOf(request.tool);
        return slice === undefined || isEmpty(slice) ? undefined : decide(request, schema, slice);
      })
    );
  };

  /** What the policies that are enforced decide. */
  const decideAlone = (request: AuthorizationRequest): PolicyDecision =>
    refusal(request, schema) ??
    unreadable(enforced) ??
    attempt(() => decide(request, schema, enforced.sliceOf(request.tool)));

  return {
    schema,
    parts,
    authorize(request) {
      const decision = decideAlone(request);
      if (!permits && !forbids) return decision;
      const logOnly = refusal(request, schema) ? undefined : findings(request);
      return logOnly ? withLogOnly(decision, logOnly) : decision;
    },
    explain(request) {
      try {
        const slice = enforced.sliceOf(request.tool)?.slice;
        return slice === undefined ? [] : explain(request, decideAlone(request), slice, schema);
      } catch {
        // A call is denied with or without an explanation.
        return [];
      }
    },
    list({ principal, now }) {
      const names = [...schema.actions.keys(), ...schema.unrepresentableTools.keys()];
      const usable = enforced.unreadable.length === 0 && principal.type === schema.principalType;
      const shown = usable ? listing.shownTo(principal, now) : new Set<string>();
      return { shown: names.filter((name) => shown.has(name)), hidden: names.filter((name) => !shown.has(name)) };
    },
    problems() {
      const found = all.flatMap((part) => [...part.unreadable, ...part.all().flatMap(({ slice }) => slice.problems)]);
      return [...new Map(found.map((problem) => [`${problem.policyId} ${problem.message}`, problem])).values()];
    },
    release() {
      for (const part of all) part.release();
    },
  };
}

function partsOf(schema: PolicySchema, policies: readonly EnginePolicy[], previous: Parts | undefined): Parts {
  const logOnly = policies.filter(({ enforcementMode }) => enforcementMode === "LOG_ONLY");
  const enforced = logOnly.length === 0 ? policies : policies.filter((policy) => policy.enforcementMode !== "LOG_ONLY");
  const part = (some: readonly EnginePolicy[], before: Slices | undefined) =>
    some.length === 0 ? undefined : slicesOf(schema, some, before);
  // What can't be read is no permit that it would be harmless to leave out.
  const isPermit = (policy: EnginePolicy) => effectOf(policy) === "permit";
  return {
    enforced: slicesOf(schema, enforced, previous?.enforced),
    permits: part(logOnly.filter(isPermit), previous?.permits),
    forbids: part(
      logOnly.filter((policy) => !isPermit(policy)),
      previous?.forbids,
    ),
  };
}

function effectOf({ statement }: EnginePolicy): "permit" | "forbid" | undefined {
  try {
    return parseStatement(statement).effect;
  } catch {
    return undefined;
  }
}

function isEmpty({ slice }: SharedSlice): boolean {
  return slice.policies.size === 0 && slice.problems.length === 0;
}

function attempt<Decision extends PolicyDecision | undefined>(run: () => Decision): Decision | PolicyDecision {
  try {
    return run();
  } catch (error) {
    return failed(`The policies could not be evaluated: ${messageOf(error)}`);
  }
}

function unreadable({ unreadable: [first] }: Slices): PolicyDecision | undefined {
  if (first === undefined) return undefined;
  return failed(`Policy ${first.policyId} is in force but cannot be read: ${first.message}`, [first.policyId]);
}

/** What denies a call before any policy is looked at. */
function refusal(
  { principal, tool }: AuthorizationRequest,
  { actions, unrepresentableTools, principalType }: PolicySchema,
): PolicyDecision | undefined {
  if (principal.type !== principalType) {
    return failed(`The gateway decides about principals of type ${principalType}, not ${principal.type}.`);
  }
  if (actions.has(tool)) return undefined;
  const reason = unrepresentableTools.get(tool);
  return reason === undefined
    ? denied(`The gateway has no tool ${tool}.`)
    : denied(`No policy can decide about the tool ${tool}: ${reason}.`);
}

function decide(request: AuthorizationRequest, schema: PolicySchema, shared: SharedSlice | undefined): PolicyDecision {
  if (!shared) return denied(byDefault);
  const { slice } = shared;
  if (slice.blockers.length > 0) return blocked(slice.blockers);
  const set = shared.setFor(request.principal);
  if (!set) return denied(byDefault);
  const data = requestData(slice, schema, request);
  if (!data.ok) return denied(data.reason);
  const { type, id } = request.principal;
  const asked = {
    principal: { type, id },
    action: { type: actionType, id: request.tool },
    resource: { type: gatewayType, id: schema.gatewayArn },
    context: data.context,
    entities: data.entities,
  };
  const answer = set.decide(asked, !seesTime(slice));
  return interpret(answer, slice);
}
