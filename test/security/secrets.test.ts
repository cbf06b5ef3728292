import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { post, toolsCall } from "../support/mcp.ts";
import { type GatehouseProcess, spawnGatehouse, tokenOf } from "../support/process.ts";
import { type AccessKey, send, sign, signedRequest, type Unsigned } from "../support/signedRequest.ts";

let data: string;
let gatehouse: GatehouseProcess;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "gatehouse-secrets-"));
  gatehouse = await spawnGatehouse(data, { POWERTOOLS_LOG_LEVEL: "DEBUG", POWERTOOLS_METRICS_DISABLED: "false" });
});
afterAll(async () => {
  await gatehouse.kill();
  await rm(data, { recursive: true, force: true });
});

/** Every file below a folder, as the bytes that are in it, by its path. */
async function filesIn(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(await Promise.all(files.map(async (file) => [file, await readFile(file, "latin1")] as const)));
}

test("T18 no secret is in a log, an answer, an event or a table, whatever goes right or wrong", async () => {
  const { url, endpoint, administrator } = gatehouse;
  const answers: unknown[] = [];
  const ask = async (request: Unsigned, key: AccessKey = administrator) => {
    const answer = await signedRequest(url, request, key);
    answers.push(answer);
    return answer;
  };
  // Secrets of administrators: made, rotated, revoked, mistaken.
  const keys = { method: "POST", path: "/access-keys", body: { name: "secret", roles: ["analyst"] } };
  const made = (await signedRequest(url, keys, administrator)).body as AccessKey;
  const rotate = { method: "POST", path: `/access-keys/${made.accessKeyId}/rotate`, body: {} };
  const rotated = (await signedRequest(url, rotate, administrator)).body as AccessKey;
  const mistaken = { ...made, secretAccessKey: "bWlzdGFrZW4tc2VjcmV0LW9mLWFuLWFkbWluaXN0cmF0b3I" };
  for (const key of [made, rotated, mistaken]) await ask({ method: "GET", path: "/gateways/" }, key);
  await ask({ method: "GET", path: "/access-keys" });
  await ask({ method: "DELETE", path: `/access-keys/${rotated.accessKeyId}` });
  const { address, init } = await sign(url, { method: "GET", path: "/gateways/" }, administrator);
  const signature = init.headers.authorization?.split("Signature=")[1] ?? "";
  answers.push(await send(new URL("/gateways/?tampered", address), init));
  const bearer = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.c2VjcmV0LWJlYXJlcg";
  answers.push(await send(new URL("/gateways/", url), { headers: { authorization: `Bearer ${bearer}` } }));

  // Secrets of targets: an API key and a client's secret, kept, mistaken and replaced.
  const apiKey = "api-key-of-a-target-71c05e";
  const clientSecret = "client-secret-at-an-issuer-0c8d2b";
  for (const operation of ["Create", "Create", "Update", "Get", "List"]) {
    const name = operation === "List" ? {} : { name: "crm" };
    const ofKey = { ...name, ...(/Create|Update/.test(operation) ? { apiKey } : {}) };
    const plural = operation === "List" ? "s" : "";
    await ask({ method: "POST", path: `/identities/${operation}ApiKeyCredentialProvider${plural}`, body: ofKey });
    const githubOauth2ProviderConfig = { clientId: operation === "Update" ? "" : "client", clientSecret };
    const config = {
      credentialProviderVendor: "GithubOauth2",
      oauth2ProviderConfigInput: { githubOauth2ProviderConfig },
    };
    const ofClient = { ...name, ...(/Create|Update/.test(operation) ? config : {}) };
    await ask({ method: "POST", path: `/identities/${operation}Oauth2CredentialProvider${plural}`, body: ofClient });
  }

  // A key that goes into the query of an address at which nobody answers.
  const gatewayId = /\/gateways\/([^/]+)/.exec(endpoint)?.[1] ?? "";
  const credentialProvider = {
    apiKeyCredentialProvider: {
      providerArn: "arn:aws:bedrock-agentcore:us-east-1:000000000000:token-vault/default/apikeycredentialprovider/crm",
      credentialLocation: "QUERY_PARAMETER",
      credentialParameterName: "key",
    },
  };
  const dead = {
    name: "Dead",
    targetConfiguration: { mcp: { mcpServer: { endpoint: "http://127.0.0.1:9/mcp" } } },
    credentialProviderConfigurations: [{ credentialProviderType: "API_KEY", credentialProvider }],
  };
  const target = await ask({ method: "POST", path: `/gateways/${gatewayId}/targets/`, body: dead });
  const { targetId } = target.body as { readonly targetId: string };
  await vi.waitFor(async () => {
    const { body } = await ask({ method: "GET", path: `/gateways/${gatewayId}/targets/${targetId}/` });
    expect(body).toMatchObject({ status: "FAILED", statusReasons: [expect.stringContaining("ECONNREFUSED")] });
  }, 20_000);

  // Secrets of agents: a good token, a forged one.
  const token = await tokenOf(gatehouse, "alice");
  const call = toolsCall("ApplicationToolTarget___create_application", { applicant_region: "US", coverage_amount: 1 });
  answers.push(await post(endpoint, call, { Authorization: `Bearer ${token}` }));
  const forged = `${token.slice(0, -20)}AAAAAAAAAAAAAAAAAAAA`;
  answers.push(await post(endpoint, call, { Authorization: `Bearer ${forged}` }));

  gatehouse.child.kill("SIGTERM");
  await new Promise((resolve) => gatehouse.child.once("exit", resolve));

  const files = await filesIn(data);
  const masterKey = files.get(join(data, "master-key"))?.trim() ?? "";
  expect(masterKey.length).toBeGreaterThan(40);
  // The one place that a secret may be shown in: the exports, printed once to whoever has started it.
  const printed = `AWS_SECRET_ACCESS_KEY=${administrator.secretAccessKey}`;
  expect(gatehouse.output().split(printed)).toHaveLength(2);
  const sinks = new Map<string, string>([
    ["its output", gatehouse.output().replace(printed, "")],
    ["its answers", JSON.stringify(answers)],
    ...[...files].filter(([file]) => !/(master-key|issuer-key\.json)$/.test(file)),
  ]);
  // What is searched has really been written there: who was refused, and the key's id, which is no secret.
  expect(gatehouse.output()).toContain("An administrator was refused");
  expect([...files].some(([, content]) => content.includes(made.accessKeyId))).toBe(true);
  expect([...files].some(([, content]) => content.includes("oauth2credentialprovider/crm"))).toBe(true);
  const secrets = {
    "the default key's secret": administrator.secretAccessKey,
    "a new key's secret": made.secretAccessKey,
    "a rotated key's secret": rotated.secretAccessKey,
    "a mistaken secret": mistaken.secretAccessKey,
    "a signature": signature,
    "a bearer token": bearer,
    "an agent's token": token,
    "a forged token": forged,
    "an API key": apiKey,
    "a client's secret": clientSecret,
    "the master key": masterKey,
  };
  const found = Object.entries(secrets).flatMap(([name, secret]) =>
    [...sinks].filter(([, content]) => content.includes(secret)).map(([sink]) => `${name} is in ${sink}`),
  );
  expect(found).toEqual([]);
}, 60_000);
