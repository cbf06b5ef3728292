import { expect, test } from "vitest";
import { readDocument } from "./document.ts";
import { planOf } from "./plan.ts";
import { printedPlan } from "./print.ts";
import { describeStep, stepsOf } from "./steps.ts";
import { deploymentOf, nothing, shop } from "./testing.ts";

const stepsFor = (text: string, before = nothing, prune = false) => {
  const document = readDocument(text);
  return stepsOf(planOf(document, before, { prune }), document, before).map(describeStep);
};
const small = / {6}small_orders:[\s\S]*?};\n/;
const huge = / {6}nothing_huge:[\s\S]*?};\n/;

test("what is there as it should be makes no difference, whatever the service adds", () => {
  expect(planOf(readDocument(shop), deploymentOf(shop))).toEqual({ changes: [], leftAlone: [] });
});

test("a new gateway is opened when its targets and policies are there, what forbids first", () => {
  expect(stepsFor(shop)).toEqual([
    "create policy engine shop_policies",
    "create gateway shop",
    "create target Orders of gateway shop",
    "create policy nothing_huge of policy engine shop_policies",
    "create policy small_orders of policy engine shop_policies",
    "open gateway shop",
  ]);
});

test("a change is told member by member", () => {
  const changed = shop
    .replace("Who may do what", "Who may do which")
    .replace("type: integer", "type: number")
    .replace("< 100 ", "< 50 ")
    .replace("team: shop", "team: sales")
    .replace(", other]", "]");
  const plan = planOf(readDocument(changed), deploymentOf(shop));
  expect(printedPlan(plan)).toBe(`~ change policy engine shop_policies
    description: "Who may do what" → "Who may do which"
~ change policy small_orders of policy engine shop_policies
    statement:
      - when { context.input.amount < 100 };
      + when { context.input.amount < 50 };
~ change gateway shop
    authorizerConfiguration.customJWTAuthorizer.allowedAudience: ["https://gateway.invalid/gateways/shop-0000000000/mcp","other"] → ["https://gateway.invalid/gateways/shop-0000000000/mcp"]
    tags.team: "shop" → "sales"
~ change target Orders of gateway shop
    targetConfiguration.mcp.lambda.toolSchema.inlinePayload[cancel].inputSchema.properties.amount.type: "integer" → "number"
0 to create, 4 to change, 0 to delete.`);
});

test("who may call changes after what policies say", () => {
  const changed = shop.replace(", other]", "]").replace("< 100 ", "< 50 ").replace("team: shop", "team: sales");
  expect(stepsFor(changed, deploymentOf(shop))).toEqual([
    "change gateway shop",
    "change policy small_orders of policy engine shop_policies",
    "open gateway shop",
  ]);
});

test("what isn't in the document is left alone, and with prune it goes: what permits first, what forbids last", () => {
  const less = shop
    .replace(small, "")
    .replace(huge, "")
    .replace("\n    policies:\n", "\n")
    .replace(/ {4}targets:[\s\S]*(?=policyEngines)/, "");
  const present = deploymentOf(shop);
  const plan = planOf(readDocument(less), present);
  expect(plan.changes).toEqual([]);
  expect(printedPlan(plan)).toContain("target Orders of gateway shop: not in the file, left alone");
  expect(plan.leftAlone).toHaveLength(3);
  expect(stepsFor(less, present, true)).toEqual([
    "delete policy small_orders of policy engine shop_policies",
    "delete target Orders of gateway shop",
    "delete policy nothing_huge of policy engine shop_policies",
  ]);
  expect(stepsFor("gateways: {}", present)).toEqual([]);
  expect(stepsFor("gateways: {}", present, true)).toEqual([
    "delete policy small_orders of policy engine shop_policies",
    "delete target Orders of gateway shop",
    "delete gateway shop",
    "delete policy nothing_huge of policy engine shop_policies",
    "delete policy engine shop_policies",
  ]);
});

test("prune spares what the document refers to", () => {
  const only = `gateways:\n  other:\n    description: "\${gateway.shop.arn}"`;
  const engine = "gateways:\n  other:\n    policyEngine: { name: shop_policies, mode: ENFORCE }";
  expect(stepsFor(engine, deploymentOf(shop), true).slice(0, 3)).toEqual([
    "create gateway other",
    "open gateway other",
    "delete target Orders of gateway shop",
  ]);
  expect(stepsFor(engine, deploymentOf(shop), true).join()).not.toContain("shop_policies");
  expect(stepsFor(only, deploymentOf(shop), true)).toEqual(["create gateway other", "open gateway other"]);
});

test("an engine is detached, or made to log only, when everything else is done", () => {
  const detached = shop.replace(/ {4}policyEngine: .*\n/, "").replace(small, "");
  const present = deploymentOf(shop);
  expect(stepsFor(detached, present, true)).toEqual([
    "delete policy small_orders of policy engine shop_policies",
    "open gateway shop",
  ]);
  expect(printedPlan(planOf(readDocument(detached), present))).toContain("Without a policy engine every call");
});

test("what failed before is done again", () => {
  const present = deploymentOf(shop);
  const gateway = present.gateways.get("shop");
  const orders = gateway?.targets.get("Orders");
  if (gateway === undefined || orders === undefined) throw new Error("The shop has a target Orders.");
  const targets = new Map([["Orders", { ...orders, status: "FAILED" }]]);
  const broken = { ...present, gateways: new Map([["shop", { ...gateway, targets }]]) };
  expect(planOf(readDocument(shop), broken).changes).toEqual([
    {
      action: "change",
      kind: "target",
      name: "Orders",
      within: "shop",
      differences: [{ path: "status", before: "FAILED", after: "READY" }],
    },
  ]);
});

test("a terminal shows what it would otherwise act upon", () => {
  const evil = shop.replace("Who may do what", '"a\\e[2Jb\\u202Ec\\nd"');
  expect(printedPlan(planOf(readDocument(evil), deploymentOf(shop)))).toContain("+ a\\u{1b}[2Jb\\u{202e}c");
});

test("T18 a client secret is neither told nor compared: nobody knows what the deployed one is", () => {
  const client =
    "\n    settings: { oauthClient: { clientId: gatehouse, clientSecret: hush, scopes: [tools] } }\n    targets:";
  const withClient = shop.replace("\n    targets:", client);
  const added = printedPlan(planOf(readDocument(withClient), deploymentOf(shop)));
  expect(added).toContain('"oauthClient":{"clientId":"gatehouse","scopes":["tools"]}');
  expect(added).not.toContain("hush");
  const deployed = deploymentOf(withClient.replace("clientSecret: hush, ", ""));
  expect(planOf(readDocument(withClient), deployed).changes).toEqual([]);
});
