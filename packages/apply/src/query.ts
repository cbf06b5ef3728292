import { once } from "node:events";
import { parseArgs } from "node:util";
import { commonOptions, endWithOutput, exitStatusOf } from "./commandLine.ts";
import { queryClientOf } from "./observe/queryClient.ts";

const help = `Usage: npm run --silent query -- PATH [NAME=VALUE ...]

Asks the query API, and prints its answer as it comes; as in

  npm run --silent query -- decisions decision=DENY maxResults=10
  npm run --silent query -- aggregates groupBy=tool groupBy=decision interval=hour format=csv
  npm run --silent query -- export/decisions from=2026-11-01T00:00:00Z > decisions.ndjson

  --endpoint URL     the control plane (AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL, AWS_ENDPOINT_URL,
                     or http://127.0.0.1 and GATEHOUSE_PORT or 4000)

Where there are more pages in CSV, what nextToken has to be is said on standard error.

Exit status: 0 all of the answer was printed; 1 an error, or an answer that broke off`;

endWithOutput();
process.exitCode = await exitStatusOf(async (connect) => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: commonOptions });
  const [path, ...assignments] = positionals;
  if (values.help || path === undefined) {
    console.log(help);
    return values.help ? 0 : 1;
  }
  const { endpoint, client } = connect(values.endpoint);
  const ask = queryClientOf(endpoint, client);
  const answer = await ask(`/${path.replace(/^\/+/, "")}`, parametersOf(assignments));
  await print(answer.body ?? []);
  if (process.stdout.isTTY) console.log();
  const nextToken = answer.headers.get("x-gatehouse-next-token");
  if (nextToken !== null) console.error(`nextToken=${nextToken}`);
  return 0;
});

/** @throws Error where the body ends before it is whole. */
async function print(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of body) {
      // What is written faster than it is taken would pile up.
      if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
    }
  } catch (cause) {
    throw new Error("The answer broke off: what was printed is not all of it.", { cause });
  }
}

/** @throws Error for what assigns nothing. */
function parametersOf(assignments: readonly string[]): Record<string, string[]> {
  const parameters: Record<string, string[]> = Object.create(null);
  for (const assignment of assignments) {
    const at = assignment.indexOf("=");
    if (at < 1) throw new Error(`A parameter is NAME=VALUE, which "${assignment}" is not.`);
    const name = assignment.slice(0, at);
    parameters[name] ??= [];
    parameters[name].push(assignment.slice(at + 1));
  }
  return parameters;
}
