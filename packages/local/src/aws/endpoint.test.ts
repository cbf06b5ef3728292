import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { JsonObject } from "@gatehouse/core/json.ts";
import { describe, expect, onTestFinished, test } from "vitest";
import { listen } from "../http/server.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { createAwsEndpoint } from "./endpoint.ts";
import { createInvoke } from "./invoke.ts";
import { createKms } from "./kms.ts";
import { findLambdas } from "./lambdas.ts";
import { readMasterKey } from "./masterKey.ts";
import { createPutEvents } from "./putEvents.ts";
import { createAwsService } from "./service.ts";

const place = { region: "eu-central-1", accountId: "000000000000" };

async function start(modules: Record<string, string> = {}) {
  const folder = await temporaryFolder();
  for (const [name, source] of Object.entries(modules)) await writeFile(join(folder, name), source);
  const accepted: JsonObject[] = [];
  const log: string[] = [];
  const putEvents = createPutEvents({
    ...place,
    busName: "gatehouse",
    accept: async (events) => void accepted.push(...events),
  });
  const invoke = createInvoke(await findLambdas([folder]), place, (line) => log.push(line));
  const write = (line: string) => void log.push(line);
  const kms = createKms({ ...place, masterKey: await readMasterKey(undefined) });
  const service = createAwsService({ putEvents, invoke, kms, log: write });
  const server = await listen(createAwsEndpoint(service, write), "127.0.0.1", 0);
  onTestFinished(() => server.close(Promise.resolve()));
  const endpoint = `http://127.0.0.1:${server.port}`;
  const options = { endpoint, region: place.region, credentials: { accessKeyId: "a", secretAccessKey: "b" } };
  return { accepted, log, endpoint, events: new EventBridgeClient(options), lambda: new LambdaClient(options) };
}

const entry = { Source: "gatehouse.gateway", DetailType: "ToolDecision", Detail: '{"a":1}', EventBusName: "gatehouse" };
const text = (payload: Uint8Array | undefined) => JSON.parse(Buffer.from(payload ?? []).toString());

describe("PutEvents, called with the AWS SDK", () => {
  test("accepts an event as EventBridge's envelope", async () => {
    const { events, accepted } = await start();
    const Time = new Date("2026-11-22T10:00:00.500Z");
    const answer = await events.send(new PutEventsCommand({ Entries: [{ ...entry, Time, Resources: ["r"] }] }));
    expect(answer).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
    expect(accepted).toEqual([
      {
        version: "0",
        id: answer.Entries?.[0]?.EventId,
        "detail-type": "ToolDecision",
        source: "gatehouse.gateway",
        account: "000000000000",
        time: "2026-11-22T10:00:00Z",
        region: "eu-central-1",
        resources: ["r"],
        detail: { a: 1 },
      },
    ]);
  });

  test("answers for each entry that isn't sound, and takes the others", async () => {
    const { events, accepted } = await start();
    const Entries = [
      { ...entry, Detail: "{" },
      entry,
      { ...entry, Detail: "[1]" },
      { ...entry, Source: "" },
      { ...entry, EventBusName: "other" },
      { ...entry, EventBusName: undefined },
      { ...entry, EventBusName: "arn:aws:events:eu-central-1:000000000000:event-bus/gatehouse" },
    ];
    const answer = await events.send(new PutEventsCommand({ Entries }));
    expect(answer.FailedEntryCount).toBe(5);
    expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      "MalformedDetail",
      undefined,
      "MalformedDetail",
      "InvalidArgument",
      "InvalidArgument",
      "InvalidArgument",
      undefined,
    ]);
    expect(accepted).toHaveLength(2);
  });

  test.each([
    ["no entry", []],
    ["eleven entries", Array.from({ length: 11 }, () => entry)],
    ["more than 256 KB", [{ ...entry, Detail: JSON.stringify({ a: "x".repeat(256 * 1024) }) }]],
  ])("refuses %s as a whole", async (_case, Entries) => {
    const { events, accepted } = await start();
    await expect(events.send(new PutEventsCommand({ Entries }))).rejects.toMatchObject({ name: "ValidationException" });
    expect(accepted).toEqual([]);
  });
});

describe("Invoke, called with the AWS SDK", () => {
  const echo =
    "export const handler = async (event, context) => ({ event, client: context.clientContext, arn: context.invokedFunctionArn });";

  test.each([
    "echo",
    "arn:aws:lambda:eu-central-1:000000000000:function:echo",
    "000000000000:function:echo",
    "echo:$LATEST",
  ])("calls %s with the event and the client context", async (FunctionName) => {
    const { lambda } = await start({ "echo.mjs": echo });
    const client = { custom: { bedrockAgentCoreToolName: "Target___tool" } };
    const answer = await lambda.send(
      new InvokeCommand({
        FunctionName,
        Payload: '{"amount":5}',
        ClientContext: Buffer.from(JSON.stringify(client)).toString("base64"),
      }),
    );
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    expect(answer.FunctionError).toBeUndefined();
    expect(text(answer.Payload)).toEqual({
      event: { amount: 5 },
      client,
      arn: "arn:aws:lambda:eu-central-1:000000000000:function:echo",
    });
  });

  test("answers an error that the handler throws as Lambda does", async () => {
    const { lambda } = await start({ "bad.mjs": 'export const handler = () => { throw new TypeError("boom"); };' });
    const answer = await lambda.send(new InvokeCommand({ FunctionName: "bad" }));
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled" });
    expect(text(answer.Payload)).toMatchObject({
      errorType: "TypeError",
      errorMessage: "boom",
      trace: expect.any(Array),
    });
  });

  test("answers null for a handler that returns nothing", async () => {
    const { lambda } = await start({ "quiet.mjs": "export const handler = () => {};" });
    expect(text((await lambda.send(new InvokeCommand({ FunctionName: "quiet" }))).Payload)).toBeNull();
  });

  test.each([
    ["an unknown function", { FunctionName: "nobody" }, "ResourceNotFoundException"],
    ["a name from Object's prototype", { FunctionName: "constructor" }, "ResourceNotFoundException"],
    ["a payload that isn't JSON", { FunctionName: "echo", Payload: "{" }, "InvalidRequestContentException"],
    [
      "a payload over 6 MB",
      { FunctionName: "echo", Payload: `"${"x".repeat(6 * 1024 * 1024)}"` },
      "RequestTooLargeException",
    ],
    [
      "a client context that isn't JSON",
      { FunctionName: "echo", ClientContext: "e30x" },
      "InvalidParameterValueException",
    ],
  ])("refuses %s", async (_case, input, name) => {
    const { lambda } = await start({ "echo.mjs": echo });
    await expect(lambda.send(new InvokeCommand(input))).rejects.toMatchObject({ name });
  });

  test("answers an asynchronous invocation at once", async () => {
    const { lambda } = await start({ "echo.mjs": echo });
    const answer = await lambda.send(new InvokeCommand({ FunctionName: "echo", InvocationType: "Event" }));
    expect(answer.StatusCode).toBe(202);
  });
});

test("T07 the AWS endpoint refuses what a web page could send", async () => {
  const { endpoint } = await start();
  const path = `${endpoint}/2015-03-31/functions/echo/invocations`;
  const signed = { authorization: "AWS4-HMAC-SHA256 Credential=a" };
  const statuses = await Promise.all([
    fetch(path, { method: "POST", body: "{}" }),
    fetch(path, { method: "POST", body: "{}", headers: { ...signed, origin: "http://localhost:3000" } }),
    fetch(path, { method: "POST", body: "{}", headers: signed }),
  ]);
  expect(statuses.map(({ status }) => status)).toEqual([403, 403, 404]);
});

test("folders of functions are read by file name, and a name that occurs twice is refused", async () => {
  const folder = await temporaryFolder();
  for (const name of ["one", "two"]) await mkdir(join(folder, name));
  for (const file of ["one/a.ts", "one/a.test.ts", "one/b.js", "one/readme.md", "two/a.mjs"])
    await writeFile(join(folder, file), "");
  expect((await findLambdas([join(folder, "one")])).names).toEqual(["a", "b"]);
  await expect(findLambdas([join(folder, "one"), join(folder, "two")])).rejects.toThrow('are called "a"');
  await expect(findLambdas([join(folder, "three")])).rejects.toThrow("can't be read");
});
