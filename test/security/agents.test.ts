import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  GetResourceApiKeyCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenCommand,
  GetWorkloadAccessTokenForJWTCommand,
} from "@aws-sdk/client-bedrock-agentcore";
import { BedrockAgentCoreControlClient } from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessKeyOf, addAgent, agentsClient, apiKey, clientSecret } from "../support/agents.ts";
import { type GatehouseProcess, spawnGatehouse, tokenOf } from "../support/process.ts";
import { type Answer, send, sign, signedRequest } from "../support/signedRequest.ts";

let data: string;
let gatehouse: GatehouseProcess;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "gatehouse-agents-"));
  gatehouse = await spawnGatehouse(data, { POWERTOOLS_LOG_LEVEL: "DEBUG", POWERTOOLS_METRICS_DISABLED: "false" });
  const { url: endpoint, administrator: credentials } = gatehouse;
  const control = new BedrockAgentCoreControlClient({ endpoint, region: "us-east-1", credentials });
  await addAgent(control, `${endpoint}/idp`);
  control.destroy();
});
afterAll(async () => {
  await gatehouse.kill();
  await rm(data, { recursive: true, force: true });
});

const asking = { method: "POST", path: "/identities/GetWorkloadAccessToken", body: { workloadName: "travel" } };

describe("T02, T19 the data plane lets nobody in", () => {
  const refused = (name: string): Partial<Answer> => ({ error: name });

  test("without a signature, with one of another request, or with one that is none", async () => {
    const key = await accessKeyOf(gatehouse, "agent");
    const body = JSON.stringify(asking.body);
    const unsigned = { method: "POST", body, headers: { "content-type": "application/json" } };
    const { address, init } = await sign(gatehouse.url, asking, key);
    expect(await send(address, unsigned)).toMatchObject(refused("MissingAuthenticationTokenException"));
    expect(await send(address, { ...init, body: '{"workloadName": "other"}' })).toMatchObject(
      refused("InvalidSignatureException"),
    );
    const elsewhere = new URL("/identities/GetWorkloadAccessTokenForUserId", gatehouse.url);
    expect(await send(elsewhere, init)).toMatchObject(refused("InvalidSignatureException"));
    const bearer = { ...unsigned, headers: { ...unsigned.headers, authorization: "Bearer x" } };
    expect(await send(address, bearer)).toMatchObject(refused("UnauthorizedException"));
  });

  test("with a signature of yesterday, or for another service", async () => {
    const key = await accessKeyOf(gatehouse, "agent");
    const yesterday = await sign(gatehouse.url, asking, key, { signingDate: new Date(Date.now() - 86_400_000) });
    expect(await send(yesterday.address, yesterday.init)).toMatchObject(refused("InvalidSignatureException"));
    const other = await sign(gatehouse.url, asking, key, { service: "s3" });
    expect(await send(other.address, other.init)).toMatchObject(refused("InvalidSignatureException"));
  });

  test("whose key is gone", async () => {
    const key = await accessKeyOf(gatehouse, "agent");
    expect(await signedRequest(gatehouse.url, asking, key)).toMatchObject({ status: 200 });
    const gone = { method: "DELETE", path: `/access-keys/${key.accessKeyId}` };
    await signedRequest(gatehouse.url, gone, gatehouse.administrator);
    expect(await signedRequest(gatehouse.url, asking, key)).toMatchObject(refused("UnrecognizedClientException"));
  });

  test("by a page in somebody's browser, which can't send JSON unasked", async () => {
    const key = await accessKeyOf(gatehouse, "agent");
    const text = await sign(gatehouse.url, asking, key, { headers: { "content-type": "text/plain" } });
    expect(await send(text.address, text.init)).toMatchObject(refused("ValidationException"));
  });

  test("to the control plane with an agent's key", async () => {
    const key = await accessKeyOf(gatehouse, "agent");
    for (const path of ["/gateways/", "/access-keys"]) {
      expect(await signedRequest(gatehouse.url, { method: "GET", path }, key)).toMatchObject(
        refused("AccessDeniedException"),
      );
    }
    const revoke = { method: "POST", path: "/identities/RevokeWorkloadAccessTokens", body: { name: "travel" } };
    expect(await signedRequest(gatehouse.url, revoke, key)).toMatchObject(refused("AccessDeniedException"));
  });
});

test("T18 nothing that agents' code gets or shows is in a log, an event or a table", async () => {
  const client = await agentsClient(gatehouse);
  const userToken = await tokenOf(gatehouse, "alice");
  const { workloadAccessToken: own = "" } = await client.send(
    new GetWorkloadAccessTokenCommand({ workloadName: "travel" }),
  );
  const { workloadAccessToken: hers = "" } = await client.send(
    new GetWorkloadAccessTokenForJWTCommand({ workloadName: "travel", userToken }),
  );
  const weather = { resourceCredentialProviderName: "weather" };
  const got = await client.send(new GetResourceApiKeyCommand({ ...weather, workloadIdentityToken: own }));
  const calendar = { resourceCredentialProviderName: "calendar", scopes: ["read"] };
  const { accessToken = "" } = await client.send(
    new GetResourceOauth2TokenCommand({ ...calendar, workloadIdentityToken: own, oauth2Flow: "M2M" }),
  );
  await client.send(
    new GetResourceOauth2TokenCommand({
      ...calendar,
      workloadIdentityToken: hers,
      oauth2Flow: "USER_FEDERATION",
      customState: "a-state-of-the-application",
    }),
  );
  const refusals = await Promise.allSettled([
    client.send(new GetResourceApiKeyCommand({ ...weather, workloadIdentityToken: `${own}A` })),
    client.send(
      new GetWorkloadAccessTokenForJWTCommand({
        workloadName: "travel",
        userToken: `${userToken.slice(0, -9)}AAAAAAAAA`,
      }),
    ),
  ]);
  expect(refusals.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  client.destroy();
  gatehouse.child.kill("SIGTERM");
  await new Promise((resolve) => gatehouse.child.once("exit", resolve));

  const secrets = {
    "an API key": apiKey,
    "what was answered as one": got.apiKey ?? "",
    "a client's secret": clientSecret,
    "an issuer's token": accessToken,
    "a workload access token": own,
    "a user's workload access token": hers,
    "a user's token": userToken,
    "an application's state": "a-state-of-the-application",
  };
  const sinks = new Map([
    ["its output", gatehouse.output()],
    ["its refusals", JSON.stringify(refusals.map((one) => (one.status === "rejected" ? String(one.reason) : "")))],
    ...(await filesIn(data)),
  ]);
  // What is searched has really been written there: who was refused, and the agent's name, which is no secret.
  expect(gatehouse.output()).toContain("Somebody was refused a credential");
  expect([...sinks].some(([sink, content]) => sink.startsWith(data) && content.includes("calendar"))).toBe(true);
  const found = Object.entries(secrets).flatMap(([name, secret]) =>
    [...sinks].filter(([, content]) => content.includes(secret)).map(([sink]) => `${name} is in ${sink}`),
  );
  expect(found).toEqual([]);
}, 60_000);

/** Every file below a folder, as the bytes that are in it, by its path. */
async function filesIn(folder: string): Promise<[string, string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Promise.all(files.map(async (file): Promise<[string, string]> => [file, await readFile(file, "latin1")]));
}
