import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { commonOptions, exitStatusOf } from "./commandLine.ts";
import { printedDrift } from "./printDrift.ts";
import { acceptDrift, only, readDrift } from "./toolDrift.ts";

const help = `Usage: npm run --silent tools -- COMMAND GATEWAY ...

  drift GATEWAY [TARGET]             show what tools have changed since they were approved
  accept GATEWAY TARGET [TOOL ...]   show it, ask, and accept it: all of it, or only these tools

Gateways and targets go by their names or ids, tools by their target's own names for them.

  --yes              don't ask
  --json             print what was found as JSON
  --endpoint URL     the control plane (AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL, AWS_ENDPOINT_URL,
                     or http://127.0.0.1 and GATEHOUSE_PORT or 4000)

Exit status: 0 no tool has changed, or all that was shown is accepted; 1 an error; 2 not confirmed; 3 tools have changed`;

const exit = { done: 0, notConfirmed: 2, changed: 3 } as const;

process.exitCode = await exitStatusOf(async (connect) => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { ...commonOptions, yes: { type: "boolean" }, json: { type: "boolean" } },
  });
  if (values.help) {
    console.log(help);
    return exit.done;
  }
  const [command, gateway, target, ...names] = positionals;
  const accepts = command === "accept" && target !== undefined;
  const shows = command === "drift" && names.length === 0;
  if (gateway === undefined || !(accepts || shows)) throw new Error(help);
  const { client } = connect(values.endpoint);
  const drift = (await readDrift(client, gateway, target)).map((one) => only(one, names));
  const waiting = drift.filter(({ tools }) => tools.length > 0);
  console.log(values.json ? JSON.stringify(waiting, null, 2) : printedDrift(waiting, process.stdout));
  if (waiting.length === 0) return exit.done;
  if (!accepts) return exit.changed;
  if (!values.yes && !(await confirm())) return exit.notConfirmed;
  for (const one of waiting) await acceptDrift(client, one);
  return exit.done;
});

async function confirm(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    console.error("Nothing was accepted: there is nobody to ask. Say --yes to accept this.");
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question("Accept this? [y/N] ").finally(() => terminal.close());
  return /^y(es)?$/i.test(answer.trim());
}
