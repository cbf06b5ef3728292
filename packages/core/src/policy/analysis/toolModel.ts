import type { JsonObject } from "../../json.ts";
import type { GatewayConfiguration } from "../../storage/records.ts";
import { principalTypeOf } from "../../tools.ts";
import { unqualified } from "../cedar.ts";
import { encodeInput } from "../request/encode.ts";
import type { InputType } from "../schema/inputType.ts";
import type { PolicySchema, ToolAction } from "../schema/policySchema.ts";
import { addNeeds, noNeeds } from "../slice/needs.ts";
import type { Statement } from "../statement.ts";
import type { ExampleRequest } from "./example.ts";
import type { PolicySet, ToolPolicies } from "./policySet.ts";
import { decodeRequest } from "./smt/decode.ts";
import type { Assignment } from "./smt/evaluate.ts";
import { type PolicyFormula, policyFormula, scopeFor } from "./smt/policy.ts";
import type { Scope } from "./smt/scope.ts";
import { and, no, not, or, type Term } from "./smt/terms.ts";

/** The requests for one tool and what policies make of them, as formulas. */
export interface ToolModel {
  readonly action: ToolAction;
  readonly scope: Scope;
  /** The formulas of one policy that is valid for the tool. */
  formula(statement: Statement): PolicyFormula;
  /** The calls that an engine with these policies allows. */
  allowed(set: PolicySet): Term;
}

/** Models requests for a tool. Each policy is translated once. */
export function toolModel(action: ToolAction, schema: PolicySchema): ToolModel {
  const scope = scopeFor(action, schema);
  const formulas = new Map<string, PolicyFormula>();
  const formula = (statement: Statement) => {
    const found = formulas.get(statement.text) ?? policyFormula(statement, scope);
    formulas.set(statement.text, found);
    return found;
  };
  return {
    action,
    scope,
    formula,
    allowed(set) {
      const { valid, blocked } = set.forTool(action);
      if (blocked || set.unreadable) return no;
      const all = valid.map(({ statement }) => formula(statement));
      const satisfied = (effect: "permit" | "forbid") =>
        or(...all.filter((one) => one.effect === effect).map((one) => one.satisfied));
      return and(satisfied("permit"), not(satisfied("forbid")), not(or(...all.map(({ errs }) => errs))));
    },
  };
}

/** What a permit allows, or a forbid denies: a forbid that errs denies as well. */
export function effectOf({ effect, satisfied, errs }: PolicyFormula): Term {
  return effect === "permit" ? satisfied : or(satisfied, errs);
}

/** Tools that any question about some policies has one answer for. */
export interface ToolGroup {
  readonly tools: readonly ToolAction[];
  readonly model: ToolModel;
}

/**
 * Groups tools by what the policies in question are and can see of a call: with a thousand tools that one policy is for,
 * the solver is asked once, and not a thousand times.
 */
export function groupTools(tools: Iterable<ToolAction>, sets: readonly PolicySet[], schema: PolicySchema): ToolGroup[] {
  const groups = Map.groupBy(tools, (action) => {
    const policies = sets.map((set) => set.forTool(action));
    return JSON.stringify([policies.map(keyOf), seenOf(action, policies, schema)]);
  });
  return [...groups.values()].flatMap((members) => {
    const [first] = members;
    return first ? [{ tools: members, model: toolModel(first, schema) }] : [];
  });
}

function keyOf({ valid, blocked }: ToolPolicies): unknown {
  return [blocked, valid.map(({ order }) => order)];
}

/** What the policies can see of a tool: its name, if they look at the action or the whole input; otherwise types of arguments. */
function seenOf({ name, input }: ToolAction, policies: readonly ToolPolicies[], { typeOwners }: PolicySchema): unknown {
  const needs = noNeeds();
  for (const { valid } of policies) for (const { statement } of valid) addNeeds(needs, statement.json);
  const namesOwnType = [...needs.namedTypes].some((type) => typeOwners.has(unqualified(type)));
  if (needs.action || needs.context || needs.input || namesOwnType) return name;
  return [...needs.attributes].sort().map((attribute) => {
    const found = input.attributes.get(attribute);
    return found ? [attribute, found.required, typeKey(found.type)] : [attribute];
  });
}

/** A type as JSON: equal for equal types. */
function typeKey(type: InputType): unknown {
  return JSON.stringify(type, (_, value: unknown) => {
    if (value instanceof Map) return [...value];
    return value instanceof Set ? [...value] : value;
  });
}

/** A request of an assignment, for any tool of the group. Undefined if the gateway couldn't even pass it to a policy. */
export function requestFor(
  action: ToolAction,
  { scope }: ToolModel,
  assignment: Assignment,
  configuration: GatewayConfiguration,
): ExampleRequest | undefined {
  const type = principalTypeOf(configuration.gateway.authorizerType);
  const example = decodeRequest(action, type, scope.environment, assignment);
  return isCall(action, example.arguments) ? example : undefined;
}

/** Whether arguments are those of a call that policies can decide about: of the tool's types, with nothing missing. */
export function isCall({ input }: ToolAction, args: JsonObject): boolean {
  return encodeInput(input, args).ok;
}
