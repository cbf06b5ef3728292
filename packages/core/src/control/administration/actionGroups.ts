/** The groups that the actions of administration are in. Those that write, but `Administration`, are all in `Write`. */
export const actionGroups = [
  "Read",
  "WriteGateways",
  "WritePolicies",
  "WriteEvaluators",
  "WriteIdentity",
  "WriteRuntimes",
  "Write",
  "Administration",
] as const;

/** A group of actions, as policies name it. */
export type ActionGroup = (typeof actionGroups)[number];

/**
 * What each group holds, by the operations' names. Every pattern names what it means: an operation that a later version
 * of the SDK brings is in no group until somebody puts it there, and until then only policies about all actions reach it.
 */
const members: readonly (readonly [ActionGroup, RegExp])[] = [
  ["Administration", /(AccessKeys?|AdministrationPolicies)$|^RotateDataKey$/],
  ["Read", /^(Get|List)(?!AccessKeys$|AdministrationPolicies$)|^AnalyzePolicies$/],
  ["WriteGateways", /^(Create|Update|Delete)Gateway(Target|RateLimit|Rule)?$/],
  ["WriteGateways", /^(SynchronizeGatewayTargets|BatchPutGatewayRateLimits)$/],
  ["WriteGateways", /^((Tag|Untag)Resource|(Put|Delete)ResourcePolicy|PutGatewaySettings|AcceptToolDrift)$/],
  ["WritePolicies", /^(Create|Update|Delete)Policy(Engine)?$|^StartPolicy(Generation|Replay)$/],
  ["WriteEvaluators", /^(Create|Update|Delete)(Evaluator|OnlineEvaluationConfig|Dataset)$/],
  ["WriteEvaluators", /^(CreateDatasetVersion|(Add|Update|Delete)DatasetExamples)$/],
  ["WriteIdentity", /^(Create|Update|Delete)(WorkloadIdentity|ConsentPortal)$|^SetTokenVaultCMK$/],
  ["WriteIdentity", /^(Create|Update|Delete)(ApiKey|Oauth2|Payment)CredentialProvider$/],
  ["WriteRuntimes", /^(Create|Update|Delete)(AgentRuntime(Endpoint)?|CapacityProvider)$/],
  ["Write", /^(Create|Update|Delete)(Browser(Profile)?|CodeInterpreter|ConfigurationBundle|Memory)$/],
  ["Write", /^(Create|Update|Delete)(Harness(Endpoint)?|Payment(Manager|Connector)|Registry(Record)?)$/],
  ["Write", /^(RotatePaymentConnectorCredentials|SubmitRegistryRecordForApproval|UpdateRegistryRecordStatus)$/],
];

/** The groups that an operation is in directly: one, as a test makes sure of. */
export function groupsOf(operation: string): readonly ActionGroup[] {
  return members.filter(([, pattern]) => pattern.test(operation)).map(([group]) => group);
}

/** The group that a group is in, if any. */
export function parentOf(group: ActionGroup): ActionGroup | undefined {
  return group.startsWith("Write") && group !== "Write" ? "Write" : undefined;
}
