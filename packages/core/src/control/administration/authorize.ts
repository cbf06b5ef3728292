import type { AuthorizationAnswer } from "@cedar-policy/cedar-wasm/nodejs";
import { LRUCache } from "lru-cache";
import { messageOf } from "../../errors.ts";
import { describeErrors } from "../../policy/cedar.ts";
import { type PreparsedSet, preparsedSet } from "../../policy/slice/preparsed.ts";
import type { Administrator } from "../administrator.ts";
import { groupsOf, parentOf } from "./actionGroups.ts";
import { parsePolicies } from "./policySet.ts";
import { isAboutResource } from "./resources.ts";
import { typeNamed } from "./schema.ts";
import { shippedPolicies } from "./shippedPolicies.ts";

/** An administrator with the claims of its token, which policies see as tags; an access key has none. */
export type AdministratorWithClaims = Administrator & { readonly tags?: Readonly<Record<string, string>> };

/** The administration policies of one version, as Cedar text; without a text the shipped ones hold. */
export interface PoliciesInForce {
  readonly version: number;
  readonly policies?: string | undefined;
}

/** What the policies say of an operation. */
export interface AdministrationDecision {
  readonly allowed: boolean;
  /** The names of the policies that decided: those that permit, forbid or err. None for a denial by default. */
  readonly determiningPolicies: readonly string[];
  readonly reason: string;
}

/** Decides what administrators may do. */
export interface Authorizer {
  /**
   * Whether an administrator may carry out an operation. Nothing is ever allowed because something failed: policies that
   * can't be read, and any policy that errs, also a permit, deny.
   * @param resource as `resourceOf` names it: an ARN, or the account's id.
   */
  authorize(
    inForce: PoliciesInForce,
    administrator: AdministratorWithClaims,
    operation: string,
    resource: string,
  ): AdministrationDecision;
}

interface Compiled {
  readonly set: PreparsedSet;
  readonly names: ReadonlyMap<string, string>;
}

/** Few versions are in force at once; each keeps its policies parsed in WebAssembly's memory. */
const rememberedVersions = 4;

/** Creates the authorizer. Policies are compiled once for each text that it meets. */
export function createAuthorizer(): Authorizer {
  // By text, not by version: numbers begin anew where an item was restored, and a decision must be of this text.
  const compiled = new LRUCache<string, Compiled>({ max: rememberedVersions, dispose: ({ set }) => set.release() });

  const compiledOf = (text: string): Compiled => {
    const known = compiled.get(text);
    if (known !== undefined) return known;
    const policies = parsePolicies(text);
    const staticPolicies = Object.fromEntries(policies.map((policy) => [policy.cedarId, policy.text]));
    const result = {
      set: preparsedSet(() => ({ staticPolicies })),
      names: new Map(policies.map(({ cedarId, name }) => [cedarId, name])),
    };
    compiled.set(text, result);
    return result;
  };

  return {
    authorize({ policies = shippedPolicies }, administrator, operation, resource) {
      try {
        const { set, names } = compiledOf(policies);
        return decisionOf(set.decide(requestOf(administrator, operation, resource), true), names);
      } catch (error) {
        return denied(`The administration policies cannot be evaluated: ${messageOf(error)}`);
      }
    },
  };
}

function requestOf({ type, id, roles, tags }: AdministratorWithClaims, operation: string, resource: string) {
  const principal = { type, id };
  const action = { type: typeNamed("Action"), id: operation };
  const about = isAboutResource(operation)
    ? { type: typeNamed("Resource"), id: resource }
    : { type: typeNamed("Account"), id: resource };
  const groups = groupsOf(operation).flatMap((group) => [group, parentOf(group) ?? group]);
  const claims = type === "Gatehouse::OAuthUser" && tags !== undefined ? { tags: { ...tags } } : {};
  return {
    principal,
    action,
    resource: about,
    context: {},
    entities: [
      { uid: principal, attrs: {}, parents: roles.map((role) => ({ type: typeNamed("Role"), id: role })), ...claims },
      {
        uid: action,
        attrs: {},
        parents: [...new Set(groups)].map((group) => ({ type: typeNamed("Action"), id: group })),
      },
      ...(about.type === typeNamed("Resource") ? [{ uid: about, attrs: {}, parents: accountOf(resource) }] : []),
    ],
  };
}

/** The account in an ARN, which a resource is in; what isn't an ARN is in none. */
function accountOf(arn: string): { type: string; id: string }[] {
  const account = /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1];
  return account === undefined ? [] : [{ type: typeNamed("Account"), id: account }];
}

function decisionOf(answer: AuthorizationAnswer, names: ReadonlyMap<string, string>): AdministrationDecision {
  if (answer.type === "failure") {
    return denied(`The administration policies cannot be evaluated: ${describeErrors(answer.errors)}`);
  }
  const { decision, diagnostics } = answer.response;
  const named = (ids: readonly string[]) => [...new Set(ids)].map((id) => names.get(id) ?? id).sort();
  if (diagnostics.errors.length > 0) {
    // Cedar decides without a policy that errs. If it is a forbid, that allows what it was there to prevent (T15).
    const failed = named(diagnostics.errors.map(({ policyId }) => policyId));
    const why = describeErrors(diagnostics.errors.map(({ error }) => error));
    return { ...denied(`Administration policy ${failed.join(", ")} fails: ${why}`), determiningPolicies: failed };
  }
  const determiningPolicies = named(diagnostics.reason);
  const by = `administration policy ${determiningPolicies.join(", ")}`;
  if (decision === "allow") return { allowed: true, determiningPolicies, reason: `Allowed by ${by}.` };
  if (determiningPolicies.length === 0) return denied("No administration policy permits it (denied by default).");
  return { ...denied(`Forbidden by ${by}.`), determiningPolicies };
}

function denied(reason: string): AdministrationDecision {
  return { allowed: false, determiningPolicies: [], reason };
}
