import { type ArgumentsCheck, compileArgumentsCheck } from "../../arguments.ts";
import { featureActionsOf } from "../../features.ts";
import type { GatewayConfiguration } from "../../storage/records.ts";
import { principalTypeOf, toolsOf } from "../../tools.ts";
import { compilePolicies, type PolicyDecision } from "../engine.ts";
import type { EnginePolicy } from "../slice/policyIndex.ts";
import type { RecordedCall, Unreplayable, UnreplayableReason } from "./recordedCall.ts";
import { remembering } from "./seen.ts";
import { count, countUnreplayable, emptyTally, type Outcome, type Tally } from "./tally.ts";

/** What calls are replayed against. */
export interface Replayed {
  readonly configuration: GatewayConfiguration;
  readonly candidate: readonly EnginePolicy[];
  /** Policies to compare with; without them it is the decisions as they were recorded. */
  readonly baseline?: readonly EnginePolicy[] | undefined;
}

/** Replays calls one after the other, and counts. */
export interface Replayer {
  readonly tally: Tally;
  add(call: RecordedCall | Unreplayable): void;
  /** Gives Cedar's memory back. */
  release(): void;
}

/** A decision as far as it matters here. */
interface Decision {
  readonly decision: "ALLOW" | "DENY";
  readonly determiningPolicies?: readonly string[];
}

/**
 * Compiles the policies and starts to count. A call is decided as the gateway would decide it at the time of the call, with
 * its tools as they are now: one that would not get as far as the policies is not replayable.
 */
export function createReplayer({ configuration, candidate, baseline }: Replayed): Replayer {
  const tally = emptyTally();
  const principalType = principalTypeOf(configuration.gateway.authorizerType);
  const checkOf = argumentsChecks(configuration);
  const after = compilePolicies({ configuration, policies: candidate });
  const before = baseline && compilePolicies({ configuration, policies: baseline });
  const decideAfter = remembering(after, candidate);
  const decideBefore = before && baseline && remembering(before, baseline);

  /** What keeps a call from getting as far as the policies. */
  function refusalOf(call: RecordedCall): Unreplayable | undefined {
    const { type } = call.principal;
    if (type !== principalType) return refusal("otherPrincipal", call, `${type.slice(0, 100)}, not ${principalType}`);
    const check = checkOf(call.tool);
    if (check === undefined) return refusal("unknownTool", call);
    const complaint = check(call.arguments);
    return complaint === undefined ? undefined : refusal("doesNotFit", call, complaint.slice(0, 200));
  }

  return {
    tally,
    add(call) {
      if ("unreplayable" in call) {
        countUnreplayable(tally, call);
        return;
      }
      const refused = refusalOf(call);
      if (refused !== undefined) {
        countUnreplayable(tally, refused);
        return;
      }
      const { principal, tool, arguments: args, time, interceptor = {} } = call;
      const now = new Date(time);
      const request = { principal: { ...principal, type: principalType }, tool, arguments: args, interceptor, now };
      count(tally, call, now.getTime(), outcomeOf(decideBefore?.(request) ?? call, decideAfter(request)));
    },
    release() {
      after.release();
      before?.release();
    },
  };
}

function outcomeOf(before: Decision, after: PolicyDecision): Outcome {
  if (after.decision === before.decision) return { kind: "unchanged" };
  const kind = after.decision === "ALLOW" ? "newlyAllowed" : "newlyDenied";
  const byDefault = kind === "newlyDenied" && after.determiningPolicies.length === 0;
  const policies = byDefault ? (before.determiningPolicies ?? []) : after.determiningPolicies;
  return { kind, policies, reason: after.reason, failed: after.error === true };
}

/** The checks of arguments by the names of tools and of other actions; undefined for one that isn't there. */
function argumentsChecks(configuration: GatewayConfiguration): (tool: string) => ArgumentsCheck | undefined {
  const tools = new Map([
    ...toolsOf(configuration).map(({ name, description }) => [name, description.inputSchema] as const),
    ...featureActionsOf(configuration).map(({ name, inputSchema }) => [name, inputSchema] as const),
  ]);
  const checks = new Map<string, ArgumentsCheck>();
  return (name) => {
    const known = checks.get(name);
    const schema = tools.get(name);
    if (known !== undefined || schema === undefined) return known;
    const check = compileArgumentsCheck(schema);
    checks.set(name, check);
    return check;
  };
}

function refusal(unreplayable: UnreplayableReason, call: RecordedCall, complaint?: string): Unreplayable {
  const { tool, time, decisionId } = call;
  const id = decisionId === undefined ? "" : ` (${decisionId.slice(0, 100)})`;
  const which = `the call of ${tool.slice(0, 200)} at ${time}${id}`;
  return { unreplayable, detail: complaint === undefined ? which : `${which}: ${complaint}` };
}
