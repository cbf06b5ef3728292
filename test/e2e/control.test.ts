import * as sdk from "@aws-sdk/client-bedrock-agentcore-control";
import {
  BedrockAgentCoreControlClient,
  ConflictException,
  CreateApiKeyCredentialProviderCommand,
  CreateEvaluatorCommand,
  CreateGatewayCommand,
  CreateGatewayTargetCommand,
  CreateOauth2CredentialProviderCommand,
  CreateOnlineEvaluationConfigCommand,
  CreatePolicyCommand,
  CreatePolicyEngineCommand,
  CreateWorkloadIdentityCommand,
  DeleteApiKeyCredentialProviderCommand,
  DeleteEvaluatorCommand,
  DeleteGatewayCommand,
  DeleteGatewayTargetCommand,
  DeleteOauth2CredentialProviderCommand,
  DeleteOnlineEvaluationConfigCommand,
  DeletePolicyCommand,
  DeletePolicyEngineCommand,
  DeleteResourcePolicyCommand,
  DeleteWorkloadIdentityCommand,
  GetApiKeyCredentialProviderCommand,
  GetEvaluatorCommand,
  GetGatewayCommand,
  GetGatewayTargetCommand,
  GetOauth2CredentialProviderCommand,
  GetOnlineEvaluationConfigCommand,
  GetPolicyCommand,
  GetPolicyEngineCommand,
  GetPolicyEngineSummaryCommand,
  GetPolicyGenerationCommand,
  GetPolicyGenerationSummaryCommand,
  GetPolicySummaryCommand,
  GetResourcePolicyCommand,
  GetTokenVaultCommand,
  GetWorkloadIdentityCommand,
  ListApiKeyCredentialProvidersCommand,
  ListEvaluatorsCommand,
  ListGatewaysCommand,
  ListGatewayTargetsCommand,
  ListOauth2CredentialProvidersCommand,
  ListOnlineEvaluationConfigsCommand,
  ListPoliciesCommand,
  ListPolicyEngineSummariesCommand,
  ListPolicyEnginesCommand,
  ListPolicyGenerationAssetsCommand,
  ListPolicyGenerationSummariesCommand,
  ListPolicyGenerationsCommand,
  ListPolicySummariesCommand,
  ListTagsForResourceCommand,
  ListWorkloadIdentitiesCommand,
  PutResourcePolicyCommand,
  paginateListPolicies,
  ResourceNotFoundException,
  SetTokenVaultCMKCommand,
  StartPolicyGenerationCommand,
  SynchronizeGatewayTargetsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateApiKeyCredentialProviderCommand,
  UpdateEvaluatorCommand,
  UpdateGatewayCommand,
  UpdateGatewayTargetCommand,
  UpdateOauth2CredentialProviderCommand,
  UpdateOnlineEvaluationConfigCommand,
  UpdatePolicyCommand,
  UpdatePolicyEngineCommand,
  UpdateWorkloadIdentityCommand,
  ValidationException,
  waitUntilPolicyActive,
  waitUntilPolicyDeleted,
  waitUntilPolicyEngineActive,
  waitUntilPolicyEngineDeleted,
  waitUntilPolicyGenerationCompleted,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { builtOperations } from "@gatehouse/core/control/built.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { roleArn, startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { spawnGatehouse } from "../support/process.ts";
import { startUpstream } from "../support/upstream.ts";

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse[Symbol.asyncDispose]());

const waiting = (client: BedrockAgentCoreControlClient) => ({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 });

/** Every operation on agents, credential providers and the vault. */
async function driveIdentity(client: BedrockAgentCoreControlClient): Promise<void> {
  const name = "driven";
  await client.send(new CreateWorkloadIdentityCommand({ name }));
  const allowedResourceOauth2ReturnUrls = ["https://app.example.com/done"];
  await client.send(new UpdateWorkloadIdentityCommand({ name, allowedResourceOauth2ReturnUrls }));
  expect(await client.send(new GetWorkloadIdentityCommand({ name }))).toMatchObject({
    allowedResourceOauth2ReturnUrls,
  });
  expect((await client.send(new ListWorkloadIdentitiesCommand({}))).workloadIdentities).toMatchObject([{ name }]);

  await client.send(new CreateApiKeyCredentialProviderCommand({ name, apiKey: "first-key" }));
  await client.send(new UpdateApiKeyCredentialProviderCommand({ name, apiKey: "second-key" }));
  const key = await client.send(new GetApiKeyCredentialProviderCommand({ name }));
  expect(JSON.stringify(key)).not.toMatch(/(first|second)-key/);
  const keys = await client.send(new ListApiKeyCredentialProvidersCommand({}));
  expect(keys.credentialProviders).toMatchObject([{ name }]);

  const credentialProviderVendor = "GithubOauth2" as const;
  const oauth2ProviderConfigInput = {
    githubOauth2ProviderConfig: { clientId: "a-client", clientSecret: "a-secret-of-a-client" },
  };
  const provider = { name, credentialProviderVendor, oauth2ProviderConfigInput };
  await client.send(new CreateOauth2CredentialProviderCommand(provider));
  await client.send(new UpdateOauth2CredentialProviderCommand(provider));
  const stored = await client.send(new GetOauth2CredentialProviderCommand({ name }));
  expect(stored).toMatchObject({ name, credentialProviderVendor, status: "READY" });
  expect(JSON.stringify(stored)).not.toContain("a-secret-of-a-client");
  const providers = await client.send(new ListOauth2CredentialProvidersCommand({}));
  expect(providers.credentialProviders).toMatchObject([{ name }]);

  const { tokenVaultId, kmsConfiguration } = await client.send(new GetTokenVaultCommand({}));
  expect(await client.send(new SetTokenVaultCMKCommand({ tokenVaultId, kmsConfiguration }))).toMatchObject({
    tokenVaultId,
    kmsConfiguration,
  });

  await client.send(new DeleteOauth2CredentialProviderCommand({ name }));
  await client.send(new DeleteApiKeyCredentialProviderCommand({ name }));
  await client.send(new DeleteWorkloadIdentityCommand({ name }));
  await expect(client.send(new GetWorkloadIdentityCommand({ name }))).rejects.toThrow(ResourceNotFoundException);
}

/** Every operation on evaluators and online evaluations. */
async function driveEvaluation(client: BedrockAgentCoreControlClient): Promise<void> {
  const ratingScale = {
    categorical: [
      { label: "Yes", definition: "It was polite." },
      { label: "No", definition: "It wasn't." },
    ],
  };
  const modelConfig = { bedrockEvaluatorModelConfig: { modelId: "a-model" } };
  const llmAsAJudge = { instructions: "Was it polite? {assistant_turn}", ratingScale, modelConfig };
  const settings = { evaluatorName: "driven", level: "TRACE", evaluatorConfig: { llmAsAJudge } } as const;
  const { evaluatorId = "" } = await client.send(new CreateEvaluatorCommand(settings));
  await client.send(new UpdateEvaluatorCommand({ evaluatorId, description: "Driven by a test" }));
  expect(await client.send(new GetEvaluatorCommand({ evaluatorId }))).toMatchObject({
    ...settings,
    description: "Driven by a test",
  });
  const { evaluators } = await client.send(new ListEvaluatorsCommand({}));
  expect(evaluators?.at(-1)).toMatchObject({ evaluatorId, evaluatorType: "Custom" });
  expect(evaluators?.[0]).toMatchObject({ evaluatorType: "Builtin" });

  const { onlineEvaluationConfigId } = await client.send(
    new CreateOnlineEvaluationConfigCommand({
      onlineEvaluationConfigName: "driven",
      rule: { samplingConfig: { samplingPercentage: 10 } },
      dataSourceConfig: { cloudWatchLogs: { logGroupNames: ["/agents"], serviceNames: ["driven-agent"] } },
      evaluators: [{ evaluatorId }],
      evaluationExecutionRoleArn: roleArn,
      enableOnCreate: true,
    }),
  );
  const online = { onlineEvaluationConfigId };
  const { onlineEvaluationConfigs } = await client.send(new ListOnlineEvaluationConfigsCommand({}));
  expect(onlineEvaluationConfigs).toMatchObject([{ onlineEvaluationConfigId, executionStatus: "ENABLED" }]);
  await expect(client.send(new DeleteEvaluatorCommand({ evaluatorId }))).rejects.toThrow(ConflictException);
  await client.send(new UpdateOnlineEvaluationConfigCommand({ ...online, executionStatus: "DISABLED" }));
  expect(await client.send(new GetOnlineEvaluationConfigCommand(online))).toMatchObject({
    evaluators: [{ evaluatorId }],
    executionStatus: "DISABLED",
  });
  await client.send(new DeleteOnlineEvaluationConfigCommand(online));
  await client.send(new DeleteEvaluatorCommand({ evaluatorId }));
}

test("every operation that is built does its work for the official JavaScript client", async () => {
  const { control: client, host } = gatehouse;
  const used = new Set<string>();
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      (args) => {
        used.add(commandName.replace(/Command$/, ""));
        return next(args);
      },
    { step: "initialize", name: "used" },
  );
  await using upstream = await startUpstream();

  const settings = {
    name: "driven",
    roleArn,
    authorizerType: "CUSTOM_JWT" as const,
    protocolType: "MCP" as const,
    authorizerConfiguration: {
      customJWTAuthorizer: {
        discoveryUrl: `${host.idp.issuer}/.well-known/openid-configuration`,
        allowedAudience: ["driven"],
      },
    },
  };
  const gateway = await client.send(new CreateGatewayCommand({ ...settings, tags: { made: "here" } }));
  const { gatewayId: gatewayIdentifier, gatewayArn: resourceArn } = gateway;
  expect(gateway.gatewayArn).toMatch(/^arn:aws:bedrock-agentcore:us-east-1:\d{12}:gateway\/driven-[a-z0-9]{10}$/);
  expect(await client.send(new GetGatewayCommand({ gatewayIdentifier }))).toMatchObject({ status: "READY" });
  expect((await client.send(new ListGatewaysCommand({}))).items).toMatchObject([{ gatewayId: gatewayIdentifier }]);

  const target = await client.send(
    new CreateGatewayTargetCommand({
      gatewayIdentifier,
      name: "Up",
      targetConfiguration: { mcp: { mcpServer: { endpoint: upstream.endpoint } } },
    }),
  );
  expect(target.status).toBe("CREATING");
  await host.idle();
  const { targetId } = target;
  const getTarget = () => client.send(new GetGatewayTargetCommand({ gatewayIdentifier, targetId }));
  expect(await getTarget()).toMatchObject({ status: "READY" });
  const synchronize = new SynchronizeGatewayTargetsCommand({ gatewayIdentifier, targetIdList: [targetId ?? ""] });
  expect((await client.send(synchronize)).targets).toMatchObject([{ status: "SYNCHRONIZING" }]);
  await host.idle();
  expect(await getTarget()).toMatchObject({ status: "READY" });
  const { targetConfiguration } = target;
  const renamed = { gatewayIdentifier, targetId, name: "Renamed", targetConfiguration };
  expect(await client.send(new UpdateGatewayTargetCommand(renamed))).toMatchObject({ status: "UPDATING" });
  await host.idle();
  expect((await client.send(new ListGatewayTargetsCommand({ gatewayIdentifier }))).items).toMatchObject([
    { name: "Renamed", status: "READY" },
  ]);

  const engine = await client.send(new CreatePolicyEngineCommand({ name: "driven" }));
  const { policyEngineId, policyEngineArn } = engine;
  await waitUntilPolicyEngineActive(waiting(client), { policyEngineId });
  const description = { optionalValue: "Driven by a test" };
  await client.send(new UpdatePolicyEngineCommand({ policyEngineId, description }));
  expect(await client.send(new GetPolicyEngineCommand({ policyEngineId }))).toMatchObject({
    description: "Driven by a test",
  });
  const summary = await client.send(new GetPolicyEngineSummaryCommand({ policyEngineId }));
  expect(summary).toMatchObject({ policyEngineArn, status: "ACTIVE" });
  expect(summary).not.toHaveProperty("description");
  const enginesListed = [{ policyEngineId }];
  expect((await client.send(new ListPolicyEnginesCommand({}))).policyEngines).toMatchObject(enginesListed);
  expect((await client.send(new ListPolicyEngineSummariesCommand({}))).policyEngines).toMatchObject(enginesListed);

  const permit = (scope: string) => ({ cedar: { statement: `permit(principal, action, resource == ${scope});` } });
  const definition = permit(`AgentCore::Gateway::"${resourceArn}"`);
  const all = { policyEngineId, name: "all", definition };
  expect(await client.send(new CreatePolicyCommand(all))).toMatchObject({
    status: "CREATE_FAILED",
    statusReasons: [expect.stringContaining("ALLOW_ALL"), expect.stringContaining("IGNORE_ALL_FINDINGS")],
  });
  const meant = { ...all, name: "meant", validationMode: "IGNORE_ALL_FINDINGS" as const };
  const { policyId } = await client.send(new CreatePolicyCommand(meant));
  await waitUntilPolicyActive(waiting(client), { policyEngineId, policyId });
  await client.send(new UpdatePolicyCommand({ policyEngineId, policyId, description }));
  expect(await client.send(new GetPolicyCommand({ policyEngineId, policyId }))).toMatchObject({ definition });
  expect(await client.send(new GetPolicySummaryCommand({ policyEngineId, policyId }))).not.toHaveProperty("definition");
  const summaries = new ListPolicySummariesCommand({ policyEngineId });
  expect((await client.send(summaries)).policies).toMatchObject([{ name: "all" }, { policyId }]);
  const here = new ListPoliciesCommand({ policyEngineId, targetResourceScope: resourceArn });
  const [failed] = (await client.send(here)).policies ?? [];
  await client.send(new DeletePolicyCommand({ policyEngineId, policyId: failed?.policyId }));
  expect((await client.send(here)).policies).toMatchObject([{ policyId }]);
  const elsewhere = new ListPoliciesCommand({ policyEngineId, targetResourceScope: `${resourceArn}-other` });
  expect((await client.send(elsewhere)).policies).toEqual([]);

  const content = { rawText: "Allow everyone to use all tools. Never use the echo tool on weekends." };
  const words = { policyEngineId, name: "words", resource: { arn: resourceArn ?? "" }, content };
  const { policyGenerationId } = await client.send(new StartPolicyGenerationCommand(words));
  await waitUntilPolicyGenerationCompleted(waiting(client), { policyEngineId, policyGenerationId });
  const generation = { policyEngineId, policyGenerationId };
  const generated = await client.send(new GetPolicyGenerationCommand(generation));
  expect(generated).toMatchObject({ status: "GENERATED", findings: "VALID: 1, ALLOW_ALL: 1, NOT_TRANSLATABLE: 1" });
  const generationSummary = await client.send(new GetPolicyGenerationSummaryCommand(generation));
  expect(generationSummary).not.toHaveProperty("statusReasons");
  const { policyGenerationAssets } = await client.send(new ListPolicyGenerationAssetsCommand(generation));
  expect(policyGenerationAssets?.map(({ rawTextFragment }) => rawTextFragment)).toEqual([
    "Allow everyone to use all tools.",
    "Never use the echo tool on weekends.",
  ]);
  const generationsListed = [{ policyGenerationId, name: "words" }];
  const generations = await client.send(new ListPolicyGenerationsCommand({ policyEngineId }));
  expect(generations.policyGenerations).toMatchObject(generationsListed);
  const generationSummaries = await client.send(new ListPolicyGenerationSummariesCommand({ policyEngineId }));
  expect(generationSummaries.policyGenerations).toMatchObject(generationsListed);

  const policyEngineConfiguration = { arn: policyEngineArn, mode: "ENFORCE" as const };
  await client.send(new UpdateGatewayCommand({ gatewayIdentifier, ...settings, policyEngineConfiguration }));
  await expect(client.send(new DeletePolicyEngineCommand({ policyEngineId }))).rejects.toThrow(ConflictException);
  await expect(client.send(new DeleteGatewayCommand({ gatewayIdentifier }))).rejects.toThrow(ConflictException);

  await client.send(new TagResourceCommand({ resourceArn, tags: { team: "test" } }));
  await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ["made"] }));
  expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ team: "test" });

  const statement = { Effect: "Allow", Principal: "*", Action: "bedrock-agentcore:*", Resource: resourceArn };
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  await client.send(new PutResourcePolicyCommand({ resourceArn, policy }));
  expect((await client.send(new GetResourcePolicyCommand({ resourceArn }))).policy).toBe(policy);
  await client.send(new DeleteResourcePolicyCommand({ resourceArn }));

  await client.send(new DeleteGatewayTargetCommand({ gatewayIdentifier, targetId }));
  await client.send(new DeleteGatewayCommand({ gatewayIdentifier }));
  await client.send(new DeletePolicyCommand({ policyEngineId, policyId }));
  await waitUntilPolicyDeleted(waiting(client), { policyEngineId, policyId });
  await client.send(new DeletePolicyEngineCommand({ policyEngineId }));
  await waitUntilPolicyEngineDeleted(waiting(client), { policyEngineId });

  await driveIdentity(client);
  await driveEvaluation(client);

  client.middlewareStack.remove("used");
  const built = builtOperations().filter((name) => `${name}Command` in sdk);
  expect([...used].sort()).toEqual(built.sort());
});

test("UpdateGateway changes every setting of a gateway, and takes away what it leaves out", async () => {
  const { control: client, host } = gatehouse;
  const discoveryUrl = `${host.idp.issuer}/.well-known/openid-configuration`;
  const authorizer = (allowedAudience: string[]) => ({ customJWTAuthorizer: { discoveryUrl, allowedAudience } });
  const { gatewayId: gatewayIdentifier } = await client.send(
    new CreateGatewayCommand({
      name: "before",
      description: "Before",
      roleArn,
      authorizerType: "CUSTOM_JWT",
      authorizerConfiguration: authorizer(["before"]),
      protocolConfiguration: { mcp: { searchType: "SEMANTIC", instructions: "Before" } },
      exceptionLevel: "DEBUG",
    }),
  );
  const changed = {
    name: "after",
    roleArn: `${roleArn}-after`,
    authorizerType: "CUSTOM_JWT" as const,
    authorizerConfiguration: authorizer(["after"]),
    protocolConfiguration: { mcp: { instructions: "After" } },
  };
  await client.send(new UpdateGatewayCommand({ gatewayIdentifier, ...changed }));
  const read = await client.send(new GetGatewayCommand({ gatewayIdentifier }));
  expect(read).toMatchObject(changed);
  expect(read.protocolConfiguration).toEqual({ mcp: { instructions: "After" } });
  expect([read.description, read.exceptionLevel]).toEqual([undefined, undefined]);
  await client.send(new DeleteGatewayCommand({ gatewayIdentifier }));
});

test("every field that is wrong is named", async () => {
  const { control: client } = gatehouse;
  const wrong = new CreateGatewayCommand({
    name: "no spaces allowed",
    roleArn: "not an ARN",
    authorizerType: "MAYBE" as "NONE",
    description: "",
    tags: { "<": "fine", fine: ">" },
  });
  const error = await client.send(wrong).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ValidationException);
  const { reason, fieldList = [] } = error as ValidationException;
  expect(reason).toBe("FieldValidationFailed");
  expect(fieldList.map(({ name }) => name).sort()).toEqual([
    "authorizerType",
    "description",
    "name",
    "roleArn",
    "tags.<",
    "tags.fine",
  ]);
});

test("a page of every list leads to the next", async () => {
  const { control: client } = gatehouse;
  const { policyEngineId } = await client.send(new CreatePolicyEngineCommand({ name: "paged" }));
  const names = Array.from({ length: 7 }, (_, index) => `policy_${index}`);
  const definition = { cedar: { statement: "forbid(principal, action, resource) when { false };" } };
  for (const name of names) await client.send(new CreatePolicyCommand({ policyEngineId, name, definition }));
  const seen: (string | undefined)[] = [];
  for await (const { policies = [] } of paginateListPolicies({ client, pageSize: 2 }, { policyEngineId })) {
    expect(policies.length).toBeLessThanOrEqual(2);
    seen.push(...policies.map(({ name }) => name));
  }
  expect(seen.sort()).toEqual(names);
});

test("the account and the region of ARNs are the operator's", async () => {
  // With a database of its own, not the one that the Gatehouse in this process has put into the environment.
  const place = { AWS_REGION: "eu-west-1", GATEHOUSE_ACCOUNT_ID: "123456789012", AWS_ENDPOINT_URL_DYNAMODB: "" };
  const elsewhere = await spawnGatehouse(":memory:", place);
  try {
    const client = (region: string) =>
      new BedrockAgentCoreControlClient({ endpoint: elsewhere.url, region, credentials: elsewhere.administrator });
    const [there, here] = [client("eu-west-1"), client("us-east-1")];
    const engine = await there.send(new CreatePolicyEngineCommand({ name: "elsewhere" }));
    expect(engine.policyEngineArn).toContain("arn:aws:bedrock-agentcore:eu-west-1:123456789012:policy-engine/");
    // The insurance example's gateway has been set up there, too.
    expect((await there.send(new ListGatewaysCommand({}))).items).toHaveLength(1);
    await expect(here.send(new ListGatewaysCommand({}))).rejects.toMatchObject({ name: "InvalidSignatureException" });
  } finally {
    await elsewhere.kill();
  }
});
