import { fileURLToPath } from "node:url";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessKeyOf, addAgent, apiKey } from "../support/agents.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { type BareEnvironment, bareEnvironment, findAwsCli, findBoto3, run } from "../support/python.ts";

const [cli, boto3] = await Promise.all([findAwsCli(), findBoto3()]);
const script = fileURLToPath(new URL("../fixtures/boto3_identity.py", import.meta.url));

let gatehouse: TestGatehouse;
let bare: BareEnvironment;
let environment: NodeJS.ProcessEnv;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  bare = await bareEnvironment();
  await addAgent(gatehouse.control, gatehouse.host.idp.issuer);
  const { accessKeyId, secretAccessKey } = await accessKeyOf(gatehouse.host, "agent");
  environment = {
    ...bare.variables,
    AWS_DEFAULT_REGION: gatehouse.host.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: gatehouse.url,
  };
});
afterAll(async () => {
  await bare?.[Symbol.asyncDispose]();
  await gatehouse?.[Symbol.asyncDispose]();
});

describe.skipIf(boto3.skipped)(`boto3${boto3.skipped}`, { timeout: 120_000 }, () => {
  test("asks for credentials with every operation", async () => {
    const gateway = await gatehouse.createGateway();
    const given = JSON.stringify({ userToken: await gatehouse.token(gateway, "alice") });
    const { code, stdout, stderr } = await run("python3", [script, given], environment);
    expect([code, stderr]).toEqual([0, ""]);
    const { accessToken, ...answers } = JSON.parse(stdout);
    expect(decodeJwt(accessToken).iss).toBe(gatehouse.host.idp.issuer);
    const consent = ["IN_PROGRESS", expect.stringContaining(`${gatehouse.url}/oauth/consent?session=`)];
    expect(answers).toEqual({
      apiKey,
      consents: [
        [...consent, expect.stringMatching(/^urn:/)],
        [...consent, expect.stringMatching(/^urn:/)],
      ],
      tooEarly: { type: "ValidationException", status: 400 },
      forged: { type: "UnauthorizedException", status: 401 },
      nobody: { type: "ResourceNotFoundException", status: 404 },
    });
  });
});

describe.skipIf(cli.skipped)(`the AWS CLI${cli.skipped}`, { timeout: 120_000 }, () => {
  test("gets a key that is kept for an agent", async () => {
    const aws = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(
        "aws",
        ["bedrock-agentcore", ...args, "--output", "json"],
        environment,
      );
      return code === 0 ? JSON.parse(stdout) : stderr;
    };
    const { workloadAccessToken } = await aws("get-workload-access-token", "--workload-name", "travel");
    const provider = ["--resource-credential-provider-name", "weather"];
    expect(await aws("get-resource-api-key", "--workload-identity-token", workloadAccessToken, ...provider)).toEqual({
      apiKey,
    });
    const refused = await aws("get-workload-access-token", "--workload-name", "nobody");
    expect(refused).toMatch(/\(ResourceNotFoundException\).*GetWorkloadAccessToken/);
  });
});
