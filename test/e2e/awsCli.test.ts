import {
  CreatePolicyCommand,
  CreatePolicyEngineCommand,
  DeleteGatewayCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AwsCli, awsCli, cliNameOf, runAws, startAws } from "../support/awsCli.ts";
import { roleArn, startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { type BareEnvironment, bareEnvironment, findAwsCli } from "../support/python.ts";
import { startUpstream } from "../support/upstream.ts";

const tool = await findAwsCli();

const greeting = "Grüße, 門番 🛡️";

// Each command takes a while: what doesn't depend on each other runs side by side.
describe.skipIf(tool.skipped)(`the AWS CLI${tool.skipped}`, { timeout: 240_000 }, () => {
  let gatehouse: TestGatehouse;
  let bare: BareEnvironment;
  let environment: NodeJS.ProcessEnv;
  let endpoint: readonly string[];
  let commands: Awaited<ReturnType<typeof startAws>>;
  let aws: AwsCli;
  beforeAll(async () => {
    gatehouse = await startGatehouse();
    bare = await bareEnvironment();
    commands = await startAws(bare.variables);
    const { region, administrator, url } = gatehouse.host;
    environment = {
      ...bare.variables,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: administrator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: administrator.secretAccessKey,
    };
    endpoint = ["--endpoint-url", url];
    aws = awsCli(commands.run, environment, ...endpoint);
  });
  afterAll(async () => {
    commands[Symbol.dispose]();
    await bare[Symbol.asyncDispose]();
    await gatehouse[Symbol.asyncDispose]();
  });

  /** What the CLI says where the service refuses a command. */
  async function refusal(...command: Parameters<AwsCli["ended"]>): Promise<string> {
    const { code, stderr } = await aws.ended(...command);
    expect(code).toSatisfy(isServiceError);
    return stderr.trim();
  }

  /** An engine with policies, made by another client. */
  async function engineWith(engine: string, statements: Record<string, string>) {
    const { policyEngineId = "" } = await gatehouse.control.send(new CreatePolicyEngineCommand({ name: engine }));
    const policies: Record<string, string | undefined> = {};
    for (const [name, statement] of Object.entries(statements)) {
      const policy = new CreatePolicyCommand({ policyEngineId, name, definition: { cedar: { statement } } });
      policies[name] = (await gatehouse.control.send(policy)).policyId;
    }
    return { policyEngineId, policies };
  }

  /** Every operation on gateways, targets, tags and resource policies. */
  async function driveGateways(upstream: string): Promise<void> {
    const { host } = gatehouse;
    const discoveryUrl = `${host.idp.issuer}/.well-known/openid-configuration`;
    const settings = {
      name: "driven",
      description: greeting,
      roleArn,
      authorizerType: "CUSTOM_JWT",
      authorizerConfiguration: { customJWTAuthorizer: { discoveryUrl, allowedAudience: ["driven"] } },
    };
    const created = await aws.answer`create-gateway --cli-input-json ${{ ...settings, tags: { made: "here" } }}`;
    const { gatewayId: id, gatewayArn: arn } = created;
    expect(created).toMatchObject({ ...settings, status: "READY" });
    const [read, { items }] = await Promise.all([
      aws.answer`get-gateway --gateway-identifier ${id}`,
      aws.answer`list-gateways`,
      driveTags(arn),
    ]);
    expect(read).toEqual(created);
    expect(read.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
    expect(items).toMatchObject([{ gatewayId: id, description: greeting }]);

    const server = { mcp: { mcpServer: { endpoint: upstream } } };
    const target =
      await aws.answer`create-gateway-target --gateway-identifier ${id} --name Up --target-configuration ${server}`;
    expect(target).toMatchObject({ gatewayArn: arn, status: "CREATING" });
    const { targetId } = target;
    await host.idle();
    const ready = await aws.answer`get-gateway-target --gateway-identifier ${id} --target-id ${targetId}`;
    expect(ready).toMatchObject({ status: "READY", targetConfiguration: server });
    const { targets } =
      await aws.answer`synchronize-gateway-targets --gateway-identifier ${id} --target-id-list ${targetId}`;
    expect(targets).toMatchObject([{ targetId, status: "SYNCHRONIZING" }]);
    await host.idle();
    const shorthand = `mcp={mcpServer={endpoint=${upstream}}}`;
    const updating =
      await aws.answer`update-gateway-target --gateway-identifier ${id} --target-id ${targetId} --name Renamed --target-configuration ${shorthand}`;
    expect(updating).toMatchObject({ status: "UPDATING", targetConfiguration: server });
    await host.idle();
    const { items: listed } = await aws.answer`list-gateway-targets --gateway-identifier ${id}`;
    expect(listed).toMatchObject([{ name: "Renamed", status: "READY" }]);

    const authorizer = `customJWTAuthorizer={discoveryUrl=${discoveryUrl},allowedAudience=[driven]}`;
    const renamed =
      await aws.answer`update-gateway --gateway-identifier ${id} --name renamed --role-arn ${roleArn} --authorizer-type CUSTOM_JWT --authorizer-configuration ${authorizer}`;
    expect(renamed).toMatchObject({ name: "renamed", authorizerConfiguration: settings.authorizerConfiguration });
    expect(renamed).not.toHaveProperty("description");

    const targetGone = await aws.answer`delete-gateway-target --gateway-identifier ${id} --target-id ${targetId}`;
    expect(targetGone).toMatchObject({ targetId, status: "DELETING" });
    const gone = await aws.answer`delete-gateway --gateway-identifier ${id}`;
    expect(gone).toMatchObject({ gatewayId: id, status: "DELETING" });
  }

  /** The operations that have an ARN in their path, with its colons and its slash encoded, or answer without a body. */
  async function driveTags(arn: unknown): Promise<void> {
    const tags = { "team +/=@": "a b+c/d=@:", kept: "" };
    expect(await aws.answer`tag-resource --resource-arn ${arn} --tags ${tags}`).toEqual({});
    expect(await aws.answer`untag-resource --resource-arn ${arn} --tag-keys made ${"team +/=@"}`).toEqual({});
    expect(await aws.answer`list-tags-for-resource --resource-arn ${arn}`).toEqual({ tags: { kept: "" } });
    const statement = { Effect: "Allow", Principal: "*", Action: "bedrock-agentcore:*", Resource: arn };
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    expect(await aws.answer`put-resource-policy --resource-arn ${arn} --policy ${policy}`).toEqual({ policy });
    expect(await aws.answer`get-resource-policy --resource-arn ${arn}`).toEqual({ policy });
    expect(await aws.answer`delete-resource-policy --resource-arn ${arn}`).toEqual({});
  }

  /** Every operation on policy engines and policies, and every waiter. */
  async function drivePolicies(): Promise<void> {
    const engine = await aws.answer`create-policy-engine --name driven --description ${greeting} --tags made=here`;
    const { policyEngineId: id, policyEngineArn } = engine;
    expect(engine).toMatchObject({ status: "ACTIVE", description: greeting });
    await aws.answer`wait policy-engine-active --policy-engine-id ${id}`;
    const [changed, summary, listed, summaries] = await Promise.all([
      aws.answer`update-policy-engine --policy-engine-id ${id} --description ${{ optionalValue: "Changed" }}`,
      aws.answer`get-policy-engine-summary --policy-engine-id ${id}`,
      aws.answer`list-policy-engines`,
      aws.answer`list-policy-engine-summaries`,
    ]);
    expect(summary).toMatchObject({ policyEngineArn, status: "ACTIVE" });
    expect(summary).not.toHaveProperty("description");
    expect(listed.policyEngines).toMatchObject([{ policyEngineId: id }]);
    expect(summaries.policyEngines).toMatchObject([{ policyEngineId: id }]);
    expect(await aws.answer`get-policy-engine --policy-engine-id ${id}`).toEqual(changed);
    expect(changed).toMatchObject({ description: "Changed" });

    // Several lines, and text outside of ASCII, in what is decided by.
    const definition = { cedar: { statement: `forbid(principal, action, resource)\nwhen { "${greeting}" == "" };` } };
    const policy = await aws.answer`create-policy --policy-engine-id ${id} --name nobody --definition ${definition}`;
    const { policyId } = policy;
    expect(policy).toMatchObject({ status: "ACTIVE", definition });
    await aws.answer`wait policy-active --policy-engine-id ${id} --policy-id ${policyId}`;
    const described =
      await aws.answer`update-policy --policy-engine-id ${id} --policy-id ${policyId} --description ${"optionalValue=Changed"}`;
    expect(described).toMatchObject({ description: "Changed", definition });
    const gateway = String(policyEngineArn).replace("policy-engine/", "gateway/");
    const [read, policySummary, policies, policySummaries] = await Promise.all([
      aws.answer`get-policy --policy-engine-id ${id} --policy-id ${policyId}`,
      aws.answer`get-policy-summary --policy-engine-id ${id} --policy-id ${policyId}`,
      aws.answer`list-policies --policy-engine-id ${id} --target-resource-scope ${gateway}`,
      aws.answer`list-policy-summaries --policy-engine-id ${id}`,
    ]);
    expect(read).toEqual(described);
    expect(policySummary).not.toHaveProperty("definition");
    expect(policies.policies).toMatchObject([{ policyId, definition }]);
    expect(policySummaries.policies).toMatchObject([{ policyId }]);

    const { id: gatewayIdentifier, arn: resource } = await gatehouse.createGateway();
    const content = { rawText: "Be nice." };
    const { policyGenerationId: words } =
      await aws.answer`start-policy-generation --policy-engine-id ${id} --name words --resource ${{ arn: resource }} --content ${content}`;
    await aws.answer`wait policy-generation-completed --policy-engine-id ${id} --policy-generation-id ${words}`;
    const [generation, generationSummary, assets, generations, generationSummaries] = await Promise.all([
      aws.answer`get-policy-generation --policy-engine-id ${id} --policy-generation-id ${words}`,
      aws.answer`get-policy-generation-summary --policy-engine-id ${id} --policy-generation-id ${words}`,
      aws.answer`list-policy-generation-assets --policy-engine-id ${id} --policy-generation-id ${words}`,
      aws.answer`list-policy-generations --policy-engine-id ${id}`,
      aws.answer`list-policy-generation-summaries --policy-engine-id ${id}`,
    ]);
    expect(generation).toMatchObject({ name: "words", status: "GENERATED", findings: "NOT_TRANSLATABLE: 1" });
    expect(generationSummary).not.toHaveProperty("statusReasons");
    expect(assets.policyGenerationAssets).toMatchObject([{ rawTextFragment: "Be nice." }]);
    expect(generations.policyGenerations).toMatchObject([{ policyGenerationId: words }]);
    expect(generationSummaries.policyGenerations).toMatchObject([{ policyGenerationId: words }]);

    await gatehouse.control.send(new DeleteGatewayCommand({ gatewayIdentifier }));

    const policyGone = await aws.answer`delete-policy --policy-engine-id ${id} --policy-id ${policyId}`;
    expect(policyGone).toMatchObject({ status: "DELETING" });
    await aws.answer`wait policy-deleted --policy-engine-id ${id} --policy-id ${policyId}`;
    const engineGone = await aws.answer`delete-policy-engine --policy-engine-id ${id}`;
    expect(engineGone).toMatchObject({ status: "DELETING" });
    await aws.answer`wait policy-engine-deleted --policy-engine-id ${id}`;
  }

  /** Every operation on agents, credential providers and the vault. */
  async function driveIdentity(): Promise<void> {
    const url = "https://app.example/done";
    const agent =
      await aws.answer`create-workload-identity --name driven --allowed-resource-oauth2-return-urls ${[url]}`;
    expect(await aws.answer`get-workload-identity --name driven`).toMatchObject(agent);
    await aws.answer`update-workload-identity --name driven`;
    const { workloadIdentities } = await aws.answer`list-workload-identities`;
    expect(workloadIdentities).toMatchObject([{ name: "driven" }]);
    await aws.answer`delete-workload-identity --name driven`;

    await aws.answer`create-api-key-credential-provider --name driven --api-key ${"a key"}`;
    await aws.answer`update-api-key-credential-provider --name driven --api-key ${"another key"}`;
    const key = await aws.answer`get-api-key-credential-provider --name driven`;
    expect((await aws.answer`list-api-key-credential-providers`).credentialProviders).toMatchObject([
      { credentialProviderArn: key.credentialProviderArn },
    ]);
    await aws.answer`delete-api-key-credential-provider --name driven`;

    const config = { githubOauth2ProviderConfig: { clientId: "driven", clientSecret: "a secret" } };
    const made =
      await aws.answer`create-oauth2-credential-provider --name driven --credential-provider-vendor GithubOauth2 --oauth2-provider-config-input ${config}`;
    await aws.answer`update-oauth2-credential-provider --name driven --credential-provider-vendor GithubOauth2 --oauth2-provider-config-input ${config}`;
    const client = await aws.answer`get-oauth2-credential-provider --name driven`;
    expect(client.callbackUrl).toBe(made.callbackUrl);
    expect((await aws.answer`list-oauth2-credential-providers`).credentialProviders).toMatchObject([
      { name: "driven" },
    ]);
    await aws.answer`delete-oauth2-credential-provider --name driven`;
    expect(JSON.stringify([key, made, client])).not.toMatch(/another key|a secret/);

    const vault = await aws.answer`get-token-vault`;
    expect(await aws.answer`set-token-vault-cmk --kms-configuration ${{ keyType: "ServiceManagedKey" }}`).toEqual(
      vault,
    );
  }

  /** Every operation on evaluators and online evaluations. */
  async function driveEvaluation(): Promise<void> {
    const lambdaConfig = { lambdaArn: "arn:aws:lambda:us-east-1:123456789012:function:judge" };
    const config = { codeBased: { lambdaConfig } };
    const made =
      await aws.answer`create-evaluator --evaluator-name driven --level SESSION --evaluator-config ${config}`;
    const { evaluatorId: id } = made;
    expect(made).toMatchObject({ status: "ACTIVE" });
    await aws.answer`update-evaluator --evaluator-id ${id} --description ${greeting}`;
    const sources = { cloudWatchLogs: { logGroupNames: ["/agents"], serviceNames: ["driven-agent"] } };
    const online =
      await aws.answer`create-online-evaluation-config --online-evaluation-config-name driven --rule ${"samplingConfig={samplingPercentage=12.5}"} --data-source-config ${sources} --evaluators ${`evaluatorId=${id}`} --evaluation-execution-role-arn ${roleArn} --enable-on-create`;
    const { onlineEvaluationConfigId: onlineId } = online;
    expect(online).toMatchObject({ executionStatus: "ENABLED" });
    const [read, evaluators, onlineRead, onlines] = await Promise.all([
      aws.answer`get-evaluator --evaluator-id ${id}`,
      aws.answer`list-evaluators`,
      aws.answer`get-online-evaluation-config --online-evaluation-config-id ${onlineId}`,
      aws.answer`list-online-evaluation-configs`,
    ]);
    expect(read).toMatchObject({ description: greeting, evaluatorConfig: config, lockedForModification: true });
    expect(evaluators.evaluators).toContainEqual(expect.objectContaining({ evaluatorId: id }));
    expect(onlineRead).toMatchObject({ dataSourceConfig: sources, evaluators: [{ evaluatorId: id }] });
    expect(onlines.onlineEvaluationConfigs).toMatchObject([{ onlineEvaluationConfigId: onlineId }]);
    await aws.answer`update-online-evaluation-config --online-evaluation-config-id ${onlineId} --execution-status DISABLED`;
    await aws.answer`delete-online-evaluation-config --online-evaluation-config-id ${onlineId}`;
    await aws.answer`delete-evaluator --evaluator-id ${id}`;
  }

  test("does the work of every operation that is built, and every waiter ends", async () => {
    await using upstream = await startUpstream();
    await Promise.all([driveGateways(upstream.endpoint), drivePolicies(), driveIdentity(), driveEvaluation()]);
    const due = [...tool.operations.map(cliNameOf), ...tool.waiters.map((name) => `wait ${cliNameOf(name)}`)];
    expect([...aws.driven].sort()).toEqual(due.sort());
  });

  test("as a program finds Gatehouse by AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL alone", async () => {
    // With a slash at its end, as it comes from a browser's address bar.
    const address = { AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL: `${gatehouse.url}/` };
    expect(await awsCli(runAws, { ...environment, ...address }).answer`list-gateways`).toEqual({ items: [] });
  });

  test("says what is wrong with its credentials", async () => {
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...without } = environment;
    const list = (variables: NodeJS.ProcessEnv) => awsCli(commands.run, { ...environment, ...variables }, ...endpoint);
    const [secret, region, token, unsigned, none] = await Promise.all([
      list({ AWS_SECRET_ACCESS_KEY: "wrong" }).ended`list-gateways`,
      list({ AWS_DEFAULT_REGION: "eu-west-1" }).ended`list-gateways`,
      list({ AWS_SESSION_TOKEN: "token" }).ended`list-gateways`,
      aws.ended`list-gateways --no-sign-request`,
      awsCli(commands.run, without, ...endpoint).ended`list-gateways`,
    ]);
    for (const { code } of [secret, region, token, unsigned]) expect(code).toSatisfy(isServiceError);
    expect(secret.stderr).toMatch(/\(InvalidSignatureException\).*ListGateways operation: .*Check the secret/);
    expect(region.stderr).toMatch(/\(InvalidSignatureException\).*\/us-east-1\/bedrock-agentcore\/aws4_request/);
    expect(token.stderr).toMatch(/\(UnrecognizedClientException\).*unset AWS_SESSION_TOKEN/);
    expect(unsigned.stderr).toMatch(/\(MissingAuthenticationTokenException\).*Sign the request/);
    // Without credentials it doesn't ask.
    expect(none.stderr).toContain("Unable to locate credentials");
    expect(none.code).not.toBe(0);
  });

  test("says what is wrong with a request", async () => {
    const { policyEngineId } = await engineWith("in_use", {
      one: "forbid(principal, action, resource) when { false };",
    });
    const [nowhere, badly, conflict, absent] = await Promise.all([
      refusal`get-gateway --gateway-identifier nowhere-0123456789`,
      refusal`create-gateway --name ${"no spaces"} --role-arn nobody --authorizer-type CUSTOM_JWT`,
      refusal`delete-policy-engine --policy-engine-id ${policyEngineId}`,
      refusal`list-browsers`,
    ]);
    expect(nowhere).toMatch(/\(ResourceNotFoundException\).*GetGateway operation: There is no gateway nowhere-/);
    expect(badly).toMatch(/\(ValidationException\).*name must match .*roleArn must match/);
    expect(conflict).toMatch(/\(ConflictException\) when calling the DeletePolicyEngine operation: /);
    expect(absent).toMatch(/\(ValidationException\).*ListBrowsers is not part of Gatehouse yet/);
  });

  test("reads a list page by page, all of it or some", async () => {
    const names = Array.from({ length: 5 }, (_, index) => `policy_${index}`);
    const never = names.map((name) => [name, "forbid(principal, action, resource) when { false };"]);
    const { policyEngineId: id } = await engineWith("paged", Object.fromEntries(never));
    const [all, some, page] = await Promise.all([
      aws.answer`list-policies --policy-engine-id ${id} --page-size 2 --query ${"policies[].name"}`,
      // Three of pages of two: the token that the CLI makes says how much of the second page it has shown.
      aws.answer`list-policies --policy-engine-id ${id} --page-size 2 --max-items 3`,
      aws.answer`list-policies --policy-engine-id ${id} --max-results 2`,
    ]);
    expect(all).toEqual(names);
    expect(namesOf(some)).toEqual(names.slice(0, 3));
    expect(namesOf(page)).toEqual(names.slice(0, 2));
    const [rest, next, elsewhere] = await Promise.all([
      aws.answer`list-policies --policy-engine-id ${id} --page-size 2 --starting-token ${some.NextToken}`,
      aws.answer`list-policies --policy-engine-id ${id} --max-results 3 --next-token ${page.nextToken}`,
      refusal`list-policy-summaries --policy-engine-id ${id} --next-token ${page.nextToken}`,
    ]);
    expect(namesOf(rest)).toEqual(names.slice(3));
    expect(namesOf(next)).toEqual(names.slice(2));
    expect(elsewhere).toMatch(/\(ValidationException\).*nextToken is not one that this list has answered/);
  });

  test("stops waiting for a policy that has failed", async () => {
    const { policyEngineId, policies } = await engineWith("failed", {
      failed: 'permit(principal, action, resource == AgentCore::Gateway::"nowhere");',
    });
    const { code, stderr } =
      await aws.ended`wait policy-active --policy-engine-id ${policyEngineId} --policy-id ${policies.failed}`;
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/Waiter PolicyActive failed: .*terminal failure state/);
  });
});

/** Version 1 of the CLI ends with 255 where version 2 ends with 254: the service has answered with an error. */
function isServiceError(code: unknown): boolean {
  return code === 254 || code === 255;
}

function namesOf({ policies }: Readonly<Record<string, unknown>>): string[] {
  return (policies as { name: string }[]).map(({ name }) => name);
}
