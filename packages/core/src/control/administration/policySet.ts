import { type Expr, type PolicyJson, policySetTextToParts, policyToJson } from "@cedar-policy/cedar-wasm/nodejs";
import { GatehouseError, messageOf } from "../../errors.ts";
import { describeErrors } from "../../policy/cedar.ts";
import { deepest, depthOf, tooDeep } from "../../policy/depth.ts";
import { childrenOf, operationOf } from "../../policy/expressions.ts";
import { longestPolicies } from "./constraints.ts";

/** One policy of the administration's text. */
export interface AdministrationPolicy {
  /** Its `@id`, or `policy 3` for the third one of the text where it has none. */
  readonly name: string;
  /** The id that Cedar gives it when it reads the whole text. */
  readonly cedarId: string;
  readonly text: string;
  readonly json: PolicyJson;
}

/**
 * Takes a text of administration policies apart.
 * @throws GatehouseError `validation`, with line and column, for what isn't a set of static policies with names of their own.
 */
export function parsePolicies(text: string): readonly AdministrationPolicy[] {
  const bytes = Buffer.byteLength(text);
  if (bytes > longestPolicies) {
    throw invalidPolicies(`they may take up ${longestPolicies} bytes; these are ${bytes}`);
  }
  // WebAssembly has no half surrogates: Cedar would read other policies than those that are stored and shown.
  if (!text.isWellFormed()) throw invalidPolicies("they are not well-formed Unicode");
  if (depthOf(text) > deepest) throw invalidPolicies(`one of them ${tooDeep}`);
  const policies = partsOf(text).map((part, index, parts): AdministrationPolicy => {
    const number = numberOf(index, parts.length);
    const json = jsonOf(part);
    return { name: json.annotations?.id ?? `policy ${number + 1}`, cedarId: `policy${number}`, text: part, json };
  });
  requireOwnNames(policies);
  for (const { name, json } of policies) {
    // Cedar's validator lets the tool of its partial evaluator pass, which errs in every decision.
    if (json.conditions.some(({ body }) => usesUnknown(body))) {
      throw invalidPolicies(`policy "${name}" uses the function unknown, which policies can't`);
    }
  }
  return policies;
}

/** The error for policies that can't be taken. */
export function invalidPolicies(why: string): GatehouseError {
  const fields = [{ name: "policies", message: `are not valid: ${why}` }];
  return new GatehouseError("validation", `The policies are not valid: ${why}.`, { fields });
}

function partsOf(text: string): readonly string[] {
  const answer = readBy(() => policySetTextToParts(text));
  if (answer.type === "failure") throw invalidPolicies(describeErrors(answer.errors, text));
  if (answer.policy_templates.length > 0) {
    throw invalidPolicies(
      "they contain a template (?principal or ?resource), which nothing fills in; name a role or a resource instead",
    );
  }
  return answer.policies;
}

/** Cedar lists the parts in the order of the ids it gives them, `policy10` before `policy2`: the place in the text. */
function numberOf(index: number, count: number): number {
  const ids = Array.from({ length: count }, (_, number) => `policy${number}`).sort();
  return Number(ids[index]?.slice("policy".length));
}

function jsonOf(part: string): PolicyJson {
  const answer = readBy(() => policyToJson(part));
  if (answer.type === "failure") throw invalidPolicies(describeErrors(answer.errors, part));
  return answer.json;
}

/** Cedar itself may fail, in WebAssembly: nothing it can't read is a set of policies. */
function readBy<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new GatehouseError("validation", `Cedar cannot read the policies: ${messageOf(error)}`, { cause: error });
  }
}

function requireOwnNames(policies: readonly AdministrationPolicy[]): void {
  const names = policies.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw invalidPolicies(`two of them have the @id "${twice}"; give each a name of its own`);
  }
}

function usesUnknown(expression: Expr): boolean {
  return operationOf(expression).operator === "unknown" || childrenOf(expression).some(usesUnknown);
}
