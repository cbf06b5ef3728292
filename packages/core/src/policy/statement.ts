import { type Expr, type PolicyJson, policyToJson } from "@cedar-policy/cedar-wasm/nodejs";
import { LRUCache } from "lru-cache";
import { GatehouseError, messageOf } from "../errors.ts";
import { actionType, describeErrors, gatewayType, uidOf } from "./cedar.ts";
import { deepest, depthOf, tooDeep } from "./depth.ts";
import { childrenOf, operationOf } from "./expressions.ts";

/** The actions in a policy's scope, as it names them: tools and groups. */
export type ActionScope =
  | { readonly kind: "all" }
  /** `action == X`: this one action and none that is in it. */
  | { readonly kind: "equal"; readonly action: string }
  /** `action in X` or `action in [X, Y]`: these and whatever is in them. */
  | { readonly kind: "in"; readonly actions: readonly string[] };

/** One Cedar policy, taken apart. */
export interface Statement {
  readonly text: string;
  readonly effect: "permit" | "forbid";
  readonly actions: ActionScope;
  /** The actions and groups that the scope names. */
  readonly namedActions: readonly string[];
  /** The ARN of the gateway that the policy is for; absent if its scope names none. */
  readonly resourceArn?: string;
  /** False if the scope asks for a resource that no gateway is. */
  readonly forGateways: boolean;
  readonly json: PolicyJson;
}

/** The longest policy in characters, as AgentCore's model has it. */
export const longestStatement = 10_000;

/**
 * Statements that were parsed before, by their text: parsing takes a quarter of a millisecond, and a new snapshot of an
 * engine mostly holds the policies of the one before it.
 */
const parsed = new LRUCache<string, Statement>({ max: 20_000 });

/**
 * Parses one static policy.
 *
 * @throws {GatehouseError} `validation`, with line and column, if the text is not exactly one static Cedar policy of at
 *   most 10,000 characters.
 */
export function parseStatement(text: string): Statement {
  const known = parsed.get(text);
  if (known) return known;
  const json = toJson(text);
  const actions = actionScope(json);
  const namedActions = actions.kind === "all" ? [] : actions.kind === "equal" ? [actions.action] : actions.actions;
  const statement = { text, effect: json.effect, actions, namedActions, ...resourceScope(json), json };
  parsed.set(text, statement);
  return statement;
}

function toJson(text: string): PolicyJson {
  if (text.length > longestStatement) {
    throw new GatehouseError(
      "validation",
      `A policy has at most ${longestStatement} characters; this one has ${text.length}.`,
    );
  }
  // WebAssembly has no half surrogates: Cedar would read another policy than the one that is stored and shown.
  if (!text.isWellFormed()) throw new GatehouseError("validation", "The policy is not well-formed Unicode.");
  if (depthOf(text) > deepest) throw new GatehouseError("validation", `The policy ${tooDeep}.`);
  try {
    const answer = policyToJson(text);
    if (answer.type === "success" && !answer.json.conditions.some(({ body }) => usesUnknown(body))) return answer.json;
    if (answer.type === "success") throw new GatehouseError("validation", "A policy can't use the function `unknown`.");
    throw new GatehouseError(
      "validation",
      `The policy is not one static Cedar policy: ${describeErrors(answer.errors, text)}`,
    );
  } catch (error) {
    if (error instanceof GatehouseError) throw error;
    throw new GatehouseError("validation", `Cedar cannot read the policy: ${messageOf(error)}`, { cause: error });
  }
}

/** Cedar's validator lets the tool of its partial evaluator pass, which errs in every decision. */
function usesUnknown(expression: Expr): boolean {
  return operationOf(expression).operator === "unknown" || childrenOf(expression).some(usesUnknown);
}

function actionScope({ action }: PolicyJson): ActionScope {
  if (action.op === "All") return { kind: "all" };
  const entities = "entities" in action ? action.entities : "entity" in action ? [action.entity] : [];
  // An action of another namespace is no action of any gateway; strict validation says so to the author.
  const actions = entities.map(uidOf).flatMap(({ type, id }) => (type === actionType ? [id] : []));
  const [only] = actions;
  return action.op === "==" && only !== undefined ? { kind: "equal", action: only } : { kind: "in", actions };
}

function resourceScope({ resource }: PolicyJson): Pick<Statement, "resourceArn" | "forGateways"> {
  if (resource.op === "All") return { forGateways: true };
  if (resource.op === "is") {
    const within = resource.in && "entity" in resource.in ? uidOf(resource.in.entity) : undefined;
    const gateways = resource.entity_type === gatewayType && (!within || within.type === gatewayType);
    return { forGateways: gateways, ...(within ? { resourceArn: within.id } : {}) };
  }
  // A gateway is in nothing but itself, so that `in` means the same as `==` here.
  const { type, id } = "entity" in resource ? uidOf(resource.entity) : { type: "", id: "" };
  return type === gatewayType ? { forGateways: true, resourceArn: id } : { forGateways: false };
}
