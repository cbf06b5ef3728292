import { parseArgs } from "node:util";
import type { Reconciliations } from "@gatehouse/core/observability/query/answers.ts";
import { commonOptions, exitStatusOf } from "./commandLine.ts";
import { combined, hoursOf } from "./observe/combine.ts";
import { momentOf } from "./observe/options.ts";
import { printedReconciliation } from "./observe/printReconciliation.ts";
import { queryClientOf } from "./observe/queryClient.ts";

const help = `Usage: npm run --silent reconcile -- [options]

Proves for a range of time that decisions, the gateway's own spans and what was counted agree.

  --gateway ID       repeatable; all of them unless it is said
  --from TIME        a time, or how long ago, as in 2h; an hour before --to unless it is said
  --to TIME          five minutes ago unless it is said: what is under way seems to be missing
  --json             what was found as JSON
  --endpoint URL     the control plane (AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL, AWS_ENDPOINT_URL,
                     or http://127.0.0.1 and GATEHOUSE_PORT or 4000)

Exit status: 0 everything agrees; 1 an error; 3 something doesn't`;

const exit = { agrees: 0, differs: 3 } as const;

process.exitCode = await exitStatusOf(async (connect) => {
  const { values } = parseArgs({
    options: {
      ...commonOptions,
      gateway: { type: "string", multiple: true },
      from: { type: "string" },
      to: { type: "string" },
      json: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(help);
    return exit.agrees;
  }
  const now = new Date();
  const to = momentOf("to", values.to ?? "5m", now);
  const from = values.from === undefined ? new Date(to.getTime() - 3_600_000) : momentOf("from", values.from, now);
  if (from >= to) throw new Error(`--from must be before --to, which is ${to.toISOString()}.`);
  const { endpoint, client } = connect(values.endpoint);
  const ask = queryClientOf(endpoint, client);
  const parts: Reconciliations[] = [];
  for (const hour of hoursOf(from, to)) {
    const range = { from: hour.from.toISOString(), to: hour.to.toISOString() };
    const answer = await ask("/reconciliation", { gateway: values.gateway, ...range });
    // Made by the schema that its type comes from.
    parts.push((await answer.json()) as Reconciliations);
  }
  const found = combined(parts);
  console.log(values.json ? JSON.stringify(found, null, 2) : printedReconciliation(found, process.stdout));
  return found.agrees ? exit.agrees : exit.differs;
});
