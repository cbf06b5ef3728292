import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ListGatewaysCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { connectClient } from "../support/mcp.ts";

const run = promisify(execFile);
const root = new URL("../..", import.meta.url).pathname;

test("the gateway of docs/deploy.md lets in the clients that it names, whatever audience their tokens have", async () => {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-deploy-guide-"));
  await using gatehouse = await startGatehouse({ lambdas: [join(root, "examples/insurance/functions")] });
  const { host, control } = gatehouse;
  try {
    // The guide's own commands, with this machine's issuer in the place of Cognito's.
    const guide = await readFile(join(root, "docs/deploy.md"), "utf8");
    const sed = /^sed '(.+)' (examples\/\S+\.yaml) > \S+$/m.exec(guide) ?? [];
    const { stdout: document } = await run("sed", [sed[1] ?? "", sed[2] ?? ""], { cwd: root });
    const file = join(folder, "insurance-aws.yaml");
    await writeFile(file, document);
    const set = { issuer: host.idp.issuer, audience: "agents", functions: "insurance" };
    const variables = Object.entries(set).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
    const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = host.administrator;
    const env = { PATH: process.env.PATH, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
    const apply = join(root, "packages/apply/src/apply.ts");
    await run(process.execPath, [apply, file, "--yes", "--endpoint", host.url, ...variables], { env });

    const { items = [] } = await control.send(new ListGatewaysCommand({}));
    const url = `${host.url}/gateways/${items[0]?.gatewayId}/mcp`;
    const token = (client_id: string) => host.idp.token({ sub: client_id, client_id, aud: "somebody else" });
    const client = await connectClient(url, await token("agents"));
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(["ApplicationToolTarget___create_application"]);
    const call = (coverage_amount: number) =>
      client.callTool({ name: tools[0]?.name ?? "", arguments: { applicant_region: "US", coverage_amount } });
    expect(await call(1_000_000)).not.toHaveProperty("isError", true);
    expect(await call(10_000_000)).toHaveProperty("isError", true);
    await client.close();
    await expect(connectClient(url, await token("another"))).rejects.toThrow();
  } finally {
    await rm(folder, { recursive: true });
  }
});
