import { isEvaluationOperation } from "../../evaluation/onDemand/operations.ts";
import { isDataPlaneOperation } from "../../identity/dataPlane/operations.ts";
import { evaluatorArn, onlineEvaluationConfigArn } from "../evaluation/arns.ts";
import { gatewayArn, type Location, policyEngineArn } from "../identifiers.ts";
import { apiKeyProviderArn, oauth2ProviderArn, workloadIdentityArn } from "../identity/arns.ts";
import { operationNamed } from "../operations.ts";
import { invokeGateway } from "./actionGroups.ts";

/** The ARN of an access key. */
export const accessKeyArn = (location: Location, accessKeyId: string): string =>
  arn(location, `access-key/${accessKeyId}`);

/** The ARN of the administration policies; an account has one set of them. */
export const administrationPoliciesArn = (location: Location): string => arn(location, "administration-policies");

/** What names the resource that an operation is about, by the member of its input. */
const resources: Readonly<Record<string, (location: Location, value: string) => string>> = {
  gatewayIdentifier: gatewayArn,
  policyEngineId: policyEngineArn,
  accessKeyId: accessKeyArn,
  evaluatorId: evaluatorArn,
  onlineEvaluationConfigId: onlineEvaluationConfigArn,
  resourceArn: (_, value) => value,
};

/** What is known by its name alone: the operations on one that is there, and its ARN. */
const named: readonly (readonly [RegExp, (location: Location, name: string) => string])[] = [
  [/^(Get|Update|Delete)WorkloadIdentity$|^RevokeWorkloadAccessTokens$/, workloadIdentityArn],
  [/^(Get|Update|Delete)ApiKeyCredentialProvider$/, apiKeyProviderArn],
  [/^(Get|Update|Delete)Oauth2CredentialProvider$/, oauth2ProviderArn],
];

/**
 * The resource that an operation of the control plane is about, as policies see it: the ARN of the gateway, policy engine, access key, workload
 * identity, credential provider, evaluator or online evaluation that it names (what is in a gateway or an engine counts as it), or the account's id for
 * everything else.
 * @param input as the operation's handler gets it, so that what is authorised is what is done.
 */
export function resourceOf(operation: string, input: Readonly<Record<string, unknown>>, location: Location): string {
  const byName = arnByName(operation);
  if (byName !== undefined && typeof input.name === "string") return byName(location, input.name);
  const member = memberOf(operation);
  const value = member === undefined ? undefined : input[member];
  if (member === undefined || typeof value !== "string") return location.accountId;
  return resources[member]?.(location, value) ?? location.accountId;
}

/**
 * Whether an operation is about one resource, rather than about the account. Those of the data plane's identity are about an
 * agent, and about a credential provider where they name one: both must be permitted; `Evaluate` is about its evaluator.
 */
export function isAboutResource(operation: string): boolean {
  return (
    operation === invokeGateway ||
    isDataPlaneOperation(operation) ||
    isEvaluationOperation(operation) ||
    arnByName(operation) !== undefined ||
    memberOf(operation) !== undefined
  );
}

function arnByName(operation: string) {
  return named.find(([pattern]) => pattern.test(operation))?.[1];
}

function memberOf(operation: string): string | undefined {
  const members = operationNamed(operation)?.input.getMemberSchemas() ?? {};
  return Object.keys(resources).find((member) => Object.hasOwn(members, member));
}

function arn({ region, accountId }: Location, resource: string): string {
  return `arn:aws:gatehouse:${region}:${accountId}:${resource}`;
}
