import {
  AccessDeniedException,
  BedrockAgentCoreControlClient,
  ConflictException,
  CreateEvaluatorCommand,
  CreateOnlineEvaluationConfigCommand,
  CreatePolicyEngineCommand,
  DeleteEvaluatorCommand,
  DeleteOnlineEvaluationConfigCommand,
  GetEvaluatorCommand,
  GetOnlineEvaluationConfigCommand,
  ListEvaluatorsCommand,
  TagResourceCommand,
  UpdateEvaluatorCommand,
  UpdateOnlineEvaluationConfigCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { roleArn, startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { signedRequest } from "../support/signedRequest.ts";

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse[Symbol.asyncDispose]());

type Client = BedrockAgentCoreControlClient;

const ask = async (method: string, path: string, body: object) => {
  const answer = await signedRequest(gatehouse.url, { method, path, body }, gatehouse.host.administrator);
  expect(answer.status).toBeLessThan(300);
  return answer.body;
};

/** The official client, with an access key of its own. */
async function clientOf(...roles: string[]): Promise<Client> {
  const credentials = await ask("POST", "/access-keys", { name: "for a test", roles });
  return new BedrockAgentCoreControlClient({ endpoint: gatehouse.url, region: gatehouse.host.region, credentials });
}

const definitions = [
  { label: "Polite", definition: "It was.", value: 1 },
  { label: "Rude", definition: "It wasn't.", value: 0 },
];
const politeness = (evaluatorName: string) =>
  new CreateEvaluatorCommand({
    evaluatorName,
    level: "TRACE",
    evaluatorConfig: {
      llmAsAJudge: {
        instructions: "Was {assistant_turn} polite, after {context}?",
        ratingScale: { numerical: definitions },
        modelConfig: { bedrockEvaluatorModelConfig: { modelId: "a-model" } },
      },
    },
  });
const online = (onlineEvaluationConfigName: string, evaluatorId: string) =>
  new CreateOnlineEvaluationConfigCommand({
    onlineEvaluationConfigName,
    rule: { samplingConfig: { samplingPercentage: 100 }, filters: [] },
    dataSourceConfig: { cloudWatchLogs: { logGroupNames: ["/agents"], serviceNames: ["claims-agent"] } },
    evaluators: [{ evaluatorId }, { evaluatorId: "Builtin.Helpfulness" }],
    evaluationExecutionRoleArn: roleArn,
    enableOnCreate: true,
  });

/** Creates the evaluator with a client, and answers its id. */
async function createdBy(client: Client, name: string): Promise<string> {
  const { evaluatorId = "" } = await client.send(politeness(name));
  return evaluatorId;
}

test("an evaluator's author writes evaluators and online evaluations, and nothing else", async () => {
  const author = await clientOf("evaluator-author");
  const evaluatorId = await createdBy(author, "authored");
  const { onlineEvaluationConfigId } = await author.send(online("authored", evaluatorId));
  const locked = new UpdateEvaluatorCommand({ evaluatorId, description: "Changed" });
  await expect(author.send(locked)).rejects.toThrow(ConflictException);
  await author.send(new UpdateOnlineEvaluationConfigCommand({ onlineEvaluationConfigId, executionStatus: "DISABLED" }));
  await author.send(locked);
  await expect(author.send(new CreatePolicyEngineCommand({ name: "authored" }))).rejects.toThrow(AccessDeniedException);
  await author.send(new DeleteOnlineEvaluationConfigCommand({ onlineEvaluationConfigId }));
  await author.send(new DeleteEvaluatorCommand({ evaluatorId }));
});

describe("without the right to write evaluators", () => {
  test.each(["analyst", "policy-author"])("as %s, one reads all of it and changes nothing", async (role) => {
    const reader = await clientOf(role);
    const name = role.replace("-", "_");
    const evaluatorId = await createdBy(gatehouse.control, name);
    const { onlineEvaluationConfigId } = await gatehouse.control.send(online(name, evaluatorId));
    expect((await reader.send(new ListEvaluatorsCommand({}))).evaluators?.length).toBeGreaterThan(16);
    const before = await reader.send(new GetOnlineEvaluationConfigCommand({ onlineEvaluationConfigId }));
    expect(before.executionStatus).toBe("ENABLED");
    const disable = { onlineEvaluationConfigId, executionStatus: "DISABLED" } as const;
    const refused: Promise<unknown>[] = [
      reader.send(politeness("refused")),
      reader.send(online("refused", evaluatorId)),
      reader.send(new UpdateOnlineEvaluationConfigCommand(disable)),
      reader.send(new DeleteOnlineEvaluationConfigCommand({ onlineEvaluationConfigId })),
      reader.send(new UpdateEvaluatorCommand({ evaluatorId, description: "Changed" })),
      reader.send(new DeleteEvaluatorCommand({ evaluatorId })),
    ];
    for (const outcome of await Promise.allSettled(refused)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { name: "AccessDeniedException" } });
    }
    const after = await gatehouse.control.send(new GetOnlineEvaluationConfigCommand({ onlineEvaluationConfigId }));
    expect({ ...after, $metadata: null }).toEqual({ ...before, $metadata: null });
  });
});

test("every change is on record, with who made it and what it was", async () => {
  const { evaluatorArn = "", evaluatorId = "" } = await gatehouse.control.send(politeness("recorded"));
  const { onlineEvaluationConfigArn = "", onlineEvaluationConfigId } = await gatehouse.control.send(
    online("recorded", evaluatorId),
  );
  await gatehouse.control.send(new DeleteOnlineEvaluationConfigCommand({ onlineEvaluationConfigId }));
  await gatehouse.host.idle();
  const changes = await Array.fromAsync(gatehouse.ledger.changesOf(onlineEvaluationConfigArn));
  const { accessKeyId: id } = gatehouse.host.administrator;
  expect(changes).toMatchObject([
    { operation: "CreateOnlineEvaluationConfig", administrator: { id }, after: { executionStatus: "ENABLED" } },
    { operation: "DeleteOnlineEvaluationConfig", before: { evaluators: [{ evaluatorId }, {}] } },
  ]);
  const [created] = await Array.fromAsync(gatehouse.ledger.changesOf(evaluatorArn));
  expect(created?.after).toMatchObject({
    evaluatorConfig: { llmAsAJudge: { instructions: expect.stringContaining("polite") } },
  });
});

test("of many who enable, disable and delete at once, none leaves a lock behind", async () => {
  const clients = await Promise.all([clientOf("admin"), clientOf("admin"), clientOf("admin")]);
  const evaluatorId = await createdBy(gatehouse.control, "raced");
  const configs = await Promise.all(
    clients.map((client, index) =>
      client.send(online(`raced_${index}`, evaluatorId)).then((made) => ({ client, made })),
    ),
  );
  const outcomes = await Promise.allSettled(
    configs.flatMap(({ client, made: { onlineEvaluationConfigId } }) => [
      client.send(new UpdateOnlineEvaluationConfigCommand({ onlineEvaluationConfigId, executionStatus: "DISABLED" })),
      client.send(new DeleteOnlineEvaluationConfigCommand({ onlineEvaluationConfigId })),
      client.send(new DeleteEvaluatorCommand({ evaluatorId })),
    ]),
  );
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ $fault: "client" });
  }
  // All of them are gone, whoever was faster; so nothing locks the evaluator, if it isn't gone itself.
  const end = await gatehouse.control
    .send(new DeleteEvaluatorCommand({ evaluatorId }))
    .catch((error: Error) => error.name);
  expect(["ResourceNotFoundException", "DELETING"]).toContain(typeof end === "string" ? end : end.status);
});

// It replaces the administration's policies, so that it comes last.
test("a policy can be about one evaluator and one online evaluation, by their ARNs", async () => {
  const own = await gatehouse.control.send(politeness("mine"));
  const { evaluatorId = "" } = own;
  const other = await createdBy(gatehouse.control, "theirs");
  const config = await gatehouse.control.send(online("mine", other));
  const resources = [own.evaluatorArn, config.onlineEvaluationConfigArn];
  const policies = `@id("admin") permit(principal in Gatehouse::Role::"admin", action, resource);
${resources
  .map(
    (arn, index) =>
      `@id("own ${index}") permit(principal in Gatehouse::Role::"owner", action in [Gatehouse::Action::"Read", Gatehouse::Action::"WriteEvaluators"], resource == Gatehouse::Resource::"${arn}");`,
  )
  .join("\n")}`;
  await ask("PUT", "/administration/policies", { policies });
  const owner = await clientOf("owner");

  await owner.send(new UpdateEvaluatorCommand({ evaluatorId, description: "Mine" }));
  const { onlineEvaluationConfigId } = config;
  await owner.send(new UpdateOnlineEvaluationConfigCommand({ onlineEvaluationConfigId, executionStatus: "DISABLED" }));
  const notOwn: Promise<unknown>[] = [
    owner.send(new GetEvaluatorCommand({ evaluatorId: other })),
    owner.send(new UpdateEvaluatorCommand({ evaluatorId: other, description: "Mine" })),
    owner.send(politeness("another")),
    // Tags of evaluators are a right of those who write gateways, as of everything else.
    owner.send(new TagResourceCommand({ resourceArn: own.evaluatorArn, tags: { a: "b" } })),
  ];
  for (const outcome of await Promise.allSettled(notOwn)) {
    expect(outcome).toMatchObject({ status: "rejected", reason: { name: "AccessDeniedException" } });
  }
});
