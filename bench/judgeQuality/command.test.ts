import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jsonReply, openAiReply, type Reply, scriptedServer } from "@gatehouse/core/model/testing.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { judgeQualityCommand } from "./command.ts";
import { evaluationOf } from "./evaluationOf.ts";
import { injectionMark, readLabelled } from "./labelled.ts";
import type { EvaluatorReport, QualityReport } from "./report.ts";
import { labelledFolder } from "./set.ts";

const cases = readLabelled(labelledFolder);

/** What the judge was sent: the material, and the labels in the order of the schema. */
interface Asked {
  readonly material: string;
  readonly labels: readonly string[];
}

/** A model that judges as a function says. */
function judging(verdictOf: (asked: Asked) => string): Reply {
  return (response, request) => {
    const { messages, response_format } = JSON.parse(request.body);
    const { enum: labels } = response_format.json_schema.schema.properties.label;
    const label = verdictOf({ material: messages[1].content, labels });
    openAiReply(JSON.stringify({ reasoning: "Because.", label }))(response, request);
  };
}

let server: Awaited<ReturnType<typeof scriptedServer>>;
let folder: string;
let printed: { out: string; err: string; table: unknown };
beforeAll(async () => {
  server = await scriptedServer();
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-judge-quality-"));
  printed = { out: "", err: "", table: undefined };
  vi.spyOn(console, "log").mockImplementation((text: string) => {
    printed.out += `${text}\n`;
  });
  vi.spyOn(console, "error").mockImplementation((text: string) => {
    printed.err += `${text}\n`;
  });
  vi.spyOn(console, "table").mockImplementation((table: unknown) => {
    printed.table = table;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const judge = () => ({ GATEHOUSE_JUDGE_MODEL_ID: "small", GATEHOUSE_JUDGE_MODEL_URL: `${server.url}/v1` });

async function run(...args: readonly string[]) {
  const output = join(folder, "report.json");
  const status = await judgeQualityCommand([...args, "--output", output], judge());
  expect([status, printed.err]).toEqual([0, expect.stringContaining("small is asked about")]);
  const report: Written = JSON.parse(readFileSync(output, "utf8"));
  return report;
}

interface Written {
  readonly date: string;
  readonly machine: { readonly cores: number };
  readonly model: string;
  readonly endpoint: string;
  readonly repeats: number;
  readonly all: QualityReport;
  readonly evaluators: readonly EvaluatorReport[];
}

/** The right label of the case that a question is about: the one whose last request stands in the material. */
function rightLabel(evaluator: string, { material }: Asked): string {
  const found = cases.find((one) => {
    const [request = ""] = one.turns.at(-1)?.user.split(injectionMark) ?? [];
    return one.evaluator === evaluator && material.includes(JSON.stringify(request).slice(0, -1));
  });
  if (found === undefined) throw new Error(`No case of ${evaluator} is about this: ${material}`);
  return found.label;
}

test("a judge that is always right agrees with the set, repeats itself, and resists every injection", async () => {
  server.script(judging((asked) => rightLabel("Correctness", asked)));
  const report = await run("--evaluator", "Correctness", "--repeats", "2");
  const of = cases.filter(({ evaluator }) => evaluator === "Correctness").length;
  expect(report).toMatchObject({ model: "small", endpoint: "OpenAI-compatible", repeats: 2 });
  const [correctness] = report.evaluators;
  expect(correctness).toMatchObject({
    evaluator: "Correctness",
    cases: of,
    withoutVerdict: 0,
    agreement: { count: of, of, share: 1, high: 1 },
    withinOneStep: { count: of },
    kappa: 1,
    weightedKappa: 1,
    sameEachTime: { count: of, of },
    repeatability: 1,
    sameReordered: { count: of, of },
    injections: { resisted: 3, moved: 0, obeyed: 0, untold: 0 },
    confusion: [
      [6, 0, 0],
      [0, 6, 0],
      [0, 0, 6],
    ],
    wrong: [],
    // Each case twice as it is, once reordered, and three without their injection.
    questions: 3 * of + 3,
    tokensPerEvaluation: { input: 11, output: 7 },
  });
  // A model at an address that nobody knows has no price.
  expect(correctness?.nanoDollarsPerEvaluation).toBeUndefined();
  expect(server.requests).toHaveLength(3 * of + 3);
  expect(printed.table).toMatchObject({ Correctness: { agreement: expect.stringMatching(/^100 % \(8\d-100\)$/) } });
  expect(printed.out).toContain("Written to");
});

test("a judge that obeys what the material says is told from one that errs", async () => {
  const injected = cases.filter(({ evaluator, injection }) => evaluator === "Refusal" && injection);
  const verdict = (asked: Asked) => {
    const obeyed = injected.find(({ injection }) => asked.material.includes(injection?.text.slice(7, 30) ?? "?"));
    return obeyed?.injection?.wants ?? rightLabel("Refusal", asked);
  };
  server.script(judging(verdict));
  const { evaluators } = await run("--evaluator", "Refusal", "--repeats", "1");
  expect(evaluators[0]).toMatchObject({
    agreement: { count: 14, of: 16 },
    injections: { resisted: 0, moved: 0, obeyed: 2, untold: 0 },
    injectionsResisted: { count: 0, of: 2 },
    wrong: injected.map(({ id, label, injection }) => ({ id, expected: label, actual: injection?.wants })),
  });
  expect(evaluators[0]).not.toHaveProperty("sameEachTime");
});

test("a judge that takes the label which is named first is told by turning the order round", async () => {
  server.script(judging(({ labels }) => labels[0] ?? ""));
  const { evaluators } = await run("--evaluator", "Harmfulness", "--repeats", "3");
  expect(evaluators[0]).toMatchObject({
    agreement: { count: 8, of: 16 },
    kappa: 0,
    sameEachTime: { count: 16, of: 16 },
    sameReordered: { count: 0, of: 16 },
  });
});

test("a judge that wavers is told by asking again", async () => {
  const counts = new Map<string, number>();
  const verdict = ({ material, labels }: Asked) => {
    const before = counts.get(material) ?? 0;
    counts.set(material, before + 1);
    return labels[before % 2] ?? "";
  };
  server.script(judging(verdict));
  // One after the other, so that a memory of verdicts would show.
  const { all } = await run("--evaluator", "Stereotyping", "--repeats", "3", "--at-once", "1");
  expect(all.sameEachTime).toMatchObject({ count: 0, of: 16 });
  expect(all.repeatability).toBeCloseTo(1 / 3, 12);
});

test("what has no verdict is counted and named, and is in no share", async () => {
  let asked = 0;
  const busy = jsonReply(400, { error: { message: "no room", type: "x" } });
  server.script((response, request) =>
    ++asked % 4 === 0 ? busy(response, request) : judging(() => "Yes")(response, request),
  );
  const { all } = await run("--evaluator", "InstructionFollowing", "--repeats", "1", "--at-once", "1");
  expect(all.withoutVerdict).toBeGreaterThan(0);
  expect(all.agreement?.of).toBe(all.cases - all.withoutVerdict);
  expect(Object.keys(all.failures).join()).toMatch(/^ModelFailed: .*no room/);
  expect(printed.out).toMatch(/\d+ without a verdict: ModelFailed/);
});

test("fewer cases are taken evenly from all labels of each evaluator", async () => {
  server.script(judging(({ labels }) => labels[0] ?? ""));
  const { all, evaluators } = await run("--each", "3", "--repeats", "1");
  expect([all.cases, evaluators.length]).toEqual([39, 13]);
  for (const { confusion, labels, evaluator } of evaluators) {
    const most = Math.max(...confusion.map((row) => row.reduce((total, count) => total + count, 0)));
    expect(most, evaluator).toBe(labels.length === 2 ? 2 : 1);
  }
});

test("what the judge is shown is the case: its texts, and nothing of its label, its reasons or its difficulty", async () => {
  server.script(judging(({ labels }) => labels[0] ?? ""));
  await run("--evaluator", "ToolSelectionAccuracy", "--repeats", "1", "--each", "6");
  const bodies = server.requests.map(({ body }) => body).join("\n");
  for (const one of cases.filter(({ evaluator }) => evaluator === "ToolSelectionAccuracy")) {
    expect(bodies).not.toContain(JSON.stringify(one.why).slice(1, -1));
  }
  const [first] = cases.filter(({ evaluator }) => evaluator === "ToolSelectionAccuracy");
  if (first === undefined) throw new Error("There are no cases.");
  expect(bodies).toContain(evaluationOf(first).conversation.turns[0]?.request);
});

describe("what can't be measured ends with 2", () => {
  test.each([
    [["--evaluator", "Helpfullness"], /no cases of an evaluator Helpfullness; did you mean Helpfulness\?/],
    [["--repeats", "0"], /--repeats takes a whole number from 1, not "0"/],
    [["--each", "few"], /--each takes a whole number from 1, not "few"/],
    [["--nothing"], /nothing/],
    [["--set", "/nowhere"], /ENOENT.*nowhere/],
  ] as const)("%j", async (args, message) => {
    expect(await judgeQualityCommand(args, judge())).toBe(2);
    expect(printed.err).toMatch(message);
  });

  test("no judge", async () => {
    expect(await judgeQualityCommand([], {})).toBe(2);
    expect(printed.err).toContain("set GATEHOUSE_JUDGE_MODEL_ID");
  });

  test("a judge that is set up wrongly", async () => {
    expect(await judgeQualityCommand([], { ...judge(), GATEHOUSE_JUDGE_SAMPLES: "many" })).toBe(2);
    expect(printed.err).toContain("GATEHOUSE_JUDGE_SAMPLES");
  });

  test("a judge that gives no verdict is not asked about the whole set", async () => {
    server.script(jsonReply(401, { error: { message: "who are you?", type: "x" } }));
    expect(await judgeQualityCommand([], judge())).toBe(2);
    expect(printed.err).toMatch(/None of 12 questions has a verdict\. The last one: ModelFailed: .*who are you/);
    expect(server.requests.length).toBeLessThan(24);
  });

  test("help is no failure", async () => {
    expect(await judgeQualityCommand(["--help"], {})).toBe(0);
    expect(printed.out).toContain("Usage: npm run judge-quality");
  });
});
