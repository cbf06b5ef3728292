import { parseArgs } from "node:util";
import { commonOptions, exitStatusOf } from "./commandLine.ts";
import { exportDocument } from "./exportDocument.ts";

const help = `Usage: npm run --silent export -- [options] > FILE.yaml

Prints what a Gatehouse has as a file for "npm run apply".

  --gateway NAME    a gateway with its targets; repeatable
  --engine NAME     a policy engine with its policies; repeatable
                    (everything unless one of both is given)
  --endpoint URL    the control plane (AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL, AWS_ENDPOINT_URL,
                    or http://127.0.0.1 and GATEHOUSE_PORT or 4000)`;

process.exitCode = await exitStatusOf(async (connect) => {
  const multiple = { type: "string", multiple: true } as const;
  const { values } = parseArgs({
    options: { ...commonOptions, gateway: multiple, engine: multiple },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const { client } = connect(values.endpoint);
  process.stdout.write(await exportDocument({ client, gateways: values.gateway, policyEngines: values.engine }));
  return 0;
});
