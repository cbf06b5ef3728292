import { expect, test } from "vitest";
import { compilePolicies } from "../policy/engine.ts";
import { insurance, now, policiesOf, user } from "../policy/testing/configuration.ts";
import { toolsOf } from "../tools.ts";
import { denial } from "./answers.ts";
import { authorize, explanationFor, visibleActions } from "./authorize.ts";
import { featureCatalogueOf } from "./features/catalogue.ts";
import type { Snapshot } from "./snapshot.ts";

const limit = `permit(principal, action in AgentCore::Action::"ApplicationToolTarget", resource)
  when { context.input.coverage_amount < 5000000 };`;
const tool = toolsOf(insurance).find(({ target }) => target?.name === "ApplicationToolTarget");
if (tool === undefined) throw new Error("The insurance example has no tool.");
const args = { coverage_amount: 10_000_000 };

/** The insurance example with its limit. */
function snapshotOf(mode: "ENFORCE" | "LOG_ONLY", explainDenials?: boolean): Snapshot {
  const settings = explainDenials === undefined ? {} : { settings: { explainDenials } };
  const policies = compilePolicies({ configuration: insurance, policies: policiesOf(limit) });
  return {
    configuration: { ...insurance, gateway: { ...insurance.gateway, ...settings } },
    tools: new Map([[tool?.name ?? "", tool as NonNullable<typeof tool>]]),
    engine: { arn: "arn:engine", version: 1, mode, policies },
    features: featureCatalogueOf({ targets: [] }),
    argumentsCheck: () => () => undefined,
  };
}

test("a denied caller is told what failed only where the gateway's settings want it", () => {
  const explain = (snapshot: Snapshot) => explanationFor(snapshot, user(), tool, args, now);
  expect(explain(snapshotOf("ENFORCE", true))).toBe("coverage_amount must be less than 5000000.");
  expect(explain(snapshotOf("ENFORCE", false))).toBe("");
  expect(explain(snapshotOf("ENFORCE"))).toBe("");
});

test("the explanation stands behind AgentCore's text, which stays as it is", () => {
  const text = (explanation: string) => denial("No policy applies.", explanation, "id").content[0];
  const agentCores = "Tool Execution Denied: Tool call not allowed due to policy enforcement [No policy applies.]";
  expect(text("")).toEqual({ type: "text", text: agentCores });
  expect(text("x must be given.")).toEqual({ type: "text", text: `${agentCores} x must be given.` });
});

test("an engine in LOG_ONLY flips whatever it would have denied", () => {
  const logOnly = (mode: "ENFORCE" | "LOG_ONLY", coverage_amount: number) =>
    authorize(snapshotOf(mode), user(), tool, { coverage_amount }, now).logOnly;
  expect(logOnly("LOG_ONLY", 10_000_000)).toMatchObject({ decision: "DENY", flips: true });
  expect(logOnly("LOG_ONLY", 1)).toMatchObject({ decision: "ALLOW", flips: false, determiningPolicies: ["policy-0"] });
  expect(logOnly("ENFORCE", 1)).toBeUndefined();
});

test("an engine that could not be loaded shows nothing and allows nothing, prompts and resources included", () => {
  const engine = { arn: "arn:engine", version: -1, mode: "ENFORCE" as const, failure: "It is away." };
  const snapshot: Snapshot = { ...snapshotOf("ENFORCE"), engine };
  const { isShown, failure } = visibleActions(snapshot, user(), now);
  expect(isShown("GetPrompt:Docs___review")).toBe(false);
  expect(failure).toBe("It is away.");
  expect(authorize(snapshot, user(), { name: "ReadResource:Docs" }, { uri: "file:///a" }, now)).toMatchObject({
    decision: "DENY",
    failed: true,
  });
});
