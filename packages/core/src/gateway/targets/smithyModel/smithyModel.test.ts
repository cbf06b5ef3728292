import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { accessKey, now, verify } from "../../../identity/sigv4/testing.ts";
import type { JsonObject } from "../../../json.ts";
import type { ToolDescription } from "../../../storage/records.ts";
import { startTestDatabase, type TestDatabase } from "../../../storage/testing.ts";
import { createTargetCredentials } from "../credentials/createTargetCredentials.ts";
import { createRequestSigner } from "../http/sign.ts";
import { startServer, type TestServer, targetNamed } from "../http/testing.ts";
import type { Invocation } from "../target.ts";
import { smithyModelTarget } from "./smithyModel.ts";
import { fixtureModel, shopModel, toolsIn, withEndpoint } from "./testing.ts";

const region = "eu-west-1";
const sign = createRequestSigner({ credentials: async () => accessKey, now: () => now });
const kind = smithyModelTarget({ allowLoopback: true, credentials: createTargetCredentials({ sign, region }) });
const target = {
  ...targetNamed("Shop"),
  credentialProviderConfigurations: [{ credentialProviderType: "GATEWAY_IAM_ROLE" as const }],
};

function call(tool: ToolDescription | undefined, args: JsonObject) {
  if (tool === undefined) throw new Error("There is no such tool.");
  return kind.call({
    target,
    tool,
    arguments: args,
    traceContext: {},
    headers: {},
    query: {},
    onResponseHeaders: () => {},
    gateway: { gatewayId: "shop-0123456789", roleArn: "arn:aws:iam::123456789012:role/shop" },
    signal: AbortSignal.timeout(10_000),
  } as unknown as Invocation); // What is left out, this kind doesn't look at.
}

let server: TestServer;
let answer: (response: ServerResponse) => void;
beforeAll(async () => {
  server = await startServer((_, __, response) => answer(response));
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  answer = (response) => response.writeHead(200, { "content-type": "application/json" }).end("{}");
});

const json =
  (value: unknown, status = 200, headers = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));

const member = (target: string, traits: JsonObject = {}) => ({ target: `smithy.api#${target}`, traits });

/** Calls the operation of a model with this input and output. */
function ask(input: JsonObject, output: JsonObject, args: JsonObject, uri = "/ask", shapes: JsonObject = {}) {
  const text = shopModel(
    {
      "shop#Input": { type: "structure", members: input },
      "shop#Output": { type: "structure", members: output },
      ...shapes,
    },
    { traits: { "smithy.api#http": { method: "PUT", uri } } },
  );
  return call(toolsIn(withEndpoint(text, server.url)).get("Ask"), args);
}

describe("a call of AWS's Scheduler", () => {
  const tool = (name: string) => toolsIn(fixtureModel("scheduler", server.url)).get(name);
  const schedule = {
    Name: "nightly",
    ScheduleExpression: "rate(1 day)",
    FlexibleTimeWindow: { Mode: "OFF" },
    Target: { Arn: "arn:aws:sqs:eu-west-1:000000000000:q", RoleArn: "arn:aws:iam::000000000000:role/r" },
    StartDate: "2026-11-22T10:00:00.5Z",
  };

  test("is signed for the service and written as it wants it", async () => {
    answer = json({ ScheduleArn: "arn:aws:scheduler:1" });
    const result = await call(tool("CreateSchedule"), schedule);
    expect(result).toEqual({
      content: [{ type: "text", text: '{"ScheduleArn":"arn:aws:scheduler:1"}' }],
      structuredContent: { ScheduleArn: "arn:aws:scheduler:1" },
    });
    const request = server.received.at(-1);
    if (request === undefined) throw new Error("Nothing arrived.");
    expect(await verify(request, { service: "scheduler", region })).toBe(accessKey);
    expect([request.method, request.path]).toEqual(["POST", "/schedules/nightly"]);
    const { Name: _, ...body } = schedule;
    expect(JSON.parse(request.body)).toEqual({
      ...body,
      StartDate: 1_795_341_600.5,
      ClientToken: expect.stringMatching(/^[\da-f-]{36}$/),
    });
  });

  test("gives times as text, and leaves out what is null", async () => {
    answer = json({ Name: "nightly", CreationDate: 1_795_341_600.5, Description: null });
    const { structuredContent } = await call(tool("GetSchedule"), { Name: "nightly" });
    expect(structuredContent).toEqual({ Name: "nightly", CreationDate: "2026-11-22T10:00:00.500Z" });
  });

  test("that fails is a tool error with the error's name", async () => {
    answer = json({ Message: "Schedule nightly does not exist." }, 404, {
      "x-amzn-errortype": "ResourceNotFoundException",
    });
    expect(await call(tool("GetSchedule"), { Name: "nightly" })).toEqual({
      content: [
        {
          type: "text",
          text: '404 Not Found (ResourceNotFoundException): {"Message":"Schedule nightly does not exist."}',
        },
      ],
      isError: true,
    });
  });

  test("that is answered with something else than the model says is a failure of the target", async () => {
    answer = (response) => response.end("<html>");
    await expect(call(tool("GetSchedule"), { Name: "nightly" })).rejects.toThrow("not what the model says of it");
  });

  test.each(["..", "."])("T06 the label %j leads to no other operation", async (Name) => {
    const before = server.received.length;
    expect(await call(tool("DeleteSchedule"), { Name })).toMatchObject({
      content: [{ text: expect.stringMatching(/^Invalid arguments: no part of the path/) }],
      isError: true,
    });
    expect(server.received.length).toBe(before);
  });

  test("T06 a label can't leave its part of the path", async () => {
    answer = json({});
    await call(tool("GetSchedule"), { Name: "../a?b#c%2e" });
    expect(server.received.at(-1)).toMatchObject({ path: "/schedules/..%2Fa%3Fb%23c%252e", query: {} });
  });

  test("a tool that doesn't know how it is called asks for synchronisation", async () => {
    const { name, inputSchema } = tool("GetSchedule") ?? { name: "", inputSchema: {} };
    await expect(call({ name, inputSchema }, { Name: "a" })).rejects.toThrow("Shop must be synchronised again");
  });
});

test("every place of a request, and every kind of value", async () => {
  await ask(
    {
      path: member("String", { "smithy.api#httpLabel": {}, "smithy.api#required": {} }),
      at: member("Timestamp", { "smithy.api#httpHeader": "X-At" }),
      tags: { target: "shop#Tags", traits: { "smithy.api#httpPrefixHeaders": "X-Tag-" } },
      query: member("Timestamp", { "smithy.api#httpQuery": "q" }),
      more: { target: "shop#Tags", traits: { "smithy.api#httpQueryParams": {} } },
      named: member("Integer", { "smithy.api#jsonName": "renamed" }),
      stamp: member("Timestamp", { "smithy.api#timestampFormat": "http-date" }),
      bytes: member("Blob"),
      large: member("BigInteger"),
      exact: member("BigDecimal"),
      free: member("Document"),
    },
    {},
    {
      path: "a b/c",
      at: "2026-11-22T10:00:00Z",
      tags: { colour: "red" },
      query: "2026-11-22T11:00:00+01:00",
      more: { q: "not this one", r: "ü+&" },
      named: 1,
      stamp: "2026-11-22T10:00:00Z",
      bytes: "AP8=",
      large: 9_007_199_254_740_991,
      exact: 0.1,
      free: { a: [null, true] },
    },
    "/things/{path+}?fixed=1",
    { "shop#Tags": { type: "map", key: member("String"), value: member("String") } },
  );
  const request = server.received.at(-1);
  expect(request).toMatchObject({
    path: "/things/a%20b/c",
    query: { fixed: ["1"], q: ["2026-11-22T10:00:00Z"], r: ["ü+&"] },
    headers: { "x-at": "Sun, 22 Nov 2026 10:00:00 GMT", "x-tag-colour": "red", "content-type": "application/json" },
  });
  expect(JSON.parse(request?.body ?? "")).toEqual({
    renamed: 1,
    stamp: "Sun, 22 Nov 2026 10:00:00 GMT",
    bytes: "AP8=",
    large: 9_007_199_254_740_991,
    exact: 0.1,
    free: { a: [null, true] },
  });
});

test("every place of an answer, and every kind of value", async () => {
  answer = (response) =>
    response
      .writeHead(201, { "x-count": "3", "x-tag-colour": "red", "x-at": "Sun, 22 Nov 2026 10:00:00 GMT" })
      .end(
        '{"renamed":1,"float":"NaN","bytes":"AP8=","large":12345678901234567890,"exact":0.10000000000000000001,"union":{"new":{"a":1}},"free":{"a":[null]},"unknown":1}',
      );
  const { structuredContent } = await ask(
    {},
    {
      count: member("Integer", { "smithy.api#httpHeader": "X-Count" }),
      at: member("Timestamp", { "smithy.api#httpHeader": "X-At" }),
      tags: { target: "shop#Tags", traits: { "smithy.api#httpPrefixHeaders": "X-Tag-" } },
      status: member("Integer", { "smithy.api#httpResponseCode": {} }),
      named: member("Integer", { "smithy.api#jsonName": "renamed" }),
      float: member("Float"),
      bytes: member("Blob"),
      large: member("BigInteger"),
      exact: member("BigDecimal"),
      union: { target: "shop#Union" },
      free: member("Document"),
    },
    {},
    "/ask",
    {
      "shop#Tags": { type: "map", key: member("String"), value: member("String") },
      "shop#Union": { type: "union", members: { old: member("String") } },
    },
  );
  expect(structuredContent).toEqual({
    count: 3,
    at: "2026-11-22T10:00:00.000Z",
    tags: { colour: "red" },
    status: 201,
    named: 1,
    float: "NaN",
    bytes: "AP8=",
    large: "12345678901234567890",
    exact: "0.10000000000000000001",
    union: { new: { a: 1 } },
    free: { a: [null] },
  });
});

test("a body of bytes is content of its own, beside what the headers say", async () => {
  answer = (response) =>
    response.writeHead(200, { "content-type": "image/png", "x-pages": "2" }).end(Buffer.from([0, 255]));
  const output = {
    pages: member("Integer", { "smithy.api#httpHeader": "X-Pages" }),
    image: member("Blob", { "smithy.api#httpPayload": {} }),
  };
  expect(await ask({}, output, {})).toEqual({
    content: [
      { type: "text", text: '{"pages":2}' },
      { type: "image", data: "AP8=", mimeType: "image/png" },
    ],
    structuredContent: { pages: 2 },
  });
  expect(server.received.at(-1)?.headers.accept).toBeUndefined();
});

test("a request's body of bytes is sent as it is", async () => {
  await ask({ data: member("Blob", { "smithy.api#httpPayload": {} }) }, {}, { data: "AP8K" });
  expect(server.received.at(-1)).toMatchObject({
    bytes: Buffer.from([0, 255, 10]),
    headers: { "content-type": "application/octet-stream" },
  });
});

test("T10 a header whose value breaks the line is not sent", async () => {
  const before = server.received.length;
  const input = { name: member("String", { "smithy.api#httpHeader": "X-Name" }) };
  await expect(ask(input, {}, { name: "a\r\nx-other: b" })).rejects.toThrow("did not answer");
  expect(server.received.length).toBe(before);
});

test("T08 a header that frames the message is not for a tool to set", async () => {
  const input = { headers: { target: "shop#Tags", traits: { "smithy.api#httpPrefixHeaders": "" } } };
  const tags = { "shop#Tags": { type: "map", key: member("String"), value: member("String") } };
  await expect(ask(input, {}, { headers: { "Transfer-Encoding": "chunked" } }, "/ask", tags)).rejects.toThrow(
    "can't set the header",
  );
});

test("an operation without authentication is sent unsigned", async () => {
  const text = shopModel({}, { traits: { "smithy.api#auth": [] } });
  await call(toolsIn(withEndpoint(text, server.url)).get("Ask"), {});
  expect(server.received.at(-1)?.headers.authorization).toBeUndefined();
});

test("a host prefix of the agent's choice must make a host name", async () => {
  const text = shopModel(
    {
      "shop#Input": {
        type: "structure",
        members: { account: member("String", { "smithy.api#hostLabel": {}, "smithy.api#required": {} }) },
      },
    },
    { traits: { "smithy.api#endpoint": { hostPrefix: "{account}." } } },
  );
  const tool = toolsIn(withEndpoint(text, "https://shop.example")).get("Ask");
  expect(await call(tool, { account: "evil.example/" })).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining("not a valid hostname") }],
  });
});

describe("a real DynamoDB engine, as an awsJson1_0 service", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.stop());

  test("creates a table, writes and reads items, and tells its errors", async () => {
    const tools = toolsIn(fixtureModel("dynamodb", database.endpoint));
    const run = (name: string, args: JsonObject) => call(tools.get(name), { TableName: "orders", ...args });
    const created = await run("CreateTable", {
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    });
    expect(created.structuredContent).toMatchObject({
      TableDescription: { TableName: "orders", CreationDateTime: expect.stringMatching(/Z$/) },
    });
    const item = {
      id: { S: "1" },
      total: { N: "12.5" },
      scan: { B: "AP8=" },
      lines: { L: [{ M: { sku: { S: "a" } } }, { NULL: true }] },
    };
    await run("PutItem", { Item: item });
    expect((await run("GetItem", { Key: { id: { S: "1" } } })).structuredContent).toEqual({ Item: item });
    const query = { KeyConditionExpression: "id = :id", ExpressionAttributeValues: { ":id": { S: "1" } } };
    expect((await run("Query", query)).structuredContent).toMatchObject({ Items: [item], Count: 1 });
    const failed = await run("PutItem", { Item: item, ConditionExpression: "attribute_not_exists(id)" });
    expect(failed).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^400 Bad Request \(ConditionalCheckFailedException\): /) }],
    });
  });
});
