import type { OperationName } from "./operationTypes.ts";

const gatewaySettings =
  "`CUSTOM_JWT` needs at least one check beside the issuer, and every other `authorizerType` comes without a configuration; " +
  "`AWS_IAM` and `AUTHENTICATE_ONLY` take signatures of Gatehouse's access keys (docs/callers.md); `kmsKeyArn`, " +
  "private endpoints and `allowedWorkloadConfiguration` are refused; `roleArn` signs requests to targets, on AWS " +
  "(docs/deploy.md), and Lambda functions are called without it; `supportedVersions` and `sessionConfiguration` " +
  "are kept, without effect; responses are streamed unless `streamingConfiguration` says no";
const targetSettings =
  "kinds `lambda`, `mcpServer`, `openApiSchema`, `apiGateway` and `smithyModel`, with the credentials that AgentCore lets each have, but for " +
  "`CALLER_IAM_CREDENTIALS` and `JWT_PASSTHROUGH`; the credential provider must be there; an MCP server that lists its tools for users alone " +
  "needs `mcpToolSchema`: there is no `CREATE_PENDING_AUTH`; with `DYNAMIC` listing, tools " +
  "that are new at the target are offered once it is synchronised and they are approved; " +
  "private endpoints are refused; `metadataConfiguration` can't name credentials, nor headers of the protocol; tools that hide something or can be mistaken for others are refused";
const policySettings =
  "Cedar statements, or what a policy generation has written; what the solver can't decide is no finding, and stands in " +
  "`statusReasons`";
const secretsHere =
  "the secret is kept in Gatehouse's vault: the ARN of it in Secrets Manager names it, and there is nothing behind it; " +
  "secrets that are kept elsewhere (`EXTERNAL`) are refused";
const oauth2Settings = `\`READY\` at once; ${secretsHere}; \`AWS_IAM_ID_TOKEN_JWT\` is a JWT signed by a key of the deployment; \`PRIVATE_KEY_JWT\` and private endpoints are refused`;
const returnUrls =
  "return addresses must use `https`, `http` on loopback, or an app's own scheme with a dot in it (RFC 8252)";
const vaultKey = "the key is the one that the deployment has; another can't be set";
const evaluatorSettings =
  "`ACTIVE` at once; a model is named by `bedrockEvaluatorModelConfig`, whose `inferenceConfig` is kept, without effect: judges answer at " +
  "temperature 0; `derived` is of a built-in evaluator that a model judges; `additionalModelRequestFields`, `responsesEvaluatorModelConfig` and `kmsKeyArn` are " +
  "refused; instructions have at " +
  "most 20,000 characters, and no placeholder but those of their level; a scale has from 2 to 50 labels, which differ not only in case";
const onlineSettings =
  "`ACTIVE` at once; `serviceNames` names the agent, by what its spans in Gatehouse's ledger say; `logGroupNames` and `evaluationExecutionRoleArn` are kept, " +
  "without effect, and `logGroupNames` can be left out; `logGroupNamePrefixes`, `outputConfig`, `insights` and `clusteringConfig` are refused; evaluators that need " +
  "reference inputs are refused; a filter that compares what is more or less takes no `booleanValue`";
const gatewaysOnly = "of gateways only";
const tagged =
  "of gateways, policy engines, workload identities, credential providers, evaluators and online evaluations";

/**
 * How operations that are built differ from AgentCore's, in a few words, for `docs/agentcore.md`. An operation that is
 * built and not here works as AgentCore's does.
 */
export const differences: Readonly<Partial<Record<OperationName, string>>> = {
  CreateGateway: `\`READY\` at once; ${gatewaySettings}`,
  UpdateGateway: `\`READY\` at once; every setting can be changed, the name and the authorizer too; ${gatewaySettings}; \`wafConfiguration\` and \`customTransformConfiguration\` are refused`,
  DeleteGateway: "gone when the answer, which says `DELETING`, arrives",
  CreateGatewayTarget: `a Lambda target with an inline schema is \`READY\` at once; ${targetSettings}`,
  UpdateGatewayTarget: `a Lambda target with an inline schema is \`READY\` at once; a target can become one of another kind; ${targetSettings}`,
  DeleteGatewayTarget: "gone when the answer, which says `DELETING`, arrives",
  SynchronizeGatewayTargets:
    "of every target but Lambda functions with an inline schema; new and changed tools wait for a review (docs/targets.md)",
  CreatePolicyEngine: "`ACTIVE` at once; `encryptionKeyArn` is refused",
  UpdatePolicyEngine: "`ACTIVE` at once",
  DeletePolicyEngine: "gone when the answer, which says `DELETING`, arrives",
  CreatePolicy: `\`ACTIVE\` or \`CREATE_FAILED\` at once; ${policySettings}`,
  UpdatePolicy: `at once; a statement with findings is refused and the one in force stays; ${policySettings}`,
  DeletePolicy: "gone when the answer, which says `DELETING`, arrives",
  StartPolicyGeneration:
    "without a model, policies are written by rules that translate a sentence wholly or not at all (docs/author.md)",
  ListPolicyGenerationAssets: "all on one page",
  ListPolicies: "with `targetResourceScope`, a page may be short or empty",
  ListPolicySummaries: "with `targetResourceScope`, a page may be short or empty",
  CreateWorkloadIdentity: `${returnUrls}; the id of a gateway can't be a name`,
  UpdateWorkloadIdentity: returnUrls,
  CreateApiKeyCredentialProvider: `${secretsHere}; a key is printable ASCII`,
  UpdateApiKeyCredentialProvider: `${secretsHere}; a key is printable ASCII`,
  CreateOauth2CredentialProvider: oauth2Settings,
  UpdateOauth2CredentialProvider: `${oauth2Settings}; the secret is asked for every time`,
  GetTokenVault: "one vault, `default`; `ServiceManagedKey` on one machine, the key of the deployment on AWS",
  SetTokenVaultCMK: vaultKey,
  CreateEvaluator: evaluatorSettings,
  UpdateEvaluator: evaluatorSettings,
  GetEvaluator:
    "of built-in evaluators, those that a model judges have an `evaluatorConfig`, whose `modelId` is the name of the deployment's own setting; the others have none",
  DeleteEvaluator: "gone when the answer, which says `DELETING`, arrives",
  CreateOnlineEvaluationConfig: onlineSettings,
  UpdateOnlineEvaluationConfig: onlineSettings,
  DeleteOnlineEvaluationConfig: "gone when the answer, which says `DELETING`, arrives",
  ListTagsForResource: tagged,
  TagResource: tagged,
  UntagResource: tagged,
  GetResourcePolicy: gatewaysOnly,
  PutResourcePolicy: `${gatewaysOnly}; \`Effect\`, \`Principal\`, \`Action\` and \`Resource\` are evaluated, what else a statement can say is refused`,
  DeleteResourcePolicy: gatewaysOnly,
};
