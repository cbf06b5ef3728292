import { openAiReply, scriptedServer } from "@gatehouse/core/model/testing.ts";
import { expect, test } from "vitest";
import { environmentVariables, readEnvironment } from "./environment.ts";
import { judges } from "./judge.ts";
import { type JudgeSettings, readJudgeSettings } from "./judgeSettings.ts";

const host = {
  GATEHOUSE_CONFIG_TABLE: "config",
  GATEHOUSE_LEDGER_TABLE: "ledger",
  GATEHOUSE_AGGREGATES_TABLE: "aggregates",
  GATEHOUSE_VAULT_TABLE: "vault",
  GATEHOUSE_BUS: "bus",
  GATEHOUSE_KMS_KEY: "key",
  GATEHOUSE_URL: "https://gatehouse.example.com",
  GATEHOUSE_ACCOUNT_ID: "123456789012",
  AWS_REGION: "eu-west-1",
};

test("without a model there is no judge", () => {
  expect(readEnvironment(host)).not.toHaveProperty("judge");
  expect(readJudgeSettings({ GATEHOUSE_JUDGE_SAMPLES: "3" })).toBeUndefined();
  expect(judges(undefined)).toBeUndefined();
});

test("the variables say who judges, and what that may use", () => {
  const settings: JudgeSettings = {
    modelIds: ["small", "large"],
    url: "http://127.0.0.1:11434/v1",
    apiKey: "key",
    samples: 3,
    contextTokens: 16_384,
    tokensPerMinute: 100_000,
    tokensPerDay: 2_000_000,
  };
  const variables = {
    GATEHOUSE_JUDGE_MODEL_ID: " small, large,",
    GATEHOUSE_JUDGE_MODEL_URL: "http://127.0.0.1:11434/v1",
    GATEHOUSE_JUDGE_MODEL_API_KEY: "key",
    GATEHOUSE_JUDGE_SAMPLES: "3",
    GATEHOUSE_JUDGE_CONTEXT_TOKENS: "16384",
    GATEHOUSE_JUDGE_TOKENS_PER_MINUTE: "100000",
    GATEHOUSE_JUDGE_TOKENS_PER_DAY: "2000000",
  };
  expect(readJudgeSettings(variables)).toEqual(settings);
  expect(readEnvironment({ ...host, ...variables }).judge).toEqual(settings);
});

test("what a host says of the judge is what its functions read", () => {
  const judge: JudgeSettings = { modelIds: ["amazon.nova-pro-v1:0"], samples: 1, tokensPerDay: 1e12 };
  const environment = { ...readEnvironment(host), judge };
  expect(readEnvironment(environmentVariables(environment))).toEqual(environment);
});

test.each<[Record<string, string>, RegExp]>([
  [{ GATEHOUSE_JUDGE_MODEL_URL: "http://127.0.0.1/v1" }, /_URL needs GATEHOUSE_JUDGE_MODEL_ID/],
  [{ GATEHOUSE_JUDGE_MODEL_ID: " , " }, /names no model/],
  [{ GATEHOUSE_JUDGE_MODEL_ID: "a,b,a" }, /names a model twice: .*GATEHOUSE_JUDGE_SAMPLES/],
  [{ GATEHOUSE_JUDGE_MODEL_ID: "a", GATEHOUSE_JUDGE_SAMPLES: "0" }, /GATEHOUSE_JUDGE_SAMPLES/],
  [{ GATEHOUSE_JUDGE_MODEL_ID: "a", GATEHOUSE_JUDGE_SAMPLES: "1.5" }, /whole number/],
  [{ GATEHOUSE_JUDGE_MODEL_ID: "a", GATEHOUSE_JUDGE_CONTEXT_TOKENS: "4096" }, /8192/],
  [{ GATEHOUSE_JUDGE_MODEL_ID: "a", GATEHOUSE_JUDGE_TOKENS_PER_DAY: "-1" }, /whole number/],
])("%j is an error that says why", (variables, message) => {
  expect(() => readJudgeSettings(variables)).toThrow(message);
  expect(() => readEnvironment({ ...host, ...variables })).toThrow(message);
});

test("one machine needs an address, because it has no credentials for Bedrock", () => {
  const variables = { ...host, GATEHOUSE_ALLOW_LOOPBACK: "true", GATEHOUSE_JUDGE_MODEL_ID: "small" };
  expect(() => readEnvironment(variables)).toThrow("GATEHOUSE_JUDGE_MODEL_ID needs GATEHOUSE_JUDGE_MODEL_URL");
});

test("the judges are the models at the address", async () => {
  const server = await scriptedServer();
  try {
    server.script(openAiReply('{"reasoning":"So.","label":"Yes"}'));
    const settings = readJudgeSettings({
      GATEHOUSE_JUDGE_MODEL_ID: "small,large",
      GATEHOUSE_JUDGE_MODEL_URL: `${server.url}/v1`,
      GATEHOUSE_JUDGE_MODEL_API_KEY: "key",
    });
    const question = { instructions: "Good?", material: "{}", labels: ["Yes"], signal: new AbortController().signal };
    expect(await judges(settings)?.judge.ask(question)).toMatchObject({ label: "Yes", agreement: 1 });
    await judges(settings)?.of("other").ask(question);
    expect(
      server.requests.map(({ path, headers, body }) => [path, headers.authorization, JSON.parse(body).model]).sort(),
    ).toEqual([
      ["/v1/chat/completions", "Bearer key", "large"],
      ["/v1/chat/completions", "Bearer key", "other"],
      ["/v1/chat/completions", "Bearer key", "small"],
    ]);
  } finally {
    await server.close();
  }
});

test("without an address they are Bedrock's", () => {
  expect(judges({ modelIds: ["amazon.nova-pro-v1:0"], samples: 3 })?.judge.modelId).toBe("amazon.nova-pro-v1:0 ×3");
});
