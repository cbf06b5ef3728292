import { validate } from "@cedar-policy/cedar-wasm/nodejs";
import { LRUCache } from "lru-cache";
import type { PolicySchema, ToolAction } from "../schema/policySchema.ts";
import { type EnginePolicy, type IndexedPolicy, indexPolicies } from "../slice/policyIndex.ts";
import { relax, validateRelaxed } from "../slice/relaxed.ts";
import { parseStatement } from "../statement.ts";
import { unrepresentable } from "../unrepresentable.ts";
import type { PolicyText } from "../validate.ts";

/** Policies as the gateway's engine would take them. */
export interface PolicySet {
  readonly policies: readonly EnginePolicy[];
  /** The policies that have a say in calls of a tool. */
  forTool(action: ToolAction): ToolPolicies;
  /** True if there is a policy that Cedar can't read: the engine denies everything then. */
  readonly unreadable: boolean;
}

/** The policies of one tool, in the engine's order. */
export interface ToolPolicies {
  /** Those that are strictly valid for the tool. */
  readonly valid: readonly IndexedPolicy[];
  /** Some forbid isn't: the engine denies every call of the tool. */
  readonly blocked: boolean;
}

/** Prepares policies for questions about them. They are validated for the whole gateway at once, and by the tool where that fails. */
export function policySet(policies: readonly PolicyText[], schema: PolicySchema): PolicySet {
  const inForce = policies.map((policy): EnginePolicy => ({ ...policy, status: "ACTIVE", enforcementMode: "ACTIVE" }));
  const index = indexPolicies(schema, inForce);
  const validEverywhere = validated(policies, schema);
  const known = new Map<string, ToolPolicies>();
  return {
    policies: inForce,
    unreadable: index.unreadable.length > 0,
    forTool(action) {
      const found = known.get(action.name) ?? cut(action, index.policiesFor(action), validEverywhere, schema);
      known.set(action.name, found);
      return found;
    },
  };
}

function cut(
  action: ToolAction,
  policies: readonly IndexedPolicy[],
  validEverywhere: ReadonlySet<string>,
  schema: PolicySchema,
): ToolPolicies {
  const doubtful = policies.filter(({ statement }) => !validEverywhere.has(statement.text)).map(relax);
  const errors = validateRelaxed(schema, action, doubtful);
  const valid = policies.filter(({ id }) => !errors.has(id));
  return { valid, blocked: doubtful.some(({ id, effect }) => effect === "forbid" && errors.has(id)) };
}

/** The texts that are strictly valid for every tool that they can apply to. Found out once for each version of a gateway. */
const validTexts = new WeakMap<PolicySchema, LRUCache<string, boolean>>();

/** Those of some policies that are. */
function validated(policies: readonly PolicyText[], schema: PolicySchema): Set<string> {
  const known = validTexts.get(schema) ?? new LRUCache<string, boolean>({ max: 20_000 });
  validTexts.set(schema, known);
  const isNew = ({ statement }: PolicyText) => known.get(statement) === undefined && isReadable(statement);
  const added = policies.filter(isNew);
  if (added.length > 0)
    for (const [i, valid] of validateTogether(added, schema).entries()) known.set(added[i]?.statement ?? "", valid);
  return new Set(policies.map(({ statement }) => statement).filter((text) => known.get(text) === true));
}

/** Cedar validates no policies at all if it can't read one of them. */
function isReadable(text: string): boolean {
  try {
    parseStatement(text);
    return true;
  } catch {
    return false;
  }
}

function validateTogether(policies: readonly PolicyText[], schema: PolicySchema): boolean[] {
  const staticPolicies = Object.fromEntries(policies.map(({ statement }, i) => [String(i), statement]));
  try {
    const answer = validate({ schema: schema.json, policies: { staticPolicies } });
    if (answer.type === "failure") return policies.map(() => false);
    const invalid = new Set(answer.validationErrors.map(({ policyId }) => policyId));
    // What Cedar's types leave out is there for Cedar neither in a valid policy nor in another (T15).
    const needsMore = (text: string) => unrepresentable(parseStatement(text), schema).length > 0;
    return policies.map(({ statement }, i) => !invalid.has(String(i)) && !needsMore(statement));
  } catch {
    // Cedar can't take them together: they are validated tool by tool then.
    return policies.map(() => false);
  }
}
