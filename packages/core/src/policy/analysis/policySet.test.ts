import { afterAll, expect, test } from "vitest";
import { buildSchema } from "../schema/schema.ts";
import { gatewayOf, tool } from "../testing/configuration.ts";
import { createAnalyzer } from "./analysis.ts";
import { policySet } from "./policySet.ts";

const analyzer = createAnalyzer({ milliseconds: 60_000, millisecondsPerQuestion: 20_000 });
afterAll(() => analyzer.close());

const configuration = gatewayOf({
  T: [
    tool("one", { "amount!": { type: "integer" }, __entity: { type: "string" } }),
    tool("two", { "other!": { type: "integer" } }),
  ],
});
const schema = buildSchema(configuration);
const policy = (policyId: string, effect: "permit" | "forbid", condition: string) => ({
  policyId,
  statement: `${effect}(principal, action, resource) when { ${condition} };`,
});
const all = policy("all", "permit", "true");
const amount = policy("amount", "permit", "context.input.amount < 5");
const noAmount = policy("noAmount", "forbid", "context.input.amount < 5");
const leftOut = policy("leftOut", "forbid", 'context.input has "__entity"');

/** What the set makes of the policies for a tool. */
function forTool(name: string, ...policies: readonly { policyId: string; statement: string }[]) {
  const action = schema.actions.get(name);
  if (action === undefined) throw new Error(`There is no tool ${name}.`);
  const { valid, blocked } = policySet(policies, schema).forTool(action);
  return { valid: valid.map(({ policyId }) => policyId), blocked };
}

test("a policy counts for the tools that it is valid for, as in the engine", () => {
  expect(forTool("T___one", all, amount, noAmount)).toEqual({ valid: ["all", "amount", "noAmount"], blocked: false });
  expect(forTool("T___two", all, amount)).toEqual({ valid: ["all"], blocked: false });
  expect(forTool("T___two", all, noAmount)).toEqual({ valid: ["all"], blocked: true });
});

test("T15 a forbid that asks for what Cedar can't represent blocks the tool that has it", () => {
  expect(forTool("T___one", all, leftOut)).toEqual({ valid: ["all"], blocked: true });
});

test("a policy that can't be read takes nobody's place", () => {
  const broken = { policyId: "broken", statement: "permit(" };
  expect(forTool("T___two", broken, amount, all)).toEqual({ valid: ["all"], blocked: false });
});

test("what policies do that aren't valid for a tool is decided, and is nothing", async () => {
  const nothing = { newlyAllowed: [], newlyDenied: [], undecided: [] };
  const two = gatewayOf({ T: [tool("two", { "other!": { type: "integer" } })] });
  expect(await analyzer.compare([amount], [], two)).toEqual(nothing);
});
