import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearestName } from "@gatehouse/core/control/administration/nearest.ts";
import { messageOf } from "@gatehouse/core/errors.ts";
import type { Judge } from "@gatehouse/core/evaluation/evaluator.ts";
import type { VerdictCache } from "@gatehouse/core/evaluation/judge/cache.ts";
import { judges } from "@gatehouse/functions/judge.ts";
import { type JudgeSettings, readJudgeSettings } from "@gatehouse/functions/judgeSettings.ts";
import { machine } from "../machine.ts";
import { chooseEach } from "./choose.ts";
import { type LabelledCase, readLabelled } from "./labelled.ts";
import { measure, NoVerdictError } from "./measure.ts";
import { tableOf } from "./print.ts";
import { reportOf } from "./report.ts";
import { labelledFolder } from "./set.ts";

const help = `Usage: npm run judge-quality -- [OPTION...]

Asks the judge of GATEHOUSE_JUDGE_MODEL_ID (on Bedrock, or at GATEHOUSE_JUDGE_MODEL_URL with GATEHOUSE_JUDGE_MODEL_API_KEY)
about conversations whose verdict is known, and says how good it is. It costs what its questions cost.

  --evaluator NAME    only this one, as in Helpfulness; repeatable
  --each N            at most N cases of each evaluator, evenly over its labels
  --repeats N         how often each case is asked as it is (3)
  --at-once N         how many questions are asked at once (4)
  --set FOLDER        another labelled set, of the same form as test/fixtures/evaluation
  --output FILE       where the report is written (bench/results/DATE-judge-quality-MODEL.json)

Exit status: 0 it was measured; 2 it could not be: wrong usage, no judge, or one that gives no verdict`;

const options = {
  evaluator: { type: "string", multiple: true },
  each: { type: "string" },
  repeats: { type: "string", default: "3" },
  "at-once": { type: "string", default: "4" },
  set: { type: "string", default: labelledFolder },
  output: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const satisfies ParseArgsConfig["options"];

class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Runs the command. @returns the exit status. */
export async function judgeQualityCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  try {
    await run(args, environment);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof NoVerdictError)) throw error;
    console.error(error.message);
    return 2;
  }
}

async function run(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const values = read(args);
  if (values.help) return console.log(help);
  const [repeats, atOnce] = [wholeNumber("repeats", values.repeats), wholeNumber("at-once", values["at-once"])];
  const cases = casesOf(values.set, values.evaluator, values.each);
  const settings = settingsOf(environment);
  const judge = judgeOf(settings);

  console.error(`${judge.modelId} is asked about ${cases.length} cases.`);
  const { signal } = new AbortController();
  const measured = await measure(cases, { judge, repeats, atOnce, signal, onProgress });
  const { all, evaluators } = reportOf(measured);

  console.table(tableOf(all, evaluators));
  for (const [failure, count] of Object.entries(all.failures)) console.log(`${count} without a verdict: ${failure}`);
  const date = new Date().toISOString();
  const file = values.output === undefined ? resultFile(date, judge.modelId) : pathOf(values.output);
  const endpoint = settings.url === undefined ? "Amazon Bedrock" : "OpenAI-compatible";
  const samples = settings.samples ?? 1;
  const about = { date, machine: machine(), model: judge.modelId, endpoint, samples, repeats };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...about, all, evaluators }, null, 2)}\n`);
  console.log(`Written to ${file}`);
}

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`--${name} takes a whole number from 1, not "${text}".`);
  return Number(text);
}

function casesOf(set: string, evaluators: readonly string[] | undefined, each: string | undefined): LabelledCase[] {
  const all = readSet(pathOf(set));
  const names = [...new Set(all.map(({ evaluator }) => evaluator))];
  for (const name of evaluators ?? []) {
    if (names.includes(name)) continue;
    const nearest = nearestName(name, names);
    const hint = nearest === undefined ? `there are ${names.join(", ")}` : `did you mean ${nearest}?`;
    throw new UsageError(`The set has no cases of an evaluator ${name}; ${hint}`);
  }
  const chosen = all.filter(({ evaluator }) => evaluators?.includes(evaluator) ?? true);
  return each === undefined ? chosen : chooseEach(chosen, wholeNumber("each", each));
}

function readSet(folder: string): LabelledCase[] {
  try {
    return readLabelled(folder);
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

function settingsOf(environment: Readonly<Record<string, string | undefined>>): JudgeSettings {
  let settings: JudgeSettings | undefined;
  try {
    settings = readJudgeSettings(environment);
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
  if (settings !== undefined) return settings;
  throw new UsageError(
    "There is no judge to measure: set GATEHOUSE_JUDGE_MODEL_ID, and for an endpoint that speaks OpenAI's API GATEHOUSE_JUDGE_MODEL_URL.",
  );
}

/** Remembers nothing: a verdict that is repeated from memory would always be the same. */
const forgetful: VerdictCache = { get: async () => undefined, set: async () => {} };

function judgeOf(settings: JudgeSettings): Judge {
  return judges(settings, { cache: forgetful }).judge;
}

function onProgress(done: number, of: number): void {
  if (done % 50 === 0 || done === of) console.error(`${done} of ${of} questions`);
}

function resultFile(date: string, modelId: string): string {
  const model = modelId.replaceAll(/[^A-Za-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  return join(import.meta.dirname, "../results", `${date.slice(0, 10)}-judge-quality-${model}.json`);
}

/** npm runs scripts in its own folder; the person who typed the path was perhaps in another one. */
function pathOf(file: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), file);
}
