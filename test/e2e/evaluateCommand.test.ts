import { cp, mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { evaluateCommand } from "@gatehouse/evaluate/command.ts";
import { type Ended, typedIn } from "@gatehouse/policy/commandTesting.ts";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { blocksOf, commandsUnder, type } from "../support/guide.ts";
import { type JudgeServer, startJudge } from "../support/judgeServer.ts";
import { run } from "../support/python.ts";

const main = fileURLToPath(new URL("../../packages/evaluate/src/main.ts", import.meta.url));
const example = fileURLToPath(new URL("../../examples/evaluation", import.meta.url));

let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
let judge: JudgeServer;
beforeAll(async () => {
  [folder, judge] = await Promise.all([mkdtempDisposable(join(tmpdir(), "gatehouse-evaluate-")), startJudge()]);
  await cp(example, folder.path, { recursive: true });
});
afterAll(async () => {
  await judge?.[Symbol.asyncDispose]();
  await folder?.remove();
});
beforeEach(() => {
  judge.asked.length = 0;
  judge.answer(({ labels }) => ({ label: labels.at(-1) ?? "", reasoning: "Well done." }));
});

/** Runs the command in this process, in an environment with nothing but what is said. */
const evaluate = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  typedIn(folder.path, evaluateCommand, args, environment);

/** Runs it as a process of its own: for what only such a one shows. */
async function evaluateAlone(args: readonly string[]): Promise<Ended> {
  const env = { PATH: process.env.PATH, INIT_CWD: folder.path };
  const { code: status, stdout, stderr } = await run(process.execPath, [main, ...args], env);
  // What is said where the command says nothing.
  return { status, stdout, stderr: stderr.startsWith("Command failed: ") ? "" : stderr };
}

const spans = ["--spans", "spans.json"];
const withJudge = () => ({
  GATEHOUSE_JUDGE_MODEL_ID: "small",
  GATEHOUSE_JUDGE_MODEL_URL: judge.url,
  GATEHOUSE_JUDGE_MODEL_API_KEY: "sk-of-the-judge",
});
const write = (name: string, text: string) => writeFile(join(folder.path, name), text);
const read = (name: string) => readFile(join(folder.path, name), "utf8");

async function jsonIn(args: readonly string[], environment?: Readonly<Record<string, string>>) {
  const { status, stdout, stderr } = await evaluate([...args, "--json", "-"], environment);
  expect(stderr).toBe("");
  return { status, ...JSON.parse(stdout) };
}

/** What a CI system makes of the report. */
async function junitIn(name: string) {
  const text = await read(name);
  expect(XMLValidator.validate(text)).toBe(true);
  const lists = ["testsuite", "testcase"];
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "",
    isArray: (tag) => lists.includes(tag),
  });
  return parser.parse(text).testsuites;
}

describe("without a judge", () => {
  test("what needs none is evaluated, with references, and all is well", async () => {
    const evaluators = "TrajectoryExactOrderMatch,Gatehouse.ToolParametersValid,ToolSuccessRate";
    const args = [...spans, "--evaluators", evaluators, "--reference", "reference.yaml"];
    const { status, stdout, stderr } = await evaluate([...args, "--threshold", "ToolSuccessRate=1"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^evaluator +results +failed +average +worst +threshold\n/);
    expect(stdout).toMatch(/^Gatehouse.ToolSuccessRate +1 +0 +1 +1 +at least 1: reached$/m);
    expect(stdout).toContain("session shop-session-1: Yes (1)\n    Expected: Orders___find, Orders___refund.");
  });

  test("what needs one says so, and the status is no success", async () => {
    const { status, stdout } = await evaluate([...spans, "--evaluators", "Helpfulness,ToolSuccessRate"]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/NOT EVALUATED 2 × ModelNotConfigured: .*GATEHOUSE_JUDGE_MODEL_ID/);
    expect(stdout).toMatch(/^Builtin.Helpfulness +0 +2 +- +-$/m);
    expect(stdout).toMatch(/^Gatehouse.ToolSuccessRate +1 +0 +1 +1$/m);
  });

  test("a trajectory that isn't as expected misses its threshold", async () => {
    await write("other.yaml", "references: [{ expectedTrajectory: [Orders___refund, Orders___find] }]\n");
    const args = [...spans, "--evaluators", "TrajectoryInOrderMatch", "--reference", "other.yaml"];
    expect((await evaluate(args)).status).toBe(0);
    const { status, stdout } = await evaluate([...args, "--threshold", "TrajectoryInOrderMatch=1"]);
    expect(status).toBe(1);
    expect(stdout).toContain("MISSED on average at least 1: the average is 0");
  });

  test("without a reference, what needs one is no success", async () => {
    const { status, stdout } = await evaluate([...spans, "--evaluators", "TrajectoryInOrderMatch"]);
    expect(status).toBe(1);
    expect(stdout).toContain(
      "MissingData: Builtin.TrajectoryInOrderMatch needs the reference input expectedTrajectory.",
    );
  });
});

describe("with a judge", () => {
  test("every turn is judged once, by the model that is configured, and averages are held against thresholds", async () => {
    judge.answer(({ material, labels }) => ({
      label: (material.includes("One of the two books") ? labels.at(-1) : labels.at(3)) ?? "",
      reasoning: "It helps.",
    }));
    const args = [...spans, "--evaluators", "Helpfulness", "--threshold", "Helpfulness=0.75"];
    const good = await jsonIn(args, withJudge());
    expect(good.status).toBe(0);
    expect(good.summaries).toEqual([
      expect.objectContaining({
        evaluatorId: "Builtin.Helpfulness",
        evaluated: 2,
        failed: 0,
        average: 0.75,
        worst: 0.5,
      }),
    ]);
    expect(good.evaluationResults[1]).toMatchObject({
      evaluatorId: "Builtin.Helpfulness",
      context: { spanContext: { sessionId: "shop-session-1", traceId: expect.stringMatching(/02$/) } },
      label: "Above And Beyond",
      value: 1,
      explanation: "It helps.",
      tokenUsage: { inputTokens: 11, outputTokens: 7, totalTokens: 18 },
    });
    expect(judge.asked.map(({ model, authorization }) => [model, authorization])).toEqual([
      ["small", "Bearer sk-of-the-judge"],
      ["small", "Bearer sk-of-the-judge"],
    ]);
    const missed = await evaluate(
      [...spans, "--evaluators", "Helpfulness", "--threshold", "Helpfulness=0.76"],
      withJudge(),
    );
    expect(missed.status).toBe(1);
  });

  test("of an evaluator of which less is better, a threshold is what the average is at most", async () => {
    judge.answer(({ material }) => ({
      label: material.includes("One of the two books") ? "Yes" : "No",
      reasoning: "It says so.",
    }));
    const evaluate = (threshold: string) =>
      jsonIn([...spans, "--evaluators", "Refusal", "--threshold", threshold], withJudge());
    const good = await evaluate("Refusal=0.5");
    expect([good.status, good.summaries]).toMatchObject([0, [{ average: 0.5, worst: 1, threshold: { atMost: 0.5 } }]]);
    const missed = await evaluate("Refusal=0.4");
    expect([missed.status, missed.summaries[0].missed]).toEqual([1, "the average is 0.5"]);
  });

  test("a judge that gives no verdict is no success, and its threshold isn't reached", async () => {
    judge.answer(({ material, labels }) =>
      material.includes("One of the two books") ? "no verdict" : { label: labels.at(-1) ?? "", reasoning: "It helps." },
    );
    const args = [...spans, "--evaluators", "Helpfulness", "--threshold", "Helpfulness=0"];
    const { status, summaries, evaluationResults } = await jsonIn(args, withJudge());
    expect(status).toBe(1);
    expect(summaries).toMatchObject([{ evaluated: 1, failed: 1, missed: "1 of 2 could not be evaluated" }]);
    expect(evaluationResults[1]).toMatchObject({ errorCode: "ModelFailed" });
  });

  test("the JUnit report says the same as the exit status", async () => {
    const args = [...spans, "--evaluators", "Helpfulness,ToolSuccessRate", "--junit", "report.xml"];
    judge.answer(({ labels }) => ({ label: labels[1] ?? "", reasoning: `<b>&"no' ]]> \u{1f4da}` }));
    const { status } = await evaluate([...args, "--threshold", "Helpfulness=0.5"], withJudge());
    expect(status).toBe(1);
    const { testsuite: suites, ...totals } = await junitIn("report.xml");
    expect(totals).toEqual({ name: "gatehouse evaluate", tests: "4", failures: "1", errors: "0", skipped: "0" });
    expect(suites.map(({ name, tests, failures }: Record<string, string>) => [name, tests, failures])).toEqual([
      ["Builtin.Helpfulness", "3", "1"],
      ["Gatehouse.ToolSuccessRate", "1", "0"],
    ]);
    const [first, , threshold] = suites[0].testcase;
    expect(first).toMatchObject({
      classname: "Builtin.Helpfulness",
      name: expect.stringContaining("session shop-session-1, trace 5e551001000000000000000000000001"),
    });
    expect(first["system-out"]).toBe(`Very Unhelpful (0.167)\n<b>&"no' ]]> \u{1f4da}`);
    expect(threshold).toMatchObject({
      name: "on average at least 0.5",
      failure: { type: "Threshold", message: "on average at least 0.5: the average is 0.167" },
    });

    await evaluate([...args], {});
    const failed = await junitIn("report.xml");
    expect(failed).toMatchObject({ tests: "3", failures: "0", errors: "2" });
    expect(failed.testsuite[0].testcase[0].error).toMatchObject({ type: "ModelNotConfigured" });
  });
});

describe("evaluators of one's own", () => {
  test("are judged by their instructions, or are code; both are as they would be deployed", async () => {
    judge.answer(({ labels }) => ({ label: labels[1] ?? "", reasoning: "It answers, and no more." }));
    const { status, summaries } = await jsonIn([...spans, "--own", "evaluators.yaml"], withJudge());
    expect(status).toBe(0);
    expect(summaries).toMatchObject([
      { evaluatorId: "NamesTheOrder", evaluated: 2, average: 1, labels: { Yes: 2 } },
      { evaluatorId: "Friendly", evaluated: 2, average: 0.5, labels: { "Matter of fact": 2 } },
    ]);
    expect(judge.asked).toHaveLength(2);
    expect(judge.asked[0]?.instructions).toContain("Is the last answer friendly?");
  });

  test("that name a model are judged by that one", async () => {
    const modelConfig = "modelConfig: { bedrockEvaluatorModelConfig: { modelId: bigger } }";
    const scale = "ratingScale: { categorical: [{ label: a, definition: A }, { label: b, definition: B }] }";
    await write(
      "bigger.yaml",
      `evaluators:
  - evaluatorName: Bigger
    level: SESSION
    evaluatorConfig: { llmAsAJudge: { instructions: "Which is it? {context}", ${scale}, ${modelConfig} } }
`,
    );
    const args = [...spans, "--own", "bigger.yaml"];
    expect((await jsonIn(args, withJudge())).status).toBe(0);
    expect(judge.asked.map(({ model }) => model)).toEqual(["bigger"]);
    // Labels without values reach no number.
    const { status, summaries } = await jsonIn([...args, "--threshold", "Bigger=0.5"], withJudge());
    expect([status, summaries[0].missed]).toEqual([1, "its labels have no values"]);
  });

  test("that are derived from a built-in one ask what it asks, by the command's own judge where no model is named", async () => {
    const derived = (model: string) => `derived: { baseEvaluatorId: Builtin.Helpfulness${model} }`;
    const named = ", modelConfig: { bedrockEvaluatorModelConfig: { modelId: bigger } }";
    await write(
      "derived.yaml",
      `evaluators:
  - { evaluatorName: Mine, level: TRACE, evaluatorConfig: { ${derived("")} } }
  - { evaluatorName: Bigger, level: TRACE, evaluatorConfig: { ${derived(named)} } }
`,
    );
    const { status, summaries } = await jsonIn([...spans, "--own", "derived.yaml"], withJudge());
    expect(status).toBe(0);
    expect(summaries).toMatchObject([
      { evaluatorId: "Mine", evaluated: 2 },
      { evaluatorId: "Bigger", evaluated: 2 },
    ]);
    const models = judge.asked.map(({ model }) => model);
    expect(new Set(models)).toHaveLength(2);
    expect(models.filter((model) => model === "bigger")).toHaveLength(2);
  });

  test.each([
    ["throws", "throw new Error('it broke')", /EvaluatorFailed: .*throws.ts failed: it broke/],
    ["answers nothing", "return undefined", /EvaluatorFailed: .*must answer an object with a label/],
    ["answers an error", "return { errorCode: 'NO_DATA', errorMessage: 'nothing there' }", /NO_DATA: nothing there/],
  ])("that are code which %s are no success", async (what, body, expected) => {
    const { status, stdout, stderr } = await evaluate([...spans, "--own", await codeThat(what, body)]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(stdout).toMatch(expected);
  });

  test("that are code which never ends are no success, and hold nothing up", async () => {
    const own = await codeThat("never ends", "setInterval(() => {}, 1_000); return new Promise(() => {})");
    const { status, stdout, stderr } = await evaluateAlone([...spans, "--own", own]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(stdout).toMatch(/EvaluatorFailed: .*did not answer within 1 seconds/);
  });

  /** A file of an evaluator that is code; each in a module of its own, because a process loads one once. */
  async function codeThat(what: string, body: string): Promise<string> {
    const name = what.replaceAll(" ", "-");
    await write(`${name}.ts`, `export async function handler() { ${body}; }\n`);
    const evaluator = `{ evaluatorName: Code, level: SESSION, module: ${name}.ts, timeoutSeconds: 1 }`;
    await write(`${name}.yaml`, `evaluators: [${evaluator}]\n`);
    return `${name}.yaml`;
  }
});

describe("files of spans", () => {
  test("may be a request a line, spans one by one, or the body of Evaluate", async () => {
    const request = JSON.parse(await read("spans.json"));
    const [{ resource, scopeSpans }] = request.resourceSpans;
    const [{ scope, spans: list }] = scopeSpans;
    const single = list.map((span: object) => ({ ...span, resource, scope }));
    const lines = list.map((span: object) =>
      JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [span] }] }] }),
    );
    await write("lines.jsonl", `${lines.join("\n")}\n`);
    await write("single.jsonl", single.map((span: object) => JSON.stringify(span)).join("\n"));
    await write("list.json", JSON.stringify(single));
    await write("body.json", JSON.stringify({ evaluationInput: { sessionSpans: single } }));
    const results = [];
    for (const file of ["spans.json", "lines.jsonl", "single.jsonl", "list.json", "body.json"]) {
      const { evaluationResults } = await jsonIn(["--spans", file, "--evaluators", "ToolParametersValid"]);
      results.push(evaluationResults);
    }
    expect(results[0]).toHaveLength(2);
    for (const result of results) expect(result).toEqual(results[0]);
  });

  test.each([
    ["isn't there", undefined, /^There is no file bad.json\./],
    ["is empty", "", /^bad.json is neither JSON nor a JSON object a line/],
    ["is broken", '{"a":', /^bad.json is neither JSON nor a JSON object a line/],
    ["has a broken line", '{"resourceSpans":[]}\n{"b"', /^bad.json:2 is neither JSON nor a JSON object a line/],
    ["holds no spans", "[]", /^bad.json holds no spans/],
    ["holds anything else", '{"orders":[]}', /^bad.json\[0\] must be a span/],
    [
      "names no session",
      `{"traceId":"${"a".repeat(32)}","spanId":"${"b".repeat(16)}","name":"x","startTimeUnixNano":"1"}`,
      /^bad.json: no span names its session: set the attribute session.id/,
    ],
  ])("that %s can't be used, which is said in a line", async (_, text, expected) => {
    if (text !== undefined) await write("bad.json", text);
    const { status, stdout, stderr } = await evaluate(["--spans", "bad.json", "--evaluators", "ToolSuccessRate"]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(expected);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

test.each([
  [[], /^Usage/],
  [["--evaluators", "Helpfulness"], /Say --spans FILE/],
  [spans, /Say --evaluators/],
  [[...spans, "--evaluators", "Helpfullness"], /There is no evaluator Helpfullness; did you mean Helpfulness\?/],
  [[...spans, "--evaluators", "Helpfulness", "--threshold", "Helpfulness"], /--threshold takes NAME=NUMBER/],
  [[...spans, "--evaluators", "Helpfulness", "--threshold", "Coherence=1"], /names Coherence, which is not among/],
  [[...spans, "--evaluators", "Helpfulness", "--treshold", "Helpfulness=1"], /Unknown option '--treshold'/],
  [[...spans, "--evaluators", "Helpfulness", "--session", "other"], /no session other; there are shop-session-1/],
  [[...spans, "--own", "wrong.yaml"], /wrong.yaml:4: evaluators\[0\].evaluatorConfig.llmAsAJudge.*required/],
  [
    [...spans, "--evaluators", "Helpfulness", "--reference", "turn.yaml"],
    /turn is 3, but session shop-session-1 has 2 turns/,
  ],
])("wrong usage %j has the exit status 2", async (args, expected) => {
  await write(
    "wrong.yaml",
    "evaluators:\n  - evaluatorName: Wrong\n    level: TRACE\n    evaluatorConfig: { llmAsAJudge: {} }\n",
  );
  await write("turn.yaml", "references: [{ turn: 3, expectedResponse: x }]\n");
  const { status, stdout, stderr } = await evaluate(args);
  expect(status).toBe(2);
  expect(`${stdout}${stderr}`).toMatch(expected);
});

test("the status and what is said reach whoever has started a process", async () => {
  const { status, stdout, stderr } = await evaluateAlone([...spans, "--evaluators", "Helpfullness"]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toBe("There is no evaluator Helpfullness; did you mean Helpfulness?\n");
});

test("settings of a judge that can't be used are said, not left out", async () => {
  const { status, stderr } = await evaluate([...spans, "--evaluators", "Helpfulness"], {
    GATEHOUSE_JUDGE_MODEL_URL: judge.url,
  });
  expect(status).toBe(2);
  expect(stderr).toContain("GATEHOUSE_JUDGE_MODEL_URL needs GATEHOUSE_JUDGE_MODEL_ID");
});

test("docs/evaluate.md: its commands do what it says", async () => {
  const blocks = await blocksOf("evaluate.md");
  const examples = fileURLToPath(new URL("../../examples", import.meta.url));
  await cp(examples, join(folder.path, "examples"), { recursive: true });
  const typed = (heading: string) => type(commandsUnder(blocks, heading), folder.path, { HOME: folder.path });
  const tried = await typed("Try it");
  expect({ ...tried, stderr: "" }).toEqual({
    code: 0,
    stdout: blocks.find(({ heading, language }) => heading === "Try it" && language === "")?.code,
    stderr: "",
  });
  const own = await typed("Evaluators of your own");
  expect(own).toMatchObject({ code: 0, stdout: expect.stringContaining("NamesTheOrder: 2 × Yes") });
  // The file of references, as the guide shows it.
  const references = blocks.find(({ heading }) => heading === "What is known to be right")?.code ?? "";
  await write("shown.yaml", references);
  const args = [...spans, "--evaluators", "TrajectoryInOrderMatch", "--reference", "shown.yaml"];
  expect((await evaluate(args)).status).toBe(0);
});
