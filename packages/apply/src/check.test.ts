import { expect, test } from "vitest";
import { problemsOf } from "./check.ts";
import { readDocument } from "./document.ts";
import { deploymentOf, nothing, shop } from "./testing.ts";

const told = (text: string, deployment = nothing, prune = false) =>
  problemsOf(readDocument(text), deployment, { prune }).map(({ path, message, line }) => `${line} ${path} ${message}`);

test("the document of the tests is as it should be, before and after it is applied", () => {
  expect(told(shop)).toEqual([]);
  expect(told(shop, deploymentOf(shop))).toEqual([]);
});

test.each([
  [
    "a member that the SDK doesn't know",
    "allowedAudience:",
    "allowedAudiences:",
    /^9 .*allowedAudiences is not known here; there are discoveryUrl, allowedAudience,/,
  ],
  ["a member of the wrong type", "{ team: shop }", "{ team: 1 }", /^11 gateways.shop.tags.team must be a string/],
  ["an ARN of another form", "arn:aws:iam::000000000000:role/shop", "role", /^4 gateways.shop.roleArn must match/],
  [
    "what is required and missing",
    "    authorizerType: CUSTOM_JWT\n",
    "",
    /^3 gateways.shop.authorizerType is required/,
  ],
  ["an authorizer that isn't one", "CUSTOM_JWT", "PASSWORD", /^5 gateways.shop.authorizerType must be one of/],
  [
    "rules that would check nothing",
    "CUSTOM_JWT",
    "NONE",
    /^6 gateways.shop.authorizerConfiguration belongs to authorizerType CUSTOM_JWT/,
  ],
  ["a mode that isn't one", "ENFORCE", "enforce", /^10 gateways.shop.policyEngine.mode must be one of/],
  [
    "an engine that isn't there",
    "{ name: shop_policies,",
    "{ name: nope,",
    /^10 gateways.shop.policyEngine.name is nope, which is no policy engine/,
  ],
  [
    "two tools of one name",
    "name: show",
    "name: cancel",
    /inlinePayload can't be used: There are two tools named cancel/,
  ],
  [
    "an unknown reference",
    "gateway.shop.url",
    "gateway.shops.url",
    /^9 .*allowedAudience\[0\] refers to \$\{gateway.shops.url\}, which isn't there; there are region, account, gateway.shop.arn/,
  ],
  [
    "a tag that isn't known in time",
    "team: shop",
    `team: "\${gateway.shop.id}"`,
    /^11 gateways.shop.tags.team refers to .*, which isn't known yet/,
  ],
  [
    "a policy that isn't Cedar",
    "when { context.input.amount < 100 };",
    "when {",
    /^31 policyEngines.shop_policies.policies.small_orders.statement can't be read/,
  ],
  [
    "a policy that doesn't fit the tools",
    "context.input.amount < 100",
    "context.input.count < 100",
    /^31 .*small_orders.statement isn't valid for the gateway shop: .*count/,
  ],
  [
    "a policy about another gateway",
    `Gateway::"\${gateway.shop.arn}")\n          when { context.input.amount < 100`,
    'Gateway::"arn")\n          when { context.input.amount < 100',
    /^31 .*small_orders.statement names the gateway arn, which isn't there/,
  ],
  [
    "a policy of a mode that there isn't",
    "      nothing_huge:\n",
    "      nothing_huge:\n        enforcementMode: LOUD\n",
    /nothing_huge.enforcementMode must be one of ACTIVE, LOG_ONLY/,
  ],
])("tells %s, with its line", (_, before, after, problem) => {
  expect(shop).toContain(before);
  expect(told(shop.replace(before, after))).toEqual([expect.stringMatching(problem)]);
});

test("tells everything at once", () => {
  const broken = shop
    .replace("description: Cancels an order", "descripton: x")
    .replace(/arn:aws:iam.*/, "nobody")
    .replace("forbid(", "forbad(");
  expect(told(broken).map((problem) => problem.split(" ").slice(0, 2).join(" "))).toEqual([
    "4 gateways.shop.roleArn",
    "21 gateways.shop.targets.Orders.targetConfiguration.mcp.lambda.toolSchema.inlinePayload[0].descripton",
    "20 gateways.shop.targets.Orders.targetConfiguration.mcp.lambda.toolSchema.inlinePayload[0].description",
    "35 policyEngines.shop_policies.policies.nothing_huge.statement",
  ]);
});

test("policies about tools that only the service knows are left to the service", () => {
  const server =
    "      Remote: { targetConfiguration: { mcp: { mcpServer: { endpoint: 'https://remote.example/mcp' } } } }\n";
  const remote = shop.replace("    targets:\n", `    targets:\n${server}`);
  expect(told(remote.replace("Orders___cancel", "Remote___cancel"))).toEqual([]);
  expect(told(remote.replace("input.amount <", "input.count <"))).toEqual([expect.stringContaining("count")]);
});

test("an engine can't begin to enforce with a policy that isn't in the document and doesn't fit", () => {
  const logOnly = shop.replace("ENFORCE", "LOG_ONLY");
  const old = logOnly.replace("small_orders:", "old_one:").replace("input.amount < 100", "input.count < 100");
  const present = deploymentOf(old);
  expect(told(logOnly, present)).toEqual([]);
  expect(told(shop, present)).toEqual([expect.stringContaining("can't be ENFORCE with the policy old_one")]);
  expect(told(shop, present, true)).toEqual([]);
});
