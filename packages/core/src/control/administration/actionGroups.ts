/**
 * The groups that the actions of administration are in. Those that write, but `Administration`, are all in `Write`.
 * `UseIdentity` is what agents' code does: it gets credentials by it, so that it is no part of any other.
 */
export const actionGroups = [
  "Read",
  "WriteGateways",
  "WritePolicies",
  "WriteEvaluators",
  "WriteIdentity",
  "WriteRuntimes",
  "Write",
  "UseIdentity",
  "Administration",
] as const;

/** A group of actions, as policies name it. */
export type ActionGroup = (typeof actionGroups)[number];

/**
 * What each group holds, by the operations' names. Every pattern names what it means: an operation that a later version
 * of the SDK brings is in no group until somebody puts it there, and until then only policies about all actions reach it.
 */
const members: readonly (readonly [ActionGroup, RegExp])[] = [
  ["Administration", /(AccessKeys?|AdministrationPolicies)$|^Rotate(Data|Signing)Key$/],
  ["UseIdentity", /^(GetWorkloadAccessToken(ForJWT|ForUserId)?|GetResource(ApiKey|Oauth2Token))$/],
  ["UseIdentity", /^CompleteResourceTokenAuth$/],
  ["Read", /^(Get|List)(?!AccessKeys$|AdministrationPolicies$|WorkloadAccessToken|ResourceApiKey|ResourceOauth2Token)/],
  ["Read", /^(AnalyzePolicies|ExportDecisions)$/],
  ["WriteGateways", /^(Create|Update|Delete)Gateway(Target|RateLimit|Rule)?$/],
  ["WriteGateways", /^(SynchronizeGatewayTargets|BatchPutGatewayRateLimits)$/],
  ["WriteGateways", /^((Tag|Untag)Resource|(Put|Delete)ResourcePolicy|PutGatewaySettings|AcceptToolDrift)$/],
  ["WritePolicies", /^(Create|Update|Delete)Policy(Engine)?$|^StartPolicy(Generation|Replay)$/],
  ["WriteEvaluators", /^(Create|Update|Delete)(Evaluator|OnlineEvaluationConfig|Dataset)$/],
  ["WriteEvaluators", /^(CreateDatasetVersion|(Add|Update|Delete)DatasetExamples)$/],
  // It changes nothing, but what a judge reads and writes is paid for: by those who may have sessions judged at all.
  ["WriteEvaluators", /^Evaluate$/],
  ["WriteIdentity", /^(Create|Update|Delete)(WorkloadIdentity|ConsentPortal)$|^SetTokenVaultCMK$/],
  ["WriteIdentity", /^(Create|Update|Delete)(ApiKey|Oauth2|Payment)CredentialProvider$/],
  ["WriteIdentity", /^RevokeWorkloadAccessTokens$/],
  ["WriteRuntimes", /^(Create|Update|Delete)(AgentRuntime(Endpoint)?|CapacityProvider)$/],
  ["Write", /^(Create|Update|Delete)(Browser(Profile)?|CodeInterpreter|ConfigurationBundle|Memory)$/],
  ["Write", /^(Create|Update|Delete)(Harness(Endpoint)?|Payment(Manager|Connector)|Registry(Record)?)$/],
  ["Write", /^(RotatePaymentConnectorCredentials|SubmitRegistryRecordForApproval|UpdateRegistryRecordStatus)$/],
];

/**
 * What callers of gateways do whose authorizer is AWS_IAM. It is no operation of the control plane and in no group: a policy
 * that is about administration says nothing of it, unless it is about all actions.
 */
export const invokeGateway = "InvokeGateway";

/** What exporters of agents' spans do, which is no operation of the control plane either, and in no group but its own name. */
export const putSpans = "PutSpans";

/** The groups that an operation is in directly: one, as a test makes sure of. */
export function groupsOf(operation: string): readonly ActionGroup[] {
  return members.filter(([, pattern]) => pattern.test(operation)).map(([group]) => group);
}

/** The group that a group is in, if any. */
export function parentOf(group: ActionGroup): ActionGroup | undefined {
  return group.startsWith("Write") && group !== "Write" ? "Write" : undefined;
}
