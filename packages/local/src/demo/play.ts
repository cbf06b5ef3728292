import { deepStrictEqual } from "node:assert/strict";
import type { JsonObject } from "@gatehouse/core/json.ts";
import type { ToolDecision } from "@gatehouse/core/observability/events.ts";
import { attach, createEngineAndPolicies } from "@gatehouse/example-insurance/setup.ts";
import { users } from "@gatehouse/example-insurance/users.ts";
import { type Actor, buildScene, ownVenue, type Scene, type Venue } from "./scene.ts";

/** What happened in one step, and what was to happen. */
export interface Step {
  readonly step: number;
  readonly title: string;
  readonly principal: string;
  readonly tools: readonly string[];
  readonly call?: { readonly tool: string; readonly arguments: JsonObject };
  readonly outcome?: ToolDecision["outcome"];
  readonly answer?: string;
  readonly determiningPolicies?: readonly string[];
  /** Of the last step: how often each outcome stands in the ledger, by tool. */
  readonly decisions?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const application = "ApplicationToolTarget___create_application";
const riskModel = "RiskModelToolTarget___invoke_risk_model";
const approval = "ApprovalToolTarget___approve_underwriting";
const search = "x_amz_bedrock_agentcore_search";
const everything = [application, approval, riskModel, search].sort();
const oneMillion = { applicant_region: "US", coverage_amount: 1_000_000 };
const tenMillion = { applicant_region: "US", coverage_amount: 10_000_000 };
const risk = { API_classification: "internal", data_governance_approval: true };

/**
 * Plays the talk: each step is done for real, by a real client, and read back from the ledger.
 * @param onStep told of each step as it happens.
 * @param open starts the Gatehouse that it is played on, which ends with the play.
 * @throws Error when a step goes otherwise than in the talk.
 */
export async function playDemo(onStep: (step: Step) => void, open: () => Promise<Venue> = ownVenue): Promise<Step[]> {
  await using venue = await open();
  await using scene = await buildScene(venue);
  const played: Step[] = [];
  const show = (step: Step) => {
    played.push(step);
    onStep(step);
  };
  const [alice, fiona, erik] = [
    await scene.enter(users.nobody),
    await scene.enter(users.finance),
    await scene.enter(users.engineering),
  ];

  const ungoverned = { step: 1, title: "No policy engine: every tool is there, and every call goes through" };
  show(await act(ungoverned, alice, { tools: everything, tool: application, args: tenMillion, outcome: "allowed" }));

  await createEngineAndPolicies(scene.control, scene.callers);
  await attachAndSettle(scene, "LOG_ONLY");
  const dryRun = { step: 2, title: "Engine attached in LOG_ONLY: still created, recorded as would-deny" };
  show(await act(dryRun, alice, { tools: everything, tool: application, args: tenMillion, outcome: "would-deny" }));

  await attachAndSettle(scene, "ENFORCE");
  const enforced = { step: 3, title: "ENFORCE, no department: one tool, and a limit of 5 million" };
  const one = [application];
  show(await act(enforced, alice, { tools: one, tool: application, args: oneMillion, outcome: "allowed" }));
  show(await act(enforced, alice, { tools: one, tool: application, args: tenMillion, outcome: "denied" }));

  const finance = { step: 4, title: "Department finance: the risk model is there, and answers" };
  const two = [application, riskModel];
  show(await act(finance, fiona, { tools: two, tool: riskModel, args: risk, outcome: "allowed" }));

  const engineering = { step: 5, title: "Department engineering: the risk model is hidden, and denied" };
  show(await act(engineering, erik, { tools: one, tool: riskModel, args: risk, outcome: "denied" }));

  show(await readBack(scene));
  return played;
}

async function attachAndSettle({ control, callers, settle }: Scene, mode: "LOG_ONLY" | "ENFORCE") {
  await attach(control, callers, mode);
  await settle();
}

interface Expected {
  readonly tools: readonly string[];
  readonly tool: string;
  readonly args: JsonObject;
  readonly outcome: "allowed" | "would-deny" | "denied";
}

/** Lists and calls, and holds both against what is expected. */
async function act(head: Pick<Step, "step" | "title">, actor: Actor, expected: Expected): Promise<Step> {
  const tools = (await actor.tools()).sort();
  deepStrictEqual(tools, [...expected.tools].sort(), `step ${head.step}: ${actor.name} sees ${tools.join(", ")}`);
  const { text, isError, decision } = await actor.call(expected.tool, expected.args);
  const { outcome, determiningPolicies } = decision;
  deepStrictEqual(outcome, expected.outcome, `step ${head.step}: the call was ${outcome}: ${text}`);
  deepStrictEqual(isError, outcome === "denied", `step ${head.step}: the answer was ${text}`);
  const call = { tool: expected.tool, arguments: expected.args };
  return { ...head, principal: actor.name, tools, call, outcome, answer: text, determiningPolicies };
}

async function readBack(scene: Scene): Promise<Step> {
  const calls = (await scene.decisions()).filter(({ method }) => method === "tools/call");
  const byTool = Object.groupBy(calls, ({ tool = "" }) => tool);
  const count = (decisions: ToolDecision[] = []) =>
    Object.fromEntries(
      Object.entries(Object.groupBy(decisions, ({ outcome }) => outcome)).map(([outcome, of]) => [outcome, of.length]),
    );
  const decisions = Object.fromEntries(Object.entries(byTool).map(([tool, of]) => [tool, count(of)]));
  const expected = {
    [application]: { allowed: 2, "would-deny": 1, denied: 1 },
    [riskModel]: { allowed: 1, denied: 1 },
  };
  deepStrictEqual(decisions, expected, "step 6: the ledger has other decisions than were made");
  const title = "The ledger: every decision, by tool and outcome";
  return { step: 6, title, principal: "analyst", tools: Object.keys(decisions).sort(), decisions };
}
