import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { messageOf } from "@gatehouse/core/errors.ts";
import { exportsOf } from "./exports.ts";

const help = `Usage: eval "$(npm run --silent first-key)"

Makes the first administrator's access key of a deployment on AWS, and prints the commands that a shell uses it with. It is good
for a day. Your AWS credentials must be allowed to invoke the deployment's function firstKey; it makes a key only where nobody
can administer yet.

  --outputs FILE   what the deployment has printed (.sst/outputs.json)`;

/** What `sst deploy` writes down of a deployment, as far as it is needed here. */
interface Outputs {
  readonly url: string;
  readonly region: string;
  readonly firstKeyFunction: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { outputs: { type: "string" }, help: { type: "boolean", short: "h" } } });
  if (values.help) return console.log(help);
  const { url, region, firstKeyFunction: FunctionName } = await readOutputs(values.outputs);
  const lambda = new LambdaClient({ region });
  try {
    const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName }));
    const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || "null");
    if (FunctionError !== undefined) throw new Error(answer?.errorMessage ?? FunctionError);
    const { accessKeyId, secretAccessKey } = answer ?? {};
    // A shell is to run what is printed.
    if (![accessKeyId, secretAccessKey].every((text) => /^[\w+/=-]+$/.test(text))) {
      throw new Error(`${FunctionName} has answered with what is no access key.`);
    }
    // The credentials that this was called with would be taken for a part of the key.
    console.log(
      ["unset AWS_PROFILE AWS_SESSION_TOKEN", ...exportsOf({ url, region, accessKeyId, secretAccessKey })].join("\n"),
    );
  } finally {
    lambda.destroy();
  }
}

async function readOutputs(file: string | undefined): Promise<Outputs> {
  const path = file ?? join(process.env.INIT_CWD ?? process.cwd(), ".sst", "outputs.json");
  const text = await readFile(path, "utf8").catch(() => {
    throw new Error(`There is no ${path}: deploy first (npx sst deploy), or name another file with --outputs.`);
  });
  const outputs = JSON.parse(text);
  for (const name of ["url", "region", "firstKeyFunction"]) {
    if (typeof outputs[name] !== "string") throw new Error(`${path} doesn't say ${name}: is it of a Gatehouse?`);
  }
  return outputs;
}

await main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
