import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateGatewayCommand,
  CreateGatewayTargetCommand,
  ListGatewaysCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { startServer, type TestServer } from "@gatehouse/core/gateway/targets/http/testing.ts";
import { fixtureModel } from "@gatehouse/core/gateway/targets/smithyModel/testing.ts";
import { sessionOf, startSts, type TestSts } from "@gatehouse/core/gateway/targets/testing/sts.ts";
import { createClient, createGateway } from "@gatehouse/example-insurance/setup.ts";
import { startEnvironment } from "@gatehouse/functions/testing/lambda/environment.ts";
import { topology } from "@gatehouse/functions/topology.ts";
import { playDemo } from "@gatehouse/local/demo/play.ts";
import { ownVenue, type Venue } from "@gatehouse/local/demo/scene.ts";
import { type ProcessFunctions, processFunctions } from "@gatehouse/local/testing/processFunctions.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensurePlatform } from "../../scripts/sst-platform.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { signingFetch } from "../support/signingFetch.ts";
import { authored, authorPolicies } from "./scenario.ts";
import { account, region } from "./synth/graph.ts";
import { type Uploaded, upload } from "./uploaded.ts";

const platform = await ensurePlatform();
if (!platform.available) console.warn(`The bundles are not tested: ${platform.reason}.`);

describe.skipIf(!platform.available)("what is uploaded", () => {
  let folder: string;
  let uploaded: Uploaded;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gatehouse-bundles-"));
    uploaded = await upload(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(Object.entries(topology.functions))("%s starts as deployed", async (key, bounds) => {
    const { name, variables: environment } = uploaded.deployed(key);
    const { memoryMegabytes, timeoutSeconds } = bounds;
    const { bootstrap, code } = uploaded;
    const place = { region, accountId: account };
    const fn = { name, environment, bootstrap, folder: join(code, key), memoryMegabytes, timeoutSeconds, ...place };
    const started = await startEnvironment(fn);
    expect(started.idle).toBe(true);
    await started.stop();
  });

  test("the gateway loads at most 1.5 MB of JavaScript when it starts", () => {
    expect(bytesAtStart(join(uploaded.code, "gateway"))).toBeLessThanOrEqual(1_500_000);
  });

  describe("behind CloudFront and API Gateway, in processes that speak the Runtime API, on the embedded engine", () => {
    const output: string[] = [];
    const segments: string[] = [];
    let daemon: Socket;
    let edge: Edge;
    let functions: ProcessFunctions;
    let sts: TestSts;
    let dynamodb: TestServer;
    beforeAll(async () => {
      // What it would generate is kept with the tools: a gateway that starts needs no generator.
      await rm(join(uploaded.code, "gateway", "cedar_policy_mcp_schema_generator_wasm_bg.wasm"));
      edge = await startEdge();
      sts = await startSts();
      dynamodb = await startServer((_, __, response) => void response.writeHead(200).end("{}"));
      // Stands for the X-Ray daemon of an execution environment.
      daemon = createSocket("udp4", (message) => segments.push(message.toString()));
      daemon.bind(0, "127.0.0.1");
      await once(daemon, "listening");
      const variables = {
        GATEHOUSE_URL: edge.url,
        AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}`,
        GATEHOUSE_ASSUME_GATEWAY_ROLES: "true",
        AWS_ENDPOINT_URL_STS: sts.url,
      };
      functions = processFunctions({ ...uploaded, variables, onOutput: (line) => output.push(line) });
    });
    afterAll(async () => {
      await functions?.[Symbol.asyncDispose]();
      await edge?.close();
      await Promise.all([sts?.[Symbol.asyncDispose](), dynamodb?.[Symbol.asyncDispose]()]);
      daemon?.close();
    });
    async function venue(): Promise<Venue> {
      const own = await ownVenue({ loadFunction: functions.load });
      edge.target = own.url;
      return { ...own, url: edge.url };
    }

    test("the demo plays", async () => {
      await playDemo(() => {}, venue);
      for (const name of ["gateway", "control", "record"]) {
        expect(functions.running.get(name)?.environments, name).not.toEqual([]);
      }
    });

    test("policies are written from words, proven and replayed", async () => {
      await using opened = await venue();
      const client = createClient(opened.url, opened.administrator);
      const gateway = await createGateway(client, { issuer: opened.idp.issuer });
      expect(await authorPolicies(client, gateway, opened.idle)).toEqual(authored);
      client.destroy();
    });

    describe("on one machine", () => {
      let opened: Venue;
      beforeAll(async () => {
        opened = await venue();
      });
      afterAll(() => opened?.[Symbol.asyncDispose]());

      test("a client that nobody has told anything is led to the issuer, and agents' refusals keep their status", async () => {
        const { gatewayUrl } = await createGateway(createClient(opened.url, opened.administrator), {
          issuer: opened.idp.issuer,
        });
        const answers = await Promise.all(
          [{}, { Authorization: "Bearer nobody" }].map((headers) => fetch(gatewayUrl, { method: "POST", headers })),
        );
        const challenge = answers.map(({ status, headers }) => [status, headers.get("www-authenticate")]);
        const metadata = `${edge.url}/.well-known/oauth-protected-resource${new URL(gatewayUrl).pathname}`;
        expect(challenge).toEqual([
          [401, expect.stringContaining(`resource_metadata="${metadata}"`)],
          [401, expect.stringMatching(/error="invalid_token".*resource_metadata=/)],
        ]);
        expect(
          answers.flatMap(({ headers }) => [...headers.keys()]).filter((name) => /gatehouse|remapped/.test(name)),
        ).toEqual([]);
        expect(await (await fetch(metadata)).json()).toMatchObject({
          resource: gatewayUrl,
          authorization_servers: [opened.idp.issuer],
        });
      });

      test("a gateway with AWS_IAM is called with signatures", async () => {
        const client = createClient(opened.url, opened.administrator);
        const settings = {
          name: "signed",
          roleArn: `arn:aws:iam::${account}:role/x`,
          authorizerType: "AWS_IAM" as const,
        };
        const { gatewayUrl = "" } = await client.send(new CreateGatewayCommand(settings));
        const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} });
        const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
        const init = { method: "POST", headers, body };
        const answer = await signingFetch(opened.administrator)(gatewayUrl, init);
        expect([answer.status, await answer.json()]).toMatchObject([200, { result: { tools: [] } }]);
        const stranger = await fetch(gatewayUrl, init);
        expect([stranger.status, stranger.headers.get("www-authenticate")]).toEqual([401, "AWS4-HMAC-SHA256"]);
        client.destroy();
      });

      test("without CloudFront, API Gateway keeps signatures to itself", async () => {
        edge.present = false;
        const client = createClient(opened.url, opened.administrator);
        await expect(client.send(new ListGatewaysCommand({}))).rejects.toMatchObject({
          name: "MissingAuthenticationTokenException",
        });
        edge.present = true;
        await expect(client.send(new ListGatewaysCommand({}))).resolves.toMatchObject({ items: expect.any(Array) });
        client.destroy();
      });
    });

    test("T18 traces name the handler and the requests that it has sent, and hold no token", () => {
      const traces = segments.join("\n");
      expect(traces).toContain('"name":"## index.handler"');
      expect(traces).toContain('/idp/.well-known/openid-configuration","method":"GET"');
      expect(traces).not.toMatch(/eyJ|Bearer|AWS4-HMAC|coverage_amount/);
    });

    test("T18 the logs hold metrics by what administrators have named, and nothing else but who was refused", () => {
      const lines = output.map((line) => JSON.parse(line));
      const metrics = lines.filter((line) => "_aws" in line);
      const told = lines.filter((line) => !("_aws" in line)).map(({ message, code }) => [message, code]);
      expect(told).toEqual([["An administrator was refused", "missingAuthentication"]]);
      const values = metrics.map(({ _aws, ...line }) => {
        const [{ Dimensions, Metrics }] = _aws.CloudWatchMetrics;
        return { line, dimensions: Dimensions as string[][], names: Metrics.map(({ Name }: { Name: string }) => Name) };
      });
      const dimensions = new Set(values.flatMap((one) => one.dimensions.flat()));
      const ofGateway = ["Operation", "Protocol", "Method", "Resource", "Name"];
      const ofPolicy = ["PolicyEngine", "TargetResource", "ToolName", "Mode", "Policy"];
      expect([...dimensions].sort()).toEqual(["service", ...ofGateway, ...ofPolicy].sort());
      for (const { line, names } of values) {
        const known = ["service", "of", ...dimensions, ...names];
        expect(Object.keys(line).filter((key) => !known.includes(key))).toEqual([]);
      }
      // What alarms and the dashboard ask for: by the service alone.
      const sums: Record<string, number> = {};
      for (const { line, names } of values.filter((one) => one.dimensions.some((set) => set.length === 1))) {
        expect(line.service).toBe("gatehouse-production");
        for (const name of names) {
          const isTime = ["Latency", "Duration", "TargetExecutionTime"].includes(name);
          sums[name] = (sums[name] ?? 0) + (isTime ? [line[name]].flat().length : line[name]);
        }
      }
      const { Invocations, Latency, Duration, UserErrors, ...decided } = sums;
      expect([Latency, Duration]).toEqual([Invocations, Invocations]);
      // Two without a token, and one without a signature.
      expect(UserErrors).toBe(3);
      expect(decided).toEqual({
        AllowDecisions: 3,
        DenyDecisions: 2,
        DeterminingPolicies: 2,
        NoDeterminingPolicies: 3,
        LogOnlyDecisionFlips: 1,
        TargetExecutionTime: 4,
      });
    });

    test("a target is called with the gateway's role", async () => {
      await using opened = await venue();
      const client = createClient(opened.url, opened.administrator);
      const roleArn = `arn:aws:iam::${account}:role/x`;
      const { gatewayId = "", gatewayUrl = "" } = await client.send(
        new CreateGatewayCommand({ name: "signing", roleArn, authorizerType: "AWS_IAM" }),
      );
      await client.send(
        new CreateGatewayTargetCommand({
          gatewayIdentifier: gatewayId,
          name: "Aws",
          targetConfiguration: { mcp: { smithyModel: { inlinePayload: fixtureModel("dynamodb", dynamodb.url) } } },
          credentialProviderConfigurations: [{ credentialProviderType: "GATEWAY_IAM_ROLE" }],
        }),
      );
      await opened.idle();
      const params = { name: "Aws___DescribeTable", arguments: { TableName: "orders" } };
      const answer = await signingFetch(opened.administrator)(gatewayUrl, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
      });
      expect(await answer.text()).toMatch(/"result":(?!.*"isError":true)/);
      expect(dynamodb.received[0]?.headers).toMatchObject({
        authorization: expect.stringContaining("Credential=ASIA1X/"),
        "x-amz-security-token": sessionOf({ roleArn, sessionName: gatewayId }, 1).sessionToken,
      });
      client.destroy();
    });
  });
});

/** The size of a function's entry point and of all that it imports at once; `import()` is for later. */
function bytesAtStart(folder: string): number {
  const loaded = new Map<string, number>();
  const load = (file: string): void => {
    if (loaded.has(file)) return;
    const code = readFileSync(join(folder, file), "utf8");
    loaded.set(file, Buffer.byteLength(code));
    for (const [, imported = ""] of code.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) load(imported);
  };
  load("index.mjs");
  return [...loaded.values()].reduce((sum, bytes) => sum + bytes, 0);
}
