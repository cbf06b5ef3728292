import {
  CreatePolicyCommand,
  CreatePolicyEngineCommand,
  GetGatewayCommand,
  GetPolicyGenerationCommand,
  ListPolicyGenerationAssetsCommand,
  StartPolicyGenerationCommand,
  UpdateGatewayCommand,
  type UpdateGatewayCommandInput,
  waitUntilPolicyGenerationCompleted,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { users } from "@gatehouse/example-insurance/users.ts";
import { buildScene, ownVenue, type Scene, type Venue } from "@gatehouse/local/demo/scene.ts";
import { afterAll, beforeAll, expect, test } from "vitest";

const application = "ApplicationToolTarget___create_application";
const riskModel = "RiskModelToolTarget___invoke_risk_model";
const approval = "ApprovalToolTarget___approve_underwriting";

let venue: Venue;
let scene: Scene;
beforeAll(async () => {
  venue = await ownVenue();
  scene = await buildScene(venue);
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  await venue?.[Symbol.asyncDispose]();
});

/** Has policies written for the insurance company's gateway, as an administrator would, and reads what became of them. */
async function generate(policyEngineId: string, name: string, rawText: string) {
  const { control, gateway } = scene;
  const started = await control.send(
    new StartPolicyGenerationCommand({
      policyEngineId,
      name,
      resource: { arn: gateway.gatewayArn },
      content: { rawText },
    }),
  );
  expect(started).toMatchObject({ status: "GENERATING", resource: { arn: gateway.gatewayArn } });
  const { policyGenerationId = "" } = started;
  const ids = { policyEngineId, policyGenerationId };
  await waitUntilPolicyGenerationCompleted({ client: control, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, ids);
  const { policyGenerationAssets: assets = [] } = await control.send(new ListPolicyGenerationAssetsCommand(ids));
  return { policyGenerationId, assets };
}

async function newEngine(name: string) {
  const { policyEngineId = "", policyEngineArn = "" } = await scene.control.send(
    new CreatePolicyEngineCommand({ name }),
  );
  return { policyEngineId, policyEngineArn };
}

async function enforce(policyEngineArn: string) {
  const { control, gateway } = scene;
  const described = await control.send(new GetGatewayCommand({ gatewayIdentifier: gateway.gatewayId }));
  await control.send(
    new UpdateGatewayCommand({
      // What an update needs is part of what is answered.
      ...(described as Partial<UpdateGatewayCommandInput> as UpdateGatewayCommandInput),
      gatewayIdentifier: gateway.gatewayId,
      policyEngineConfiguration: { arn: policyEngineArn, mode: "ENFORCE" },
    }),
  );
  await scene.settle();
}

test("the talk's sentences become policies that decide as said, with no model", async () => {
  const { control } = scene;
  const { policyEngineId, policyEngineArn } = await newEngine("from_words");
  const text = `Allow the user to call the application tool with the coverage amount under $5 million.
Only users whose department is finance may invoke the risk model.
Don't allow anyone to approve underwriting.`;
  const { policyGenerationId, assets } = await generate(policyEngineId, "talk", text);
  expect(assets.map(({ findings }) => findings?.map(({ type }) => type))).toEqual([
    ["VALID"],
    ["VALID"],
    expect.arrayContaining(["DENY_ALL"]),
  ]);
  for (const [index, { policyGenerationAssetId = "" }] of assets.entries()) {
    const policy = await control.send(
      new CreatePolicyCommand({
        policyEngineId,
        name: `statement_${index + 1}`,
        definition: { policyGeneration: { policyGenerationId, policyGenerationAssetId } },
        validationMode: "IGNORE_ALL_FINDINGS",
      }),
    );
    expect(policy).toMatchObject({ status: "ACTIVE", definition: { cedar: assets[index]?.definition?.cedar } });
  }
  await enforce(policyEngineArn);

  const [alice, fiona, erik] = [
    await scene.enter(users.nobody),
    await scene.enter(users.finance),
    await scene.enter(users.engineering),
  ];
  expect(await alice.tools()).toEqual([application]);
  expect((await fiona.tools()).sort()).toEqual([application, riskModel]);
  expect(await erik.tools()).toEqual([application]);
  const outcome = async (actor: typeof alice, tool: string, args: object) =>
    (await actor.call(tool, { ...args })).decision.outcome;
  const applicationOf = (coverage_amount: number) => ({ applicant_region: "US", coverage_amount });
  expect(await outcome(alice, application, applicationOf(1_000_000))).toBe("allowed");
  expect(await outcome(alice, application, applicationOf(4_999_999))).toBe("allowed");
  expect(await outcome(alice, application, applicationOf(5_000_000))).toBe("denied");
  expect(await outcome(alice, application, applicationOf(10_000_000))).toBe("denied");
  const risk = { API_classification: "internal", data_governance_approval: true };
  expect(await outcome(fiona, riskModel, risk)).toBe("allowed");
  expect(await outcome(erik, riskModel, risk)).toBe("denied");
  expect(await outcome(alice, riskModel, risk)).toBe("denied");
  expect(await outcome(fiona, approval, { claim_amount: 1, risk_level: "low" })).toBe("denied");
});

test("what can't be translated is said, word by word, and can't become a policy", async () => {
  const { control } = scene;
  const { policyEngineId } = await newEngine("refused_words");
  const text = "Allow everyone to create applications with a reasonable coverage amount.";
  const { policyGenerationId, assets } = await generate(policyEngineId, "vague", text);
  expect(assets).toMatchObject([{ rawTextFragment: text, findings: [{ type: "NOT_TRANSLATABLE" }] }]);
  expect(assets[0]?.findings?.[0]?.description).toContain("reasonable");
  expect(assets[0]?.definition).toBeUndefined();
  const policyGeneration = { policyGenerationId, policyGenerationAssetId: assets[0]?.policyGenerationAssetId ?? "" };
  const create = new CreatePolicyCommand({ policyEngineId, name: "vague", definition: { policyGeneration } });
  await expect(control.send(create)).rejects.toThrow(/must be an asset that could be translated/);
  const ids = { policyEngineId, policyGenerationId };
  expect(await control.send(new GetPolicyGenerationCommand(ids))).toMatchObject({
    status: "GENERATED",
    findings: "NOT_TRANSLATABLE: 1",
  });
});
