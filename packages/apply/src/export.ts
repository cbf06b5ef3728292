import { parseArgs } from "node:util";
import { clientOf, commonOptions, endpointOf, explain } from "./commandLine.ts";
import { exportDocument } from "./exportDocument.ts";

const help = `Usage: npm run --silent export -- [options] > FILE.yaml

Prints what a Gatehouse has as a file for "npm run apply".

  --gateway NAME    a gateway with its targets; repeatable
  --engine NAME     a policy engine with its policies; repeatable
                    (everything unless one of both is given)
  --endpoint URL    the control plane (AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL, AWS_ENDPOINT_URL,
                    or http://127.0.0.1 and GATEHOUSE_PORT or 4000)`;

async function main(args: readonly string[]): Promise<number> {
  let endpoint = "";
  try {
    const multiple = { type: "string", multiple: true } as const;
    const { values } = parseArgs({
      args: [...args],
      options: { ...commonOptions, gateway: multiple, engine: multiple },
    });
    if (values.help) {
      console.log(help);
      return 0;
    }
    endpoint = endpointOf(values.endpoint, process.env);
    const client = clientOf(endpoint, process.env);
    const exporting = exportDocument({ client, gateways: values.gateway, policyEngines: values.engine });
    process.stdout.write(await exporting.finally(() => client.destroy()));
    return 0;
  } catch (error) {
    console.error(explain(error, endpoint));
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
