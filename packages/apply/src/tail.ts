import { parseArgs } from "node:util";
import type { Decision, Evaluation } from "@gatehouse/core/observability/query/answers.ts";
import { commonOptions, endWithOutput, exitStatusOf, explain } from "./commandLine.ts";
import { type Followed, follow } from "./observe/follow.ts";
import { evaluationOptions, filterOptions, momentOf } from "./observe/options.ts";
import { printedDecision } from "./observe/printDecision.ts";
import { printedEvaluation } from "./observe/printEvaluation.ts";
import { queryClientOf } from "./observe/queryClient.ts";

const help = `Usage: npm run --silent tail -- [options]
       npm run --silent tail -- --evaluations [options]

Shows decisions as they fall, or what online evaluations say, until it is interrupted.

  --gateway ID  --principal ID  --agent ID  --engine ID  --target NAME  --tool NAME  --policy ID
  --method NAME      as in tools/call
  --outcome OUTCOME  allowed, denied, would-deny, rejected or listed
                     (of each of these any, if it is said more than once)
  --decision ALLOW|DENY
  --mode ENFORCE|LOG_ONLY
  --flips            only where something in LOG_ONLY would have changed the answer
  --since TIME       first those from then on: a time, or how long ago, as in 15m
  --once             only those, and nothing that comes
  --json             whole decisions, one a line
  --endpoint URL     the control plane (AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL, AWS_ENDPOINT_URL,
                     or http://127.0.0.1 and GATEHOUSE_PORT or 4000)

With --evaluations, which are chosen by
  --config ID  --evaluator ID  --session ID  --agent NAME  --label LABEL  --error CODE

Colours are for terminals; NO_COLOR=1 turns them off.`;

const decisionList: Followed<Decision> = {
  path: "/decisions",
  rows: "decisions",
  idOf: ({ decisionId }) => decisionId,
  timeOf: ({ time }) => time,
};
const evaluationList: Followed<Evaluation> = {
  path: "/evaluations",
  rows: "evaluations",
  idOf: ({ evaluationId }) => evaluationId,
  timeOf: ({ evaluatedAt }) => evaluatedAt,
};

endWithOutput();
process.exitCode = await exitStatusOf(async (connect) => {
  const { values } = parseArgs({
    options: {
      ...commonOptions,
      ...filterOptions,
      ...evaluationOptions,
      evaluations: { type: "boolean" },
      since: { type: "string" },
      once: { type: "boolean" },
      json: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  // Of an option that is about the other list, the API says that it is no parameter there.
  const { help: _, endpoint: given, since, once = false, json, evaluations, ...filter } = values;
  const { endpoint, client } = connect(given);
  const now = new Date();
  const options = {
    ask: queryClientOf(endpoint, client),
    filter,
    since: since === undefined ? now : momentOf("since", since, now),
    once,
    signal: untilInterrupted(),
    onInterrupted: (error: unknown) => console.error(`${explain(error, endpoint)}\nWaiting until it answers again.`),
    onResumed: () => console.error("It answers again."),
  };
  const show = async <Row>(list: Followed<Row>, printed: (row: Row, stream: NodeJS.WriteStream) => string) => {
    for await (const row of follow({ ...options, list })) {
      console.log(json ? JSON.stringify(row) : printed(row, process.stdout));
    }
  };
  if (evaluations) await show(evaluationList, printedEvaluation);
  else await show(decisionList, printedDecision);
  return 0;
});

/** Aborts when the person at the terminal has seen enough. */
function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}
