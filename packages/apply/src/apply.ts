import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { GatehouseError } from "@gatehouse/core/errors.ts";
import { applyDocument } from "./applyDocument.ts";
import { clientOf, commonOptions, endpointOf, explain } from "./commandLine.ts";
import type { Plan } from "./plan.ts";
import { printedPlan } from "./print.ts";
import { describeStep } from "./steps.ts";

const help = `Usage: npm run apply -- FILE.yaml [options]

Brings a Gatehouse to what a file says. Prints the difference, and asks before anything is changed.

  --dry-run          print the difference and change nothing
  --yes              don't ask
  --prune            delete what is deployed and not in the file
  --secrets          send the secrets of credential providers again
  --set NAME=VALUE   the value of a variable of the file; repeatable
  --json             print the difference as JSON
  --endpoint URL     the control plane (AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL, AWS_ENDPOINT_URL,
                     or http://127.0.0.1 and GATEHOUSE_PORT or 4000)

Exit status: 0 done, or nothing to do; 1 an error; 2 not confirmed, nothing was changed; 3 a dry run found a difference`;

const exit = { done: 0, error: 1, notConfirmed: 2, difference: 3 } as const;

async function main(args: readonly string[]): Promise<number> {
  let endpoint = "";
  let file = "";
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...commonOptions,
        "dry-run": { type: "boolean", default: false },
        yes: { type: "boolean", default: false },
        prune: { type: "boolean", default: false },
        secrets: { type: "boolean", default: false },
        set: { type: "string", multiple: true, default: [] },
        json: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(help);
      return exit.done;
    }
    if (positionals.length !== 1) throw new Error("Name one file: npm run apply -- FILE.yaml");
    file = positionals[0] ?? "";
    endpoint = endpointOf(values.endpoint, process.env);
    const text = await readText(file);
    const client = clientOf(endpoint, process.env);
    let result: number = exit.done;
    const onPlan = async (plan: Plan): Promise<boolean> => {
      console.log(values.json ? JSON.stringify(plan, null, 2) : printedPlan(plan, process.stdout));
      if (plan.changes.length === 0) return true;
      if (values["dry-run"]) result = exit.difference;
      else if (values.yes || (await confirm())) return true;
      else result = exit.notConfirmed;
      return false;
    };
    const document = { text, variables: variablesOf(values.set), environment: process.env };
    // Progress goes where it can't be mistaken for the plan.
    const onStep = (step: Parameters<typeof describeStep>[0]) => console.error(`done: ${describeStep(step)}`);
    const { prune, secrets } = values;
    await applyDocument({ client, document, prune, secrets, onPlan, onStep }).finally(() => client.destroy());
    return result;
  } catch (error) {
    const text = explain(error, endpoint);
    const invalid = error instanceof GatehouseError && error.code === "validation";
    console.error(invalid ? `${file} can't be applied; nothing was changed.\n${text}` : text);
    return exit.error;
  }
}

/** npm runs scripts in its own folder; the person who typed the path was perhaps in another one. */
async function readText(file: string): Promise<string> {
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), file);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new Error(`There is no file ${path}.`);
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") throw new Error(`${path} isn't UTF-8 text.`);
    throw new Error(`${path} can't be read: ${code}.`);
  }
}

async function confirm(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    console.error("Nothing was changed: there is nobody to ask. Say --yes to apply this, or --dry-run to look at it.");
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question("Apply this? [y/N] ").finally(() => terminal.close());
  const agreed = /^y(es)?$/i.test(answer.trim());
  if (!agreed) console.error("Nothing was changed.");
  return agreed;
}

function variablesOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new Error(`--set takes NAME=VALUE, not "${pair}".`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

process.exitCode = await main(process.argv.slice(2));
