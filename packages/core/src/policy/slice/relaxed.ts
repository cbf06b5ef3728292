import {
  type Policy,
  type PolicyJson,
  type ValidationAnswer,
  type ValidationError,
  validate,
} from "@cedar-policy/cedar-wasm/nodejs";
import { messageOf } from "../../errors.ts";
import { describeErrors } from "../cedar.ts";
import { hasInexactInteger, levelsOf } from "../expressions.ts";
import type { PolicySchema, ToolAction } from "../schema/policySchema.ts";
import { assembleSchema, callToolGroup, groupsAbove, type NamedAction, namedBy } from "../schema/schemaParts.ts";
import { leftOutReads } from "../unrepresentable.ts";
import type { IndexedPolicy } from "./policyIndex.ts";

/** A policy whose scope asks for nothing but a principal: its action and resource hold for every request of its slice. */
export interface RelaxedPolicy {
  /** The id that Cedar knows it by. */
  readonly id: string;
  readonly policyId: string;
  readonly effect: "permit" | "forbid";
  readonly policy: Policy;
  readonly json: PolicyJson;
  /**
   * Whether Cedar can be given `json` for the policy: JavaScript's JSON can't hold integers beyond 2^53, and Cedar reads no
   * JSON that is nested deeper than 128 levels, so such a policy stays text.
   */
  readonly exact: boolean;
  /** The actions in the scope of a policy that had to stay as it was. */
  readonly scopeActions: readonly string[];
}

/** What is around a condition in what Cedar is given takes some of the 128. */
const mostLevels = 100;

export function relax({ policyId, id, statement }: IndexedPolicy): RelaxedPolicy {
  const { effect, principal, conditions } = statement.json;
  const json: PolicyJson = { effect, principal, action: { op: "All" }, resource: { op: "All" }, conditions };
  const shared = { id, policyId, effect, json };
  if (conditions.every(({ body }) => levelsOf(body) <= mostLevels && !hasInexactInteger(body)))
    return { ...shared, policy: json, exact: true, scopeActions: [] };
  return { ...shared, policy: statement.text, exact: false, scopeActions: statement.namedActions };
}

/**
 * Validates policies strictly for one tool.
 *
 * Cedar reads a schema each time, which takes a quarter of a second for 1,000 tools, so it gets one with this tool's
 * action alone. Other tools and groups that the policies name are in it, without applying to anything. The result is the
 * same, because a policy is typed for each action separately.
 *
 * @returns What is wrong, by the id of the policy.
 */
export function validateRelaxed(
  schema: PolicySchema,
  action: ToolAction,
  policies: readonly RelaxedPolicy[],
): ReadonlyMap<string, string> {
  if (policies.length === 0) return new Map();
  const problems = new Map(saidOf(schema, [action], policies));
  for (const [id, reason] of unseenBy(schema, action, policies)) problems.set(id, reason);
  return problems;
}

/**
 * Validates policies strictly for several tools. Where nothing is wrong, which is as a rule, it takes a fifth of the time
 * that the tools would take one by one: what a validation costs whatever it is of is shared.
 */
export function validateRelaxedForAll(
  schema: PolicySchema,
  actions: readonly ToolAction[],
  policies: readonly RelaxedPolicy[],
): ReadonlyMap<ToolAction, ReadonlyMap<string, string>> {
  const isSound = actions.length > 1 && policies.length > 0 && saidOf(schema, actions, policies).size === 0;
  // Of something wrong Cedar doesn't say for which tool.
  const problemsOf = (action: ToolAction) =>
    isSound ? unseenBy(schema, action, policies) : validateRelaxed(schema, action, policies);
  return new Map(actions.map((action) => [action, problemsOf(action)]));
}

/** What Cedar says of policies that may be asked about these actions, by the id of the policy. */
function saidOf(
  schema: PolicySchema,
  actions: readonly ToolAction[],
  policies: readonly RelaxedPolicy[],
): ReadonlyMap<string, string> {
  const scopes = policies.flatMap(({ scopeActions }) => scopeActions);
  const conditions = namedBy(
    policies.map(({ json }) => json),
    schema,
  );
  const named = new Map<string, NamedAction>();
  for (const name of scopes) named.set(name, schema.actions.get(name) ?? goneAction(name));
  for (const other of conditions.tools) named.set(other.name, other);
  for (const name of [...actions.map((action) => action.name), ...schema.groups.keys()]) named.delete(name);
  const members = [...actions, ...named.values()].map(({ group }) => group);
  const groups = groupsAbove([...members, ...scopes, ...conditions.actions], schema.groups);
  const answer = attempt(() =>
    validate({
      schema: assembleSchema(actions, groups, schema.principalType, named.values()),
      policies: { staticPolicies: Object.fromEntries(policies.map(({ id, policy }) => [id, policy])) },
    }),
  );
  // If Cedar can't say which policy is at fault, any of them may be.
  if (typeof answer === "string") return new Map(policies.map(({ id }) => [id, answer]));
  const byId = Map.groupBy(answer.validationErrors, ({ policyId }) => policyId);
  return new Map([...byId].map(([id, errors]) => [id, complaints(id, errors)]));
}

/** What policies read of a tool that Cedar's types leave out, by the id of the policy. */
function unseenBy(
  schema: PolicySchema,
  action: ToolAction,
  policies: readonly RelaxedPolicy[],
): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const { id, json } of policies) {
    const [reason] = leftOutReads(json, action, schema);
    if (reason !== undefined) reasons.set(id, reason);
  }
  return reasons;
}

/** What Cedar says of a policy: always in the same order, and without the id that only Cedar knows it by. */
function complaints(id: string, errors: readonly ValidationError[]): string {
  const messages = errors.map(({ error }) => describeErrors([error]).replace(`for policy \`${id}\`, `, ""));
  return messages.sort().join("; ");
}

/** A tool that a policy's scope still names: that it is gone is no fault of the policy where it is about other tools. */
function goneAction(name: string): NamedAction {
  return { name, group: callToolGroup, types: { entityTypes: {} } };
}

function attempt(run: () => ValidationAnswer): Extract<ValidationAnswer, { type: "success" }> | string {
  try {
    const answer = run();
    return answer.type === "success" ? answer : describeErrors(answer.errors);
  } catch (error) {
    return messageOf(error);
  }
}
