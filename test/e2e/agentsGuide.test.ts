import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessKeyOf, apiKey } from "../support/agents.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { blocksOf, commandsUnder, type } from "../support/guide.ts";
import { type BareEnvironment, bareEnvironment, findAwsCli, findBoto3, run } from "../support/python.ts";
import { signedRequest } from "../support/signedRequest.ts";

const [cli, boto3] = await Promise.all([findAwsCli(), findBoto3()]);
const skipped = cli.skipped || boto3.skipped;

describe.skipIf(skipped)(`docs/agents.md, command by command${skipped}`, { timeout: 120_000 }, () => {
  let gatehouse: TestGatehouse;
  let bare: BareEnvironment;
  beforeAll(async () => {
    gatehouse = await startGatehouse();
    bare = await bareEnvironment();
  });
  afterAll(async () => {
    await bare?.[Symbol.asyncDispose]();
    await gatehouse?.[Symbol.asyncDispose]();
  });

  test("an agent's code gets its key, and its tokens are revoked", async () => {
    const { url, region, administrator } = gatehouse.host;
    await using folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-guide-"));
    const environment = {
      ...bare.variables,
      AWS_ACCESS_KEY_ID: administrator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: administrator.secretAccessKey,
      AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL: url,
      AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: url,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      WEATHER_KEY: apiKey,
    };
    const [known = ""] = commandsUnder(await blocksOf("administer.md"), "Access keys").split("\n\n");
    const guide = await blocksOf("agents.md");
    const made = await type(`${known}\n${commandsUnder(guide, "In short")}`, folder.path, environment);
    expect([made.code, made.stderr]).toEqual([0, ""]);
    expect(made.stdout).toContain('"roles":["agent"]');

    const { accessKeyId, secretAccessKey } = await accessKeyOf(gatehouse.host, "agent");
    const agents = { ...environment, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    const python = guide.find(({ language }) => language === "python")?.code ?? "";
    const ran = await run("python3", ["-c", `${python}\nprint(key)`], agents);
    expect([ran.code, ran.stdout.trim(), ran.stderr]).toEqual([0, apiKey, ""]);

    const revoked = await type(`${known}\n${commandsUnder(guide, "For whom")}`, folder.path, environment);
    expect([revoked.code, JSON.parse(revoked.stdout)]).toEqual([
      0,
      { name: "travel", workloadIdentityArn: expect.any(String), tokensNotBefore: expect.any(String) },
    ]);
  });

  test("the policies are valid", async () => {
    const cedar = (await blocksOf("agents.md")).filter(({ language }) => language === "cedar");
    const policies = [
      'permit(principal in Gatehouse::Role::"admin", action, resource);',
      ...cedar.map(({ code }) => code),
    ];
    const request = { method: "PUT", path: "/administration/policies", body: { policies: policies.join("\n") } };
    const { status, body } = await signedRequest(gatehouse.url, request, gatehouse.host.administrator);
    expect([status, body.warnings]).toEqual([200, undefined]);
  });
});
