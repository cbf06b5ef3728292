import { formatPolicies, type PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { GatehouseError, messageOf } from "../../../errors.ts";
import type { GatewayConfiguration } from "../../../storage/records.ts";
import { describeErrors, gatewayType, uidOf } from "../../cedar.ts";
import { buildSchema } from "../../schema/schema.ts";
import { parseStatement } from "../../statement.ts";
import { validatePolicies } from "../../validate.ts";

/** A policy that a model wrote, as people will see it, or what is wrong with it. */
export type Review = { readonly statement: string } | { readonly problem: string };

/**
 * Decides whether what a model wrote may be shown as a policy: it is one policy, strictly valid for the gateway (T15), for
 * this gateway and for the principals that its authorizer lets in, and it says nothing but what Cedar evaluates: comments
 * are taken out, annotations and invisible characters refused, the layout is Cedar's own (T17).
 */
export function reviewPolicy(cedar: string, configuration: GatewayConfiguration): Review {
  try {
    const code = withoutComments(cedar);
    const problems = problemsOf(code, configuration);
    if (problems.length > 0) return { problem: problems.join("; ") };
    const statement = laidOut(code);
    // Whatever the layout has done: what is shown is what was validated.
    const shown = problemsOf(statement, configuration);
    return shown.length > 0 ? { problem: shown.join("; ") } : { statement };
  } catch (error) {
    if (error instanceof GatehouseError && error.code === "validation") return { problem: error.message };
    throw error;
  }
}

function problemsOf(statement: string, configuration: GatewayConfiguration): string[] {
  if (invisible.test(statement)) return ["it has invisible characters; in texts, write them as \\u{...}"];
  const { json } = parseStatement(statement);
  return [
    ...(Object.keys(json.annotations ?? {}).length > 0 ? ["it must have no annotations"] : []),
    ...scopeProblems(json, configuration),
    ...validatePolicies([{ policyId: "policy", statement }], configuration).map(({ message }) => message),
  ];
}

/** Only for what was parsed before, which has checked how deep the text is. */
function laidOut(statement: string): string {
  try {
    const answer = formatPolicies({ policyText: statement, lineWidth: 120, indentWidth: 2 });
    if (answer.type === "success") return answer.formatted_policy.trim();
    throw new GatehouseError("validation", `The policy can't be laid out: ${describeErrors(answer.errors, statement)}`);
  } catch (error) {
    if (error instanceof GatehouseError) throw error;
    throw new GatehouseError("validation", `The policy can't be laid out: ${messageOf(error)}`, { cause: error });
  }
}

const invisible = /(?![\n\r\t])[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;

/** A comment could tell a reader something that the policy doesn't do. */
function withoutComments(cedar: string): string {
  return cedar.replaceAll(/"(?:\\.|[^"\\])*"?|\/\/[^\n\r]*/gs, (token) => (token.startsWith("//") ? "" : token));
}

function scopeProblems({ principal, resource }: PolicyJson, configuration: GatewayConfiguration): string[] {
  const { gatewayArn, principalType } = buildSchema(configuration);
  const only = principal.op === "is" && !("in" in principal && principal.in) ? principal.entity_type : undefined;
  const one = principal.op === "==" && "entity" in principal ? uidOf(principal.entity).type : undefined;
  const gateway = resource.op === "==" && "entity" in resource ? uidOf(resource.entity) : undefined;
  return [
    ...((only ?? one) === principalType ? [] : [`the scope's principal must be: principal is ${principalType}`]),
    ...(gateway?.type === gatewayType && gateway.id === gatewayArn
      ? []
      : [`the scope's resource must be: resource == ${gatewayType}::${JSON.stringify(gatewayArn)}`]),
  ];
}
