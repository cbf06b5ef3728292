import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreatePolicyCommand,
  ListPoliciesCommand,
  ListPolicyEnginesCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import type { ReplayReport } from "@gatehouse/core/policy/replay/report.ts";
import { attach, createEngineAndPolicies } from "@gatehouse/example-insurance/setup.ts";
import { users } from "@gatehouse/example-insurance/users.ts";
import { type Actor, buildScene, ownVenue, type Scene, type Venue } from "@gatehouse/local/demo/scene.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runPolicy } from "../support/policy.ts";

const application = "ApplicationToolTarget___create_application";
const riskModel = "RiskModelToolTarget___invoke_risk_model";
const byDefault =
  "Tool Execution Denied: Tool call not allowed due to policy enforcement [No policy applies to the request (denied by default).]";

let venue: Venue;
let scene: Scene;
let alice: Actor;
let policyEngineId: string;
let limit: string;
const startedAt = new Date();
beforeAll(async () => {
  venue = await ownVenue();
  scene = await buildScene(venue);
  await createEngineAndPolicies(scene.control, scene.callers);
  await attach(scene.control, scene.callers, "ENFORCE");
  const { policyEngines: [engine] = [] } = await scene.control.send(new ListPolicyEnginesCommand({}));
  policyEngineId = engine?.policyEngineId ?? "";
  const { policies = [] } = await scene.control.send(new ListPoliciesCommand({ policyEngineId }));
  limit = policies.find(({ name }) => name === "create_application_below_5_million")?.policyId ?? "";
  alice = await scene.enter(users.nobody);
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  await venue?.[Symbol.asyncDispose]();
});

const applicationOf = (coverage_amount: number) => ({ applicant_region: "US", coverage_amount });
const put = (settings: { explainDenials?: boolean; recordArguments?: "NONE" | "FULL" }) =>
  sendOwn(scene.control, "PutGatewaySettings", { gatewayIdentifier: scene.gateway.gatewayId, ...settings });
const permitBelow = (amount: number) =>
  `permit(principal is AgentCore::OAuthUser, action == AgentCore::Action::"${application}",
    resource == AgentCore::Gateway::"${scene.gateway.gatewayArn}") when { context.input.coverage_amount < ${amount} };`;

test("a denied caller is told what of the arguments was wrong where the gateway says so, and nothing else otherwise", async () => {
  expect((await alice.call(application, applicationOf(10_000_000))).text).toBe(byDefault);
  await put({ explainDenials: true });
  await scene.settle();
  const { text, decision } = await alice.call(application, applicationOf(10_000_000));
  expect(text).toContain(byDefault);
  expect(text).toContain("coverage_amount must be less than 5000000");
  expect(decision.reason).toContain("coverage_amount must be less than 5000000");
  // Who may use the risk model is nothing for a caller who may not.
  const risk = await alice.call(riskModel, { API_classification: "internal", data_governance_approval: true });
  expect(risk.text).toContain("Tool Execution Denied");
  expect(risk.text).not.toMatch(/finance|department/);
});

test("a policy in LOG_ONLY changes no answer, and the ledger says what it would have changed", async () => {
  const { control } = scene;
  const statement = permitBelow(1_000).replace("permit", "forbid");
  const { policyId } = await control.send(
    new CreatePolicyCommand({
      policyEngineId,
      name: "no_small_ones",
      definition: { cedar: { statement } },
      enforcementMode: "LOG_ONLY",
    }),
  );
  await scene.settle();
  const small = await alice.call(application, applicationOf(500));
  expect(small.isError).toBe(false);
  expect(small.decision).toMatchObject({
    outcome: "allowed",
    determiningPolicies: [limit],
    logOnly: { decision: "DENY", flips: true, determiningPolicies: [policyId], flippingPolicies: [policyId] },
  });
  const large = await alice.call(application, applicationOf(2_000));
  expect(large.decision).toMatchObject({ outcome: "allowed", logOnly: { decision: "ALLOW", flips: false } });
});

describe("recorded calls are replayed", () => {
  let recordedFrom: Date;
  beforeAll(async () => {
    // Without the setting, nothing of a call's arguments is kept.
    await put({ recordArguments: "FULL" });
    await scene.settle();
    recordedFrom = new Date();
    for (const amount of [1_000_000, 4_000_000, 6_000_000, 10_000_000]) {
      await alice.call(application, applicationOf(amount));
    }
    await venue.idle();
  });
  const hence = () => new Date(Date.now() + 1_000);

  async function replayed(changes: object[], from = recordedFrom): Promise<ReplayReport> {
    const { gatewayId: gatewayIdentifier } = scene.gateway;
    const period = { from, until: hence() };
    const started = await sendOwn(scene.control, "StartPolicyReplay", { gatewayIdentifier, ...period, changes });
    expect(started).toMatchObject({ status: "REPLAYING", against: "RECORDED" });
    await venue.idle();
    const { policyReplayId } = started;
    const replay = await sendOwn(scene.control, "GetPolicyReplay", { gatewayIdentifier, policyReplayId });
    expect(replay).toMatchObject({ status: "REPLAYED" });
    const { policyReplays } = await sendOwn(scene.control, "ListPolicyReplays", { gatewayIdentifier });
    expect(policyReplays.map((one) => one.policyReplayId)).toContain(policyReplayId);
    return replay.report as unknown as ReplayReport;
  }

  test("against a changed policy: which would be decided otherwise, by tool, principal and policy", async () => {
    const raised = await replayed([{ policyId: limit, statement: permitBelow(7_000_000) }]);
    expect(raised).toMatchObject({ calls: 4, unchanged: 3, newlyAllowed: 1, newlyDenied: 0, notReplayable: 0 });
    expect(raised.byTool.top).toEqual([{ key: application, newlyAllowed: 1, newlyDenied: 0 }]);
    expect(raised.byPolicy.top).toEqual([{ key: limit, newlyAllowed: 1, newlyDenied: 0 }]);
    expect(raised.examples.newlyAllowed).toMatchObject([{ tool: application, arguments: applicationOf(6_000_000) }]);
    const lowered = await replayed([{ policyId: limit, statement: permitBelow(2_000_000) }]);
    expect(lowered).toMatchObject({ calls: 4, unchanged: 3, newlyAllowed: 0, newlyDenied: 1 });
  });

  test("and those that were not recorded are counted as such", async () => {
    const report = await replayed([], startedAt);
    expect(report.notReplayable).toBeGreaterThan(0);
    expect(report.calls).toBe(report.unchanged + report.notReplayable);
    expect(report.notReplayableReasons.map(({ reason }) => reason)).toEqual(["notRecorded"]);
  });

  test("by the command too, with policies of files", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gatehouse-replay-"));
    try {
      const file = join(folder, "candidate.cedar");
      await writeFile(file, permitBelow(7_000_000).replace(scene.gateway.gatewayArn, `\${gateway.insurance.arn}`));
      const { administrator, region, url } = venue;
      const calls = ["--gateway-id", scene.gateway.gatewayId, "--from", recordedFrom.toISOString()];
      const { status, stdout, stderr } = await runPolicy(["replay", ...calls, "--policies", file, "--endpoint", url], {
        AWS_ACCESS_KEY_ID: administrator.accessKeyId,
        AWS_SECRET_ACCESS_KEY: administrator.secretAccessKey,
        AWS_REGION: region,
      });
      expect(stderr).toBe("");
      expect(stdout).toContain("1 call newly allowed");
      expect(stdout).toContain("0 calls newly denied");
      expect(status).toBe(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
