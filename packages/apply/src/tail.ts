import { parseArgs } from "node:util";
import { commonOptions, endWithOutput, exitStatusOf, explain } from "./commandLine.ts";
import { follow } from "./observe/follow.ts";
import { filterOptions, momentOf } from "./observe/options.ts";
import { printedDecision } from "./observe/printDecision.ts";
import { queryClientOf } from "./observe/queryClient.ts";

const help = `Usage: npm run --silent tail -- [options]

Shows decisions as they fall, until it is interrupted.

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

Colours are for terminals; NO_COLOR=1 turns them off.`;

endWithOutput();
process.exitCode = await exitStatusOf(async (connect) => {
  const { values } = parseArgs({
    options: {
      ...commonOptions,
      ...filterOptions,
      since: { type: "string" },
      once: { type: "boolean" },
      json: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const { help: _, endpoint: given, since, once = false, json, ...filter } = values;
  const { endpoint, client } = connect(given);
  const now = new Date();
  const decisions = follow({
    ask: queryClientOf(endpoint, client),
    filter,
    since: since === undefined ? now : momentOf("since", since, now),
    once,
    signal: untilInterrupted(),
    onInterrupted: (error) => console.error(`${explain(error, endpoint)}\nWaiting until it answers again.`),
    onResumed: () => console.error("It answers again."),
  });
  for await (const decision of decisions) {
    console.log(json ? JSON.stringify(decision) : printedDecision(decision, process.stdout));
  }
  return 0;
});

/** Aborts when the person at the terminal has seen enough. */
function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}
