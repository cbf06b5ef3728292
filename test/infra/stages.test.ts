import { expect, test } from "vitest";
import { ensurePlatform } from "../../scripts/sst-platform.ts";
import { gatewayRolesOf, stageOf, stages, targetRightsOf } from "../../stacks/stages.ts";
import { synthesize } from "./synth.ts";

const platform = await ensurePlatform();

test.each([
  ["fiona", stages.personal],
  ["pr-123", stages.personal],
  ["f".repeat(32), stages.personal],
  ["staging", stages.staging],
  ["production", stages.production],
])("the stage %s has its data", (name, stage) => {
  expect(stageOf(name)).toBe(stage);
});

test.each([
  ["Fiona", "lower-case letters"],
  ["fiona_2", "lower-case letters"],
  ["2fiona", "a letter first"],
  ["", "a letter first"],
  ["f".repeat(33), "up to 32"],
  ["dawson", 'AWS reserves "aws"'],
  ["cognito-test", 'AWS reserves "cognito"'],
  ["prod", "did you mean production"],
  ["Production", "lower-case letters"],
  ["stage", "did you mean production or staging"],
])("%j can't be a stage's name, and the error says what would be right", (name, message) => {
  expect(() => stageOf(name)).toThrow(message);
});

test("the longest name of a stage leaves room for every name that has it in it", async ({ skip }) => {
  if (!platform.available) return skip(platform.reason);
  const { graph } = await synthesize({
    stage: "f".repeat(32),
    stageData: { ...stages.personal, restApis: ["abc123"] },
  });
  const { resources } = graph;
  const [targetRole] = resources.filter(({ name }) => name === "TargetRole");
  // It has the region in it, whose name is longer elsewhere.
  expect(targetRole?.inputs.name.replace("eu-west-1", "ap-southeast-1").length).toBeLessThanOrEqual(64);
  // The shortest bounds that AWS has for names of each type.
  const longest: Readonly<Record<string, number>> = {
    "aws:cloudwatch/eventArchive:EventArchive": 48,
    "aws:cloudwatch/eventRule:EventRule": 64,
    "aws:lambda/function:Function": 64,
    "aws:iam/role:Role": 64,
    "aws:scheduler/schedule:Schedule": 64,
    "aws:scheduler/scheduleGroup:ScheduleGroup": 64,
    "aws:sqs/queue:Queue": 80,
    "aws:cloudwatch/metricAlarm:MetricAlarm": 255,
    "aws:dynamodb/table:Table": 255,
  };
  for (const { type, inputs } of resources) {
    const bound = longest[type];
    if (bound !== undefined && inputs.name !== undefined)
      expect(inputs.name.length, inputs.name).toBeLessThanOrEqual(bound);
  }
  const domain = resources.find(({ type }) => type === "aws:cognito/userPoolDomain:UserPoolDomain")?.inputs.domain;
  expect(domain).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
});

test("sst dev says what to do instead", async ({ skip }) => {
  if (!platform.available) return skip(platform.reason);
  await expect(synthesize({ stage: "fiona", dev: true })).rejects.toThrow("npm start runs it on your machine");
});

test.each(["dynamodb:*", "*", "dynamodb:Get*", "GetItem"])("a stage doesn't give agents the right %j", (action) => {
  const targetRights = [{ actions: ["sqs:SendMessage", action], resources: ["arn:aws:sqs:eu-west-1:1:orders"] }];
  expect(() => targetRightsOf({ ...stages.personal, targetRights })).toThrow("name each action");
  expect(targetRightsOf(stages.production)).toEqual([]);
});

test.each([
  "arn:aws:iam::123456789012:role/*",
  "arn:aws:iam::*:role/orders",
  "arn:aws:iam::123456789012:user/a",
  "*",
  "",
])("a stage doesn't let gateways have the role %j", (arn) => {
  const gatewayRoles = ["arn:aws:iam::123456789012:role/team/orders", arn];
  expect(() => gatewayRolesOf({ ...stages.personal, gatewayRoles })).toThrow("name each by its ARN");
  expect(gatewayRolesOf({ ...stages.personal, gatewayRoles: gatewayRoles.slice(0, 1) })).toHaveLength(1);
});
