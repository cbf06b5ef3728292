import * as dynamodb from "@aws-sdk/client-dynamodb";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import * as scheduler from "@aws-sdk/client-scheduler";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { HttpResponse } from "@smithy/core/transport";
import type { HttpRequest } from "@smithy/types";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../json.ts";
import { requestFor } from "./call.ts";
import { argumentsIn, fixtureModel, operationIn, toolsIn } from "./testing.ts";
import { toNative } from "./values.ts";

const endpoint = "https://service.example";

/** A client of the AWS SDK that keeps the last request instead of sending it. */
function capturing() {
  let captured: HttpRequest | undefined;
  const config = {
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    requestHandler: {
      handle: async (request: HttpRequest) => {
        captured = request;
        return {
          response: new HttpResponse({ statusCode: 200, headers: {}, body: new Uint8Array(Buffer.from("{}")) }),
        };
      },
    },
  } as const satisfies DynamoDBClientConfig;
  return { config, last: () => captured };
}

type Send = (name: string, input: object) => Promise<unknown>;

/** The commands of a client by their operations' names; their inputs are generated from the model. */
function sender(client: { send(command: never): Promise<unknown> }, module: object): Send {
  return (name, input) => {
    const Command = Reflect.get(module, `${name}Command`) as new (input: object) => never;
    return client.send(new Command(input));
  };
}

const services = [
  ["scheduler", (config: DynamoDBClientConfig) => sender(new SchedulerClient(config), scheduler)],
  ["dynamodb", (config: DynamoDBClientConfig) => sender(new DynamoDBClient(config), dynamodb)],
] as const;

describe.each(services)("a request of %s is the one that the AWS SDK's client sends", (name, connect) => {
  const model = fixtureModel(name, endpoint);
  const tools = toolsIn(model);
  const inputs = argumentsIn(model);
  const { config, last } = capturing();
  const send = connect(config);

  test.each([...tools.keys()])("%s", async (tool) => {
    const operation = operationIn(tools, tool);
    await fc.assert(
      fc.asyncProperty(inputs.get(tool) ?? fc.constant<JsonObject>({}), async (args) => {
        await send(tool, toNative(operation.input, args) as object).catch(() => {});
        const theirs = last();
        const ours = await requestFor(operation, args);
        expect({
          method: ours.method,
          path: ours.url.pathname,
          query: [...ours.url.searchParams].sort(),
          headers: relevant(ours.headers),
          body: jsonOf(ours.body),
        }).toEqual({
          method: theirs?.method,
          path: theirs?.path,
          query: Object.entries(theirs?.query ?? {})
            .flatMap(([key, value]) => [value].flat().map((one) => [key, one]))
            .sort(),
          headers: relevant(theirs?.headers ?? {}),
          body: jsonOf(theirs?.body),
        });
      }),
      { numRuns: 40 },
    );
  });
});

/** What the SDK says of itself, of the connection and of the signature is not compared. */
function relevant(headers: Readonly<Record<string, string>>): Record<string, string> {
  const own =
    /^(accept|amz-sdk-.*|authorization|content-length|host|user-agent|x-amz-(date|content-sha256|user-agent))$/;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.test(name)));
}

function jsonOf(body: unknown): unknown {
  const text = body instanceof Uint8Array ? Buffer.from(body).toString() : String(body ?? "");
  return text === "" ? undefined : JSON.parse(text);
}
