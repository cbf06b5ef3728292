import { once } from "node:events";
import { createServer, request as requestHttp, type ServerResponse } from "node:http";
import {
  CreateGatewayCommand,
  type CreateGatewayCommandInput,
  CreateGatewayTargetCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { roleArn, startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { post, textOf, toolsCall } from "../support/mcp.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

/** What answers calls of `echo` in the upstream's place. */
type Misbehaviour = (response: ServerResponse) => void;

let upstream: Upstream;
let elsewhere: Upstream;
let front: ReturnType<typeof createServer>;
let misbehave: Misbehaviour | undefined;
let gatehouse: TestGatehouse;
let gateway: TestGateway;
let bearer: { Authorization: string };

beforeAll(async () => {
  upstream = await startUpstream();
  elsewhere = await startUpstream();
  // Stands before a real MCP server, and answers some calls in its own way.
  front = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (misbehave !== undefined && body.includes('"tools/call"')) return misbehave(outgoing);
    const { method = "GET", headers } = incoming;
    const relayed = requestHttp(upstream.endpoint, { method, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    relayed.on("error", () => outgoing.destroy()).end(body);
  }).listen(0, "127.0.0.1");
  await once(front, "listening");
  const address = front.address();
  const endpoint = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/mcp`;
  gatehouse = await startGatehouse();
  gateway = await gatehouse.createGateway({ exceptionLevel: "DEBUG" });
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint } });
  bearer = { Authorization: `Bearer ${await gatehouse.token(gateway, "alice")}` };
});
afterAll(async () => {
  await gatehouse[Symbol.asyncDispose]();
  front.closeAllConnections();
  front.close();
  await upstream.stop();
  await elsewhere.stop();
});
beforeEach(() => {
  misbehave = undefined;
});

describe("T06 an address inside a network is no address of a target or an issuer", () => {
  const addresses = [
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://0xa9.0xfe.0xa9.0xfe/",
    "https://[::ffff:169.254.169.254]/",
    "https://[fd00:ec2::254]/",
    "https://10.1.2.3/mcp",
    "https://192.168.0.1/mcp",
    "https://100.64.0.1/mcp",
    "https://127.0.0.2/mcp",
    "https://[::]/mcp",
    "https://[64:ff9b::7f00:1]/mcp",
    "https://localhost./mcp",
  ];

  test.each(addresses)("a target at %s", async (endpoint) => {
    const input = {
      gatewayIdentifier: gateway.id,
      name: "In",
      targetConfiguration: { mcp: { mcpServer: { endpoint } } },
    };
    await expect(gatehouse.control.send(new CreateGatewayTargetCommand(input))).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringMatching(/special address|very machine/),
    });
  });

  test.each(addresses)("an issuer at %s", async (address) => {
    const discoveryUrl = `${address.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const input = {
      name: "inside",
      roleArn,
      authorizerType: "CUSTOM_JWT",
      protocolType: "MCP",
      authorizerConfiguration: { customJWTAuthorizer: { discoveryUrl, allowedAudience: ["x"] } },
    } satisfies CreateGatewayCommandInput;
    await expect(gatehouse.control.send(new CreateGatewayCommand(input))).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringMatching(/special address|very machine/),
    });
  });
});

/** Calls the tool while the target misbehaves; `ended` when the target sees that it is not listened to any more. */
function callMisbehaving(how: Misbehaviour) {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  misbehave = (response) => {
    response.once("close", resolve);
    how(response);
  };
  return { ended, answered: post(gateway.url, toolsCall("Up___echo", { text: "x" }), bearer) };
}

async function failureOf(how: Misbehaviour): Promise<string> {
  const { ended, answered } = callMisbehaving(how);
  const [{ status, body }] = await Promise.all([answered, ended]);
  expect(status).toBe(200);
  expect(body?.result?.isError).toBe(true);
  return textOf(body?.result);
}

test("T06 a redirect of a target is not followed", async () => {
  const text = await failureOf((response) => response.writeHead(307, { location: elsewhere.endpoint }).end());
  expect(text).toContain("redirect");
  expect(elsewhere.calls).toEqual([]);
});

describe("T21 a target's answer has bounds", () => {
  const block = Buffer.alloc(65_536, " ");
  /** Writes as long as it is read, up to 100 MB; gives how much was taken. */
  function pour(response: ServerResponse): { taken: number } {
    const state = { taken: 0 };
    const more = () => {
      if (response.destroyed || state.taken >= 100 * 1024 * 1024) return;
      response.write(block, (error) => {
        if (error) return;
        state.taken += block.length;
        setImmediate(more);
      });
    };
    more();
    return state;
  }

  test("100 MB are not read", async () => {
    let poured = { taken: 0 };
    const text = await failureOf((response) => {
      poured = pour(response.writeHead(200, { "content-type": "application/json" }));
    });
    expect(text).toContain("larger than");
    expect(poured.taken).toBeLessThan(50 * 1024 * 1024);
  });

  test("an event without end is not read", async () => {
    let poured = { taken: 0 };
    const { ended, answered } = callMisbehaving((response) => {
      poured = pour(response.writeHead(200, { "content-type": "text/event-stream" }));
    });
    // The call itself may wait for its deadline: a client of MCP takes a stream that broke for one that may come again.
    answered.catch(() => {});
    await ended;
    expect(poured.taken).toBeLessThan(50 * 1024 * 1024);
  });

  test("the next call finds the target as it was", async () => {
    await failureOf((response) => response.destroy());
    misbehave = undefined;
    const { body } = await post(gateway.url, toolsCall("Up___echo", { text: "again" }), bearer);
    expect(textOf(body?.result)).toContain("again");
  });
});
