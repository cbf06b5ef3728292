import {
  CreateGatewayCommand,
  CreatePolicyEngineCommand,
  DeleteGatewayCommand,
  GetPolicyGenerationCommand,
  ListPolicyGenerationAssetsCommand,
  ListPolicyGenerationsCommand,
  ResourceNotFoundException,
  StartPolicyGenerationCommand,
  ValidationException,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GatehouseError } from "../errors.ts";
import { type Analyzer, createAnalyzer } from "../policy/analysis/analysis.ts";
import { authorPolicies } from "../policy/authoring/author.ts";
import { addInsurance, gatewaySettings, unusedName } from "./fixtures.ts";
import { generatePolicies, type PolicyAuthor } from "./generatePolicies.ts";
import { startTestControlPlane, type TestControlPlane } from "./testing.ts";

let plane: TestControlPlane;
let analyzer: Analyzer;
beforeAll(async () => {
  plane = await startTestControlPlane();
  analyzer = createAnalyzer();
});
afterAll(async () => {
  await Promise.all([plane.stop(), analyzer.close()]);
});

const withoutModel: PolicyAuthor = async (text, configuration) => authorPolicies(text, configuration);
const vague = "Do not allow anyone to create applications with a reasonable coverage amount.";
const text = `Allow everyone to create applications with a coverage amount below 5 million. ${vague}`;

/** A generation that was asked for, of a gateway with the tool `Insurance___create_application`. */
async function asked(rawText = text) {
  const { client } = plane;
  const { policyEngineId = "" } = await client.send(new CreatePolicyEngineCommand({ name: unusedName("engine") }));
  const { gatewayId, gatewayArn = "" } = await client.send(new CreateGatewayCommand(gatewaySettings()));
  const { targetId } = await addInsurance(plane, gatewayId);
  const started = await client.send(
    new StartPolicyGenerationCommand({
      policyEngineId,
      name: "words",
      resource: { arn: gatewayArn },
      content: { rawText },
    }),
  );
  const ids = { policyEngineId, policyGenerationId: started.policyGenerationId ?? "" };
  const run = (
    author: PolicyAuthor = withoutModel,
    solver: Analyzer = analyzer,
    signal: AbortSignal = new AbortController().signal,
  ) => generatePolicies({ ...ids, repository: plane.repository, author, analyzer: solver, signal });
  const read = () => client.send(new GetPolicyGenerationCommand(ids));
  const assets = async () =>
    (await client.send(new ListPolicyGenerationAssetsCommand(ids))).policyGenerationAssets ?? [];
  return { ids, gatewayId, targetId, started, run, read, assets };
}

describe("a policy generation", () => {
  test("is stored together with the event that sets it going", async () => {
    const { ids, started } = await asked();
    expect(started).toMatchObject({ status: "GENERATING", statusReasons: [] });
    expect(started.policyGenerationArn).toMatch(
      new RegExp(`:policy-engine/${ids.policyEngineId}/policy-generation/words-[a-z0-9]{10}$`),
    );
    expect(plane.events).toContainEqual({
      type: "PolicyGenerationRequested",
      detail: { schemaVersion: 1, ...ids },
    });
  });

  test("has an asset for each statement, with what it was found to be", async () => {
    const { run, read, assets } = await asked();
    await run();
    expect(await read()).toMatchObject({ status: "GENERATED", findings: "VALID: 1, NOT_TRANSLATABLE: 1" });
    const [first, second] = await assets();
    expect(first).toMatchObject({ findings: [{ type: "VALID" }] });
    expect(first?.definition?.cedar?.statement).toContain("context.input.coverage_amount < 5000000");
    expect(second).toMatchObject({ rawTextFragment: vague, findings: [{ type: "NOT_TRANSLATABLE" }] });
    expect(second?.definition).toBeUndefined();
  });

  test("is done once: what is delivered again changes nothing", async () => {
    const { run, assets } = await asked();
    await Promise.all([run(), run(), run()]);
    const first = await assets();
    await run(async () => [{ fragment: vague, reason: "another answer" }]);
    expect(await assets()).toEqual(first);
  });

  test("that the author can't do fails with the reason", async () => {
    const { run, read, assets } = await asked();
    await run(async () => {
      throw new GatehouseError("throttled", "The model is busy.");
    });
    expect(await read()).toMatchObject({ status: "GENERATE_FAILED", statusReasons: ["The model is busy."] });
    expect(await assets()).toEqual([]);
  });

  test("whose policies are too large to be kept fails, and keeps none", async () => {
    const { run, read, assets } = await asked();
    const reason = "x".repeat(10_000);
    await run(async () => Array.from({ length: 40 }, (_, index) => ({ fragment: `${index}`, reason })));
    expect(await read()).toMatchObject({
      status: "GENERATE_FAILED",
      statusReasons: [expect.stringMatching(/too large/)],
    });
    expect(await assets()).toEqual([]);
  });

  test("that takes too long fails and says so, be it the author or the solver that takes the time", async () => {
    const late = new AbortController();
    const tooLate = () => late.abort(new Error("It took too long."));
    const slowAuthor: PolicyAuthor = async (_text, _configuration, signal) => {
      tooLate();
      throw new Error(`The author was stopped: ${signal.aborted}`);
    };
    const byAuthor = await asked();
    await byAuthor.run(slowAuthor, analyzer, late.signal);
    const told = { status: "GENERATE_FAILED", statusReasons: ["It took too long."] };
    expect(await byAuthor.read()).toMatchObject(told);

    const again = new AbortController();
    let reviews = 0;
    const slowSolver: Analyzer = {
      ...analyzer,
      reviewAlone: async () => {
        reviews++;
        again.abort(new Error("It took too long."));
        return { findings: [], undecided: [] };
      },
    };
    const bySolver = await asked("Allow everyone to create applications. Allow everyone to create applications.");
    await bySolver.run(withoutModel, slowSolver, again.signal);
    expect(await bySolver.read()).toMatchObject(told);
    expect(reviews).toBe(1);
  });

  test("waits for another delivery while what it means can't be asked", async () => {
    const { run, read } = await asked();
    const broken: Analyzer = { ...analyzer, reviewAlone: () => Promise.reject(new Error("The solver is away.")) };
    await expect(run(withoutModel, broken)).rejects.toThrow("The solver is away.");
    expect(await read()).toMatchObject({ status: "GENERATING" });
    await run();
    expect(await read()).toMatchObject({ status: "GENERATED" });
  });

  test("says what could not be decided", async () => {
    const { run, assets } = await asked();
    const hard =
      "permit(principal, action, resource) when { context.input.coverage_amount * context.input.coverage_amount * context.input.coverage_amount == 7 };";
    await run(async () => [{ fragment: "hard", statement: hard }], {
      ...analyzer,
      reviewAlone: async () => ({
        findings: [{ type: "VALID", description: "It is valid." }],
        undecided: [{ tools: [], reason: "the solver took too long." }],
      }),
    });
    expect((await assets())[0]?.findings).toEqual([
      { type: "VALID", description: "It is valid. Not decided: the solver took too long." },
    ]);
  });

  test("of a gateway that is gone by then fails", async () => {
    const { ids, run, read, gatewayId, targetId } = await asked();
    const target = await plane.repository.getTarget(gatewayId ?? "", targetId ?? "");
    if (target === undefined) throw new Error("The target is gone.");
    await plane.repository.deleteTarget(target);
    await plane.client.send(new DeleteGatewayCommand({ gatewayIdentifier: gatewayId }));
    await run();
    expect(await read()).toMatchObject({
      status: "GENERATE_FAILED",
      statusReasons: [expect.stringMatching(/is gone/)],
    });
    const { policyGenerations } = await plane.client.send(new ListPolicyGenerationsCommand(ids));
    expect(policyGenerations).toHaveLength(1);
  });

  test("needs an engine, a gateway and words", async () => {
    const { ids } = await asked();
    const start = (changes: object) =>
      plane.client.send(
        new StartPolicyGenerationCommand({
          policyEngineId: ids.policyEngineId,
          name: "words",
          resource: { arn: "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/nowhere-0123456789" },
          content: { rawText: text },
          ...changes,
        }),
      );
    await expect(start({})).rejects.toThrow(/resource.arn must be the ARN of a gateway that exists/);
    await expect(start({ content: { rawText: "  " } })).rejects.toThrow(ValidationException);
    await expect(start({ content: { rawText: "x".repeat(2_001) } })).rejects.toThrow(/2000/);
    await expect(
      plane.client.send(new GetPolicyGenerationCommand({ ...ids, policyGenerationId: "nothing-0123456789" })),
    ).rejects.toThrow(ResourceNotFoundException);
  });
});

test("a generation is kept for 7 days", async () => {
  const { ids } = await asked();
  const record = await plane.repository.getPolicyGeneration(ids.policyEngineId, ids.policyGenerationId);
  if (record === undefined) throw new Error("The generation is gone.");
  const old = (days: number, policyGenerationId: string) => ({
    ...record,
    policyGenerationId,
    createdAt: new Date(Date.now() - days * 86_400_000 - 1_000).toISOString(),
  });
  await plane.repository.createPolicyGeneration(old(6, "young-0123456789"), []);
  await plane.repository.createPolicyGeneration(old(7, "older-0123456789"), []);
  const get = (id: string) => plane.repository.getPolicyGeneration(ids.policyEngineId, id);
  expect(await get("young-0123456789")).toBeDefined();
  expect(await get("older-0123456789")).toBeUndefined();
  const { items } = await plane.repository.listPolicyGenerations(ids.policyEngineId);
  expect(items.map(({ policyGenerationId }) => policyGenerationId)).not.toContain("older-0123456789");
});
