import { BedrockAgentCoreClient, EvaluateCommand } from "@aws-sdk/client-bedrock-agentcore";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { jsonReply } from "@gatehouse/core/model/testing.ts";
import { tableName } from "@gatehouse/local/tables.ts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { judgedOnline } from "../support/judgedOnline.ts";
import { type JudgeServer, startJudge } from "../support/judgeServer.ts";

const noon = new Date().setUTCHours(12, 0, 0, 0);

let judge: JudgeServer;
let gatehouse: TestGatehouse;
beforeAll(async () => {
  judge = await startJudge();
  vi.stubEnv("GATEHOUSE_JUDGE_MODEL_ID", "small");
  vi.stubEnv("GATEHOUSE_JUDGE_MODEL_URL", judge.url);
  vi.stubEnv("GATEHOUSE_JUDGE_TOKENS_PER_DAY", "6000");
  // No day ends while it is tested.
  vi.setSystemTime(noon);
  gatehouse = await startGatehouse();
});
afterAll(async () => {
  await gatehouse?.[Symbol.asyncDispose]();
  await judge?.[Symbol.asyncDispose]();
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** An answer that has used most of the day's tokens. */
const long = jsonReply(200, {
  choices: [{ message: { content: '{"reasoning":"So.","label":"Very Helpful"}' }, finish_reason: "stop" }],
  usage: { prompt_tokens: 5_000, completion_tokens: 100 },
});

test("what online evaluation has used of a day's budget, Evaluate can't use", async () => {
  const online = await judgedOnline(gatehouse);
  judge.answer(() => long);
  await online.evaluate("shop", ["Builtin.Helpfulness"]);
  await online.talk("shop", { sessionId: "first", user: "Where is my order A-1042?", answer: "It is on its way." });
  await online.end();
  expect(await online.evaluationsOf("first")).toMatchObject([{ label: "Very Helpful" }]);

  const { url: endpoint, host } = gatehouse;
  const client = new BedrockAgentCoreClient({ endpoint, region: host.region, credentials: host.administrator });
  const said = (role: string, content: string) => JSON.stringify([{ role, parts: [{ type: "text", content }] }]);
  const span = {
    ...{ traceId: "a".repeat(32), spanId: "b".repeat(16), name: "invoke_agent", startTimeUnixNano: "1" },
    attributes: {
      "session.id": "second",
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.input.messages": said("user", "And where is A-1043?"),
      "gen_ai.output.messages": said("assistant", "It was delivered."),
    },
  };
  const { evaluationResults } = await client.send(
    new EvaluateCommand({ evaluatorId: "Builtin.Helpfulness", evaluationInput: { sessionSpans: [span] } }),
  );
  client.destroy();
  expect(evaluationResults).toMatchObject([
    {
      errorCode: "BudgetExceeded",
      errorMessage: "The judge is not asked: of the 6000 tokens of this day, 900 are left.",
    },
  ]);
  expect(judge.asked).toHaveLength(1);

  const database = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const { Items } = await database.send(
    new QueryCommand({
      TableName: tableName("aggregates"),
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": "JUDGE-TOKENS#day" },
    }),
  );
  database.destroy();
  expect(Items).toMatchObject([{ sk: new Date(noon).toISOString().replace("T12", "T00"), tokens: 5_100 }]);
});
