import { type ValidationError, validate } from "@cedar-policy/cedar-wasm/nodejs";
import { LRUCache } from "lru-cache";
import { messageOf } from "../errors.ts";
import type { GatewayConfiguration } from "../storage/records.ts";
import { describeErrors } from "./cedar.ts";
import type { PolicySchema, SchemaDescription } from "./schema/policySchema.ts";
import { buildSchema } from "./schema/schema.ts";
import { assembleSchema, namedBy } from "./schema/schemaParts.ts";
import { parseStatement, type Statement } from "./statement.ts";
import { opaqueReads, unrepresentable } from "./unrepresentable.ts";

export { parseStatement as parsePolicy, type Statement } from "./statement.ts";

/** A policy to be validated. */
export interface PolicyText {
  readonly policyId: string;
  readonly statement: string;
}

/** Something that is wrong with a policy, or odd, with its place in the text and Cedar's hint. */
export interface PolicyFinding {
  readonly policyId: string;
  readonly message: string;
}

/** What Cedar's validator says. */
export interface ValidationReport {
  /** What keeps a policy from being in force. */
  readonly errors: PolicyFinding[];
  /** What is valid and still surely not meant, such as a policy that can never apply. */
  readonly warnings: PolicyFinding[];
}

/**
 * Validates policies strictly against a gateway's schema (T15). Strictly valid policies can err by nothing but integer
 * overflow, so none is skipped for a missing attribute.
 *
 * @returns What is wrong with them; empty if they are valid.
 */
export function validatePolicies(
  policies: readonly PolicyText[],
  configuration: GatewayConfiguration,
): PolicyFinding[] {
  return reviewPolicies(policies, configuration).errors;
}

/** Like {@link validatePolicies}, with Cedar's warnings. */
export function reviewPolicies(policies: readonly PolicyText[], configuration: GatewayConfiguration): ValidationReport {
  const schema = buildSchema(configuration);
  const reports = policies.map((policy) => review(policy, schema));
  return { errors: reports.flatMap(({ errors }) => errors), warnings: reports.flatMap(({ warnings }) => warnings) };
}

/** What policies of a gateway can speak of: its Cedar schema, and what of its tools is missing in it. */
export function describeSchema(configuration: GatewayConfiguration): SchemaDescription {
  return buildSchema(configuration).describe();
}

/** Whether a policy can apply to requests of a gateway, as far as its resource says. */
export function appliesTo({ forGateways, resourceArn }: Statement, gatewayArn: string): boolean {
  return forGateways && (resourceArn === undefined || resourceArn === gatewayArn);
}

function review({ policyId, statement }: PolicyText, schema: PolicySchema): ValidationReport {
  const { errors, warnings } = messagesFor(statement, schema);
  const findings = (messages: readonly string[]) => messages.map((message) => ({ policyId, message }));
  return { errors: findings(errors), warnings: findings(warnings) };
}

/** What is wrong, and what is odd, with a text. */
interface Messages {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** What was said before of the same text for the same gateway: who creates a policy asks, and then whoever asks what it means. */
const said = new WeakMap<PolicySchema, LRUCache<string, Messages>>();

function messagesFor(text: string, schema: PolicySchema): Messages {
  const known = said.get(schema) ?? new LRUCache<string, Messages>({ max: 100 });
  said.set(schema, known);
  const messages = known.get(text) ?? validated(text, schema);
  known.set(text, messages);
  return messages;
}

function validated(text: string, schema: PolicySchema): Messages {
  try {
    const statement = parseStatement(text);
    const quick = run(text, cutSchema(statement, schema));
    // The full schema knows the names that the author may have meant.
    const report = quick.errors.length > 0 ? run(text, schema.json) : quick;
    const behind = report.errors.length > 0 ? opaqueReads(statement, schema) : [];
    return { ...report, errors: [...unrepresentable(statement, schema), ...behind, ...report.errors] };
  } catch (error) {
    return { errors: [messageOf(error)], warnings: [] };
  }
}

/** The schema with those actions only that a policy speaks of: Cedar reads it much faster than that of a large gateway. */
function cutSchema({ actions, namedActions: scope, json }: Statement, schema: PolicySchema): PolicySchema["json"] {
  if (actions.kind === "all" || scope.some((name) => schema.groups.has(name))) return schema.json;
  const applying = new Set(scope.flatMap((name) => schema.actions.get(name) ?? []));
  const named = namedBy([json], schema).tools.difference(applying);
  return assembleSchema(applying, schema.groups, schema.principalType, named);
}

function run(text: string, schema: PolicySchema["json"]): Messages {
  const answer = validate({ schema, policies: { staticPolicies: { policy: text } } });
  if (answer.type === "failure") return { errors: [describeErrors(answer.errors, text)], warnings: [] };
  const messages = (list: readonly ValidationError[]) =>
    list.map(({ error }) => describeErrors([error], text).replace("for policy `policy`, ", ""));
  return { errors: messages(answer.validationErrors), warnings: messages(answer.validationWarnings) };
}
