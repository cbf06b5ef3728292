import { writeFile } from "node:fs/promises";
import { messageOf } from "@gatehouse/core/errors.ts";
import { builtinEvaluators } from "@gatehouse/core/evaluation/evaluators/builtin.ts";
import { judges } from "@gatehouse/functions/judge.ts";
import { readJudgeSettings } from "@gatehouse/functions/judgeSettings.ts";
import { exit } from "@gatehouse/policy/commandLine.ts";
import { pathOf } from "@gatehouse/policy/files.ts";
import { UsageError } from "@gatehouse/policy/problem.ts";
import { evaluate } from "./evaluate.ts";
import { evaluatorsNamed } from "./evaluators.ts";
import { readEvaluators } from "./evaluatorsFile.ts";
import { type Options, readOptions } from "./options.ts";
import { readReferences } from "./referenceFile.ts";
import { jsonOf } from "./report/json.ts";
import { junitOf } from "./report/junit.ts";
import type { EvaluatorReport } from "./report/report.ts";
import { tableOf } from "./report/table.ts";
import { readSessions } from "./sessions.ts";
import { thresholdsOf } from "./thresholds.ts";

const help = `Usage: npm run evaluate -- --spans FILE --evaluators NAME,... [options]

  --spans FILE           the spans of your agent: OpenTelemetry's JSON, or a JSON object a line; repeatable
  --evaluators NAME,...  as in Helpfulness,ToolSelectionAccuracy; --list shows all
  --own FILE             evaluators of your own; all of them if --evaluators names none
  --reference FILE       what is known to be right: expected responses, assertions, tools in their order
  --session ID           only this session of the file; repeatable
  --threshold NAME=N     what the average of an evaluator must be at least, or at most where less is better: of Refusal;
                         repeatable
  --junit FILE           write a report that CI systems show
  --json FILE            write the results as JSON; "-" prints them instead of the table
  --list                 show the evaluators that there are

The model that judges is GATEHOUSE_JUDGE_MODEL_ID: on Bedrock, or at the OpenAI-compatible GATEHOUSE_JUDGE_MODEL_URL
(with GATEHOUSE_JUDGE_MODEL_API_KEY). What needs none is evaluated without.

Exit status: 0 all was evaluated, and every threshold is reached; 1 one is missed, or something could not be evaluated;
             2 nothing was evaluated: wrong usage, or a file that can't be used`;

/**
 * Evaluates a file of spans and prints what came of it: results to standard output, why it could not be done to standard error.
 * @returns the exit status.
 */
export async function evaluateCommand(args: readonly string[]): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return exit.usage;
  }
}

async function run(args: readonly string[]): Promise<number> {
  if (args.length === 0 || args.includes("--help") || args.includes("-h")) {
    console.log(help);
    return args.length === 0 ? exit.usage : exit.good;
  }
  if (args.includes("--list")) {
    console.log(listOfEvaluators());
    return exit.good;
  }
  const options = readOptions(args);
  const reports = await evaluated(options);
  await write(reports, options);
  const isGood = reports.every(({ summary }) => summary.failed === 0 && summary.missed === undefined);
  return isGood ? exit.good : exit.found;
}

async function evaluated({ spans, sessions, own, reference, evaluators, thresholds }: Options) {
  const [read, ownEvaluators, references] = await Promise.all([
    readSessions(spans, sessions),
    own === undefined ? [] : readEvaluators(own),
    reference === undefined ? [] : readReferences(reference),
  ]);
  const found = evaluatorsNamed(evaluators, ownEvaluators, theJudges());
  return evaluate({
    sessions: read,
    evaluators: found,
    references,
    thresholds: thresholdsOf(
      thresholds,
      found.map(({ evaluator }) => evaluator),
    ),
  });
}

/** The judges that the environment names; none where it names none. */
function theJudges() {
  try {
    return judges(readJudgeSettings());
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

async function write(reports: readonly EvaluatorReport[], { junit, json }: Options): Promise<void> {
  if (junit !== undefined) await writeReport(junit, junitOf(reports));
  if (json !== undefined && json !== "-") await writeReport(json, `${jsonOf(reports)}\n`);
  console.log(json === "-" ? jsonOf(reports) : tableOf(reports));
}

async function writeReport(file: string, text: string): Promise<void> {
  await writeFile(pathOf(file), text).catch((error: unknown) => {
    throw new UsageError(`${file} can't be written: ${messageOf(error)}`);
  });
}

function listOfEvaluators(): string {
  const width = Math.max(...builtinEvaluators.map(({ id }) => id.length));
  return builtinEvaluators
    .map(({ id, level, needsJudge, description }) =>
      [id.padEnd(width), level.padEnd("TOOL_CALL".length), needsJudge ? "judge" : "     ", description].join("  "),
    )
    .join("\n");
}
