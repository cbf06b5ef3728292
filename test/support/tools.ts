import { execFile } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { TestGatehouse } from "./gatehouse.ts";
import type { Ran } from "./policy.ts";

const program = fileURLToPath(new URL("../../packages/apply/src/tools.ts", import.meta.url));

/** Runs what `npm run tools` runs, with nobody at its terminal. */
export async function runTools(gatehouse: TestGatehouse, args: readonly string[]): Promise<Ran> {
  const { AWS_ENDPOINT_URL: _, ...environment } = process.env;
  const { accessKeyId, secretAccessKey } = await gatehouse.control.config.credentials();
  const child = execFile(process.execPath, [program, ...args], {
    env: {
      ...environment,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: gatehouse.host.region,
      AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL: gatehouse.url,
    },
  });
  child.stdin?.end();
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (text: string) => (stdout += text));
  child.stderr?.on("data", (text: string) => (stderr += text));
  const [status] = await once(child, "close");
  return { status: Number(status), stdout, stderr };
}
