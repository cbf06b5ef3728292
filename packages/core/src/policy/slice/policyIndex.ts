import { messageOf } from "../../errors.ts";
import type { PolicyRecord } from "../../storage/records.ts";
import { uidOf } from "../cedar.ts";
import type { PolicySchema, ToolAction } from "../schema/policySchema.ts";
import { ancestorsOf } from "../schema/schemaParts.ts";
import { parseStatement, type Statement } from "../statement.ts";

/** What an engine needs to know of a policy: as it is stored, or as it might be. */
export type EnginePolicy = Pick<PolicyRecord, "policyId" | "statement" | "status" | "enforcementMode">;

/** A policy in force at a gateway. */
export interface IndexedPolicy {
  readonly policyId: string;
  /**
   * The id that Cedar knows it by: unique even if two policies of the engine have one id, and the same whatever other
   * policies come and go, so that what was compiled of it can be used again.
   */
  readonly id: string;
  /** Its place in the engine: the order in which policies are named. */
  readonly order: number;
  readonly statement: Statement;
}

/** Something that is wrong with a policy that is ACTIVE. */
export interface PolicyProblem {
  readonly policyId: string;
  readonly message: string;
}

/** A gateway's policies by the actions that they can apply to. */
export interface PolicyIndex {
  /** The policies that can apply to a tool, in the engine's order. No other policy has a say in a call of it. */
  policiesFor(action: ToolAction): IndexedPolicy[];
  /** Policies that are ACTIVE but no policy that Cedar can read: nobody knows what they forbid. */
  readonly unreadable: readonly PolicyProblem[];
}

/**
 * Indexes the policies that are ACTIVE and whose scope can hold at this gateway. A scope is a condition on names alone, so
 * leaving out a policy whose scope can't hold changes no decision: Cedar would find it false, and a scope never errs.
 */
export function indexPolicies(schema: PolicySchema, policies: Iterable<EnginePolicy>): PolicyIndex {
  const unreadable: PolicyProblem[] = [];
  const everywhere: IndexedPolicy[] = [];
  const byName = new Map<string, IndexedPolicy[]>();
  const byGroup = new Map<string, IndexedPolicy[]>();
  const known = new Map<string, number>();
  let order = 0;
  for (const { policyId, statement: text, status } of policies) {
    if (status !== "ACTIVE") continue;
    const twin = known.get(policyId) ?? 0;
    known.set(policyId, twin + 1);
    try {
      const statement = parseStatement(text);
      const policy = { policyId, id: `${twin} ${policyId}`, order: order++, statement };
      const { actions } = statement;
      if (!canHold(statement, schema)) continue;
      if (actions.kind === "all") everywhere.push(policy);
      else if (actions.kind === "equal") add(byName, actions.action, policy);
      else for (const name of new Set(actions.actions)) add(schema.groups.has(name) ? byGroup : byName, name, policy);
    } catch (error) {
      unreadable.push({ policyId, message: messageOf(error) });
    }
  }
  return {
    unreadable,
    policiesFor({ name, group }) {
      const groups = ancestorsOf(group, schema.groups).flatMap((one) => byGroup.get(one) ?? []);
      const found = new Set([...everywhere, ...(byName.get(name) ?? []), ...groups]);
      return [...found].sort((a, b) => a.order - b.order);
    },
  };
}

function canHold({ forGateways, resourceArn, json: { principal } }: Statement, schema: PolicySchema): boolean {
  if (!forGateways || (resourceArn !== undefined && resourceArn !== schema.gatewayArn)) return false;
  if (principal.op === "is") return principal.entity_type === schema.principalType;
  // A principal is in nothing but itself.
  return !("entity" in principal) || uidOf(principal.entity).type === schema.principalType;
}

function add(index: Map<string, IndexedPolicy[]>, name: string, policy: IndexedPolicy): void {
  const policies = index.get(name);
  if (policies) policies.push(policy);
  else index.set(name, [policy]);
}
