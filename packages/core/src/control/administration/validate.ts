import { type DetailedError, type ValidationError, validate } from "@cedar-policy/cedar-wasm/nodejs";
import { describeErrors } from "../../policy/cedar.ts";
import { operations } from "../operations.ts";
import { actionGroups } from "./actionGroups.ts";
import { nearestName } from "./nearest.ts";
import { type AdministrationPolicy, invalidPolicies, parsePolicies } from "./policySet.ts";
import { administrationSchema } from "./schema.ts";

/**
 * Validates administration policies strictly, as a whole: strictly valid ones can err by nothing but integer overflow, so
 * that no `forbid` is skipped for a missing claim (T15).
 * @returns Cedar's warnings, such as of a policy that can never apply; each names its policy and its place in the text.
 * @throws GatehouseError `validation` that names everything that is wrong, with policy, line, column and Cedar's hint.
 */
export function validateAdministrationPolicies(text: string): readonly string[] {
  const policies = parsePolicies(text);
  const answer = validate({ schema: administrationSchema, policies: { staticPolicies: text } });
  if (answer.type === "failure") throw invalidPolicies(describeErrors(answer.errors, text));
  if (answer.validationErrors.length > 0) {
    throw invalidPolicies(describe(answer.validationErrors, policies, text).join("; "));
  }
  return describe(answer.validationWarnings, policies, text);
}

function describe(
  findings: readonly ValidationError[],
  policies: readonly AdministrationPolicy[],
  text: string,
): string[] {
  const names = new Map(policies.map(({ cedarId, name }) => [cedarId, name]));
  const messages = findings.map(({ policyId, error }) => {
    const message = describeErrors([withNearestAction(error)], text).replace(`for policy \`${policyId}\`, `, "");
    return `policy "${names.get(policyId) ?? policyId}", ${message}`;
  });
  // Cedar says the same once for each type of principal.
  return [...new Set(messages)];
}

const actions: readonly string[] = [...actionGroups, ...operations.map(({ name }) => name)];
/** A name longer than any action's is no slip of the keyboard. */
const unknownAction = /unrecognized action `Gatehouse::Action::"(\w{1,80})"`/;

/** For an action that there isn't, Cedar proposes whichever it comes across first. */
function withNearestAction(error: DetailedError): DetailedError {
  const written = unknownAction.exec(error.message)?.[1];
  if (written === undefined) return error;
  const nearest = nearestName(written, actions);
  return { ...error, help: nearest === undefined ? "no operation is called so" : `did you mean "${nearest}"?` };
}
