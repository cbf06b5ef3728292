import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../json.ts";
import { binding } from "../../../storage/records.ts";
import type { SmithyBinding } from "./binding.ts";
import { discoverOperations } from "./discover.ts";
import { fixtureModel, shopModel, toolsIn } from "./testing.ts";

const region = "eu-west-1";
const discover = (text: string) => discoverOperations(text, { region });
const bindingIn = (text: string, tool = "Ask") => JSON.parse(toolsIn(text).get(tool)?.[binding] ?? "") as SmithyBinding;

test("a service's operations and those of its resources become tools", () => {
  const { tools } = discover(fixtureModel("scheduler"));
  expect(tools.map(({ name }) => name).sort()).toEqual([
    ...[
      "CreateSchedule",
      "CreateScheduleGroup",
      "DeleteSchedule",
      "DeleteScheduleGroup",
      "GetSchedule",
      "GetScheduleGroup",
    ],
    ...["ListScheduleGroups", "ListSchedules", "ListTagsForResource", "TagResource", "UntagResource", "UpdateSchedule"],
  ]);
  const tool = tools.find(({ name }) => name === "GetSchedule");
  expect(tool).toMatchObject({ description: "Retrieves the specified schedule.", annotations: { readOnlyHint: true } });
});

describe("where a service is called", () => {
  test("by its endpoint rules, in the region", () => {
    expect(bindingIn(fixtureModel("scheduler"), "GetSchedule")).toMatchObject({
      endpoint: "https://scheduler.eu-west-1.amazonaws.com/",
      signing: { service: "scheduler", region },
    });
    expect(
      JSON.parse(discoverOperations(fixtureModel("dynamodb"), { region: "cn-north-1" }).tools[0]?.[binding] ?? ""),
    ).toMatchObject({
      endpoint: "https://dynamodb.cn-north-1.amazonaws.com.cn/",
      signing: { service: "dynamodb", region: "cn-north-1" },
    });
  });

  test("by its name, where there are no rules", () => {
    expect(bindingIn(shopModel({}))).toMatchObject({
      endpoint: "https://shop.eu-west-1.amazonaws.com/",
      signing: { service: "shop", region },
    });
  });

  const ruled = (rules: JsonObject[], operation: JsonObject = {}) =>
    shopModel({}, operation, {
      traits: { "smithy.rules#endpointRuleSet": { version: "1.0", parameters: { Kind: { type: "String" } }, rules } },
    });

  test("by rules that know the operation, and say what to sign for", () => {
    const scheme = { name: "sigv4", signingName: "other", signingRegion: "us-east-1" };
    const kind = { fn: "stringEquals", argv: [{ ref: "Kind" }, "data"] };
    const isSet = { fn: "isSet", argv: [{ ref: "Kind" }] };
    const text = ruled(
      [
        {
          type: "endpoint",
          conditions: [isSet, kind],
          endpoint: {
            url: "https://data.shop.example",
            headers: { "x-kind": ["data"] },
            properties: { authSchemes: [scheme] },
          },
        },
        { type: "endpoint", conditions: [], endpoint: { url: "https://shop.example" } },
      ],
      { traits: { "smithy.rules#staticContextParams": { Kind: { value: "data" } } } },
    );
    expect(bindingIn(text)).toMatchObject({
      endpoint: "https://data.shop.example/",
      endpointHeaders: { "x-kind": ["data"] },
      signing: { service: "other", region: "us-east-1" },
    });
  });

  test.each<[string, JsonObject]>([
    ["T23 a function of prototypes", { fn: "constructor.assign", argv: [{ ref: "Kind" }, "x"] }],
    ["T23 a reference to a prototype", { fn: "isSet", argv: [{ ref: "__proto__" }] }],
    ["a function that nobody knows", { fn: "shell", argv: [] }],
  ])("%s is refused", (_, condition) => {
    expect(() =>
      discover(ruled([{ type: "endpoint", conditions: [condition], endpoint: { url: "https://a.example" } }])),
    ).toThrow("which is not known");
  });

  test("rules that give no address are told", () => {
    expect(() => discover(ruled([{ type: "error", conditions: [], error: "Kind is missing" }]))).toThrow(
      "Ask is left out: The endpoint rules give no address in eu-west-1: Kind is missing",
    );
  });
});

test.each<[string, JsonObject, JsonObject, string]>([
  [
    "another protocol",
    {},
    { traits: { "aws.protocols#restJson1": undefined as never, "aws.protocols#restXml": {} } },
    "speaks restXml; Gatehouse speaks restJson1",
  ],
  [
    "another authentication",
    { traits: { "smithy.api#auth": ["smithy.api#httpBearerAuth"] } },
    {},
    "takes smithy.api#httpBearerAuth and no SigV4",
  ],
  ["no binding to HTTP", { traits: { "smithy.api#http": undefined as never } }, {}, "no trait smithy.api#http"],
])("%s is told", (_, operation, service, reason) => {
  expect(() => discover(shopModel({}, operation, service))).toThrow(reason);
});

test("an operation without authentication is not signed", () => {
  expect(bindingIn(shopModel({}, { traits: { "smithy.api#auth": [] } })).signing).toBeUndefined();
  expect(bindingIn(shopModel({}, { traits: { "smithy.api#optionalAuth": {} } })).signing).toBeUndefined();
});

test("an operation that can't be a tool is left out with a warning, the others stay", () => {
  const text = JSON.parse(
    shopModel({
      "shop#Watch": {
        type: "operation",
        output: { target: "shop#Events" },
        traits: { "smithy.api#http": { method: "GET", uri: "/watch" } },
      },
      "shop#Events": { type: "structure", members: { events: { target: "shop#Event" } } },
      "shop#Event": {
        type: "union",
        members: { a: { target: "smithy.api#Unit" } },
        traits: { "smithy.api#streaming": {} },
      },
    }),
  );
  text.shapes["shop#Shop"].operations.push({ target: "shop#Watch" });
  const { tools, warnings } = discover(JSON.stringify(text));
  expect(tools.map(({ name }) => name)).toEqual(["Ask"]);
  expect(warnings).toEqual(["Watch is left out: events is an event stream, which a tool can't have."]);
});

test("T11 an operation that is too large to keep is left out", () => {
  const members = Object.fromEntries(
    Array.from({ length: 4_000 }, (_, index) => [`member${"x".repeat(30)}${index}`, { target: "smithy.api#String" }]),
  );
  expect(() => discover(shopModel({ "shop#Input": { type: "structure", members } }))).toThrow("larger than 300 KB");
});
