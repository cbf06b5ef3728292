import {
  ConflictException,
  CreateGatewayCommand,
  CreateGatewayTargetCommand,
  CreatePolicyCommand,
  CreatePolicyEngineCommand,
  DeletePolicyCommand,
  DeletePolicyEngineCommand,
  GetPolicyCommand,
  GetPolicyEngineCommand,
  paginateListPolicies,
  paginateListPolicyEngines,
  ResourceNotFoundException,
  UpdateGatewayCommand,
  UpdatePolicyCommand,
  UpdatePolicyEngineCommand,
  ValidationException,
  waitUntilPolicyActive,
  waitUntilPolicyDeleted,
  waitUntilPolicyEngineActive,
  waitUntilPolicyEngineDeleted,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addInsurance, createApplication, gatewaySettings, lambda, unusedName } from "./fixtures.ts";
import { startTestControlPlane, type TestControlPlane } from "./testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

const waiting = { maxWaitTime: 10, minDelay: 1, maxDelay: 1 };

async function newEngine() {
  const { policyEngineId = "", policyEngineArn = "" } = await plane.client.send(
    new CreatePolicyEngineCommand({ name: unusedName("engine") }),
  );
  return { policyEngineId, policyEngineArn };
}

async function newInsurance() {
  const settings = gatewaySettings();
  const { gatewayId = "", gatewayArn = "" } = await plane.client.send(new CreateGatewayCommand(settings));
  await addInsurance(plane, gatewayId);
  const attach = (arn: string, mode: "ENFORCE" | "LOG_ONLY") => {
    const policyEngineConfiguration = { arn, mode };
    return plane.client.send(
      new UpdateGatewayCommand({ gatewayIdentifier: gatewayId, ...settings, policyEngineConfiguration }),
    );
  };
  const detach = () => plane.client.send(new UpdateGatewayCommand({ gatewayIdentifier: gatewayId, ...settings }));
  return { gatewayArn, attach, detach };
}

/** A policy about the tool `create_application`, of one gateway or of any. */
const permit = (condition: string, gatewayArn?: string) => `permit(
  principal,
  action == AgentCore::Action::"Insurance___create_application",
  ${gatewayArn === undefined ? "resource" : `resource == AgentCore::Gateway::"${gatewayArn}"`}
) when { ${condition} };`;

const valid = "context.input.coverage_amount < 5000000";
const misspelt = "context.input.coverage_amout < 5000000";

const create = (policyEngineId: string, statement: string, changes = {}) =>
  plane.client.send(
    new CreatePolicyCommand({
      policyEngineId,
      name: unusedName("policy"),
      definition: { cedar: { statement } },
      ...changes,
    }),
  );
const get = (policyEngineId: string, policyId: string | undefined) =>
  plane.client.send(new GetPolicyCommand({ policyEngineId, policyId }));

describe("a policy engine", () => {
  test("lives as the SDK's waiters expect", async () => {
    const { client } = plane;
    const { policyEngineId, policyEngineArn } = await newEngine();
    await waitUntilPolicyEngineActive({ client, ...waiting }, { policyEngineId });
    expect(policyEngineArn).toBe(`arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/${policyEngineId}`);
    const description = { optionalValue: "changed" };
    await client.send(new UpdatePolicyEngineCommand({ policyEngineId, description }));
    expect(await client.send(new GetPolicyEngineCommand({ policyEngineId }))).toMatchObject({
      description: "changed",
      status: "ACTIVE",
    });
    await client.send(new UpdatePolicyEngineCommand({ policyEngineId, description: {} }));
    expect((await client.send(new GetPolicyEngineCommand({ policyEngineId }))).description).toBeUndefined();
    await client.send(new DeletePolicyEngineCommand({ policyEngineId }));
    await waitUntilPolicyEngineDeleted({ client, ...waiting }, { policyEngineId });
  });

  test("has a name of its own, and is listed", async () => {
    const { client } = plane;
    const name = unusedName("engine");
    const { policyEngineId } = await client.send(new CreatePolicyEngineCommand({ name }));
    await expect(client.send(new CreatePolicyEngineCommand({ name }))).rejects.toThrow(ConflictException);
    await newEngine();
    const seen: (string | undefined)[] = [];
    for await (const { policyEngines = [] } of paginateListPolicyEngines({ client, pageSize: 1 }, {})) {
      seen.push(...policyEngines.map((engine) => engine.policyEngineId));
    }
    expect(seen).toContain(policyEngineId);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test("isn't deleted while it has policies or a gateway uses it", async () => {
    const { client } = plane;
    const { policyEngineId, policyEngineArn } = await newEngine();
    const insurance = await newInsurance();
    const remove = () => client.send(new DeletePolicyEngineCommand({ policyEngineId }));
    const { policyId } = await create(policyEngineId, permit(valid, insurance.gatewayArn));
    await expect(remove()).rejects.toThrow(ConflictException);
    await insurance.attach(policyEngineArn, "ENFORCE");
    await client.send(new DeletePolicyCommand({ policyEngineId, policyId }));
    await expect(remove()).rejects.toThrow(ConflictException);
    await insurance.detach();
    expect(await remove()).toMatchObject({ policyEngineId, status: "DELETING" });
  });
});

describe("a policy", () => {
  test("that fits its gateway's tools is ACTIVE, and lives as the SDK's waiters expect", async () => {
    const { client } = plane;
    const { policyEngineId, policyEngineArn } = await newEngine();
    const { gatewayArn } = await newInsurance();
    const statement = permit(valid, gatewayArn);
    const created = await create(policyEngineId, statement, { description: "small ones" });
    const { policyId } = created;
    expect(created).toMatchObject({
      status: "ACTIVE",
      statusReasons: [],
      description: "small ones",
      definition: { cedar: { statement } },
      policyArn: `${policyEngineArn}/policy/${policyId}`,
    });
    await waitUntilPolicyActive({ client, ...waiting }, { policyEngineId, policyId });
    const { $metadata: _, ...read } = await get(policyEngineId, policyId);
    const { $metadata: __, ...answered } = created;
    expect(read).toEqual(answered);
    expect(await client.send(new DeletePolicyCommand({ policyEngineId, policyId }))).toMatchObject({
      status: "DELETING",
    });
    await waitUntilPolicyDeleted({ client, ...waiting }, { policyEngineId, policyId });
    expect((await plane.repository.loadPolicyEngine(policyEngineId))?.policies).toEqual([]);
  });

  test("that isn't Cedar is refused, and nothing is stored", async () => {
    const { policyEngineId } = await newEngine();
    await expect(create(policyEngineId, "allow everything to everybody, please")).rejects.toThrow(ValidationException);
    expect((await plane.repository.listPolicies(policyEngineId)).items).toEqual([]);
  });

  test.each(["FAIL_ON_ANY_FINDINGS", "IGNORE_ALL_FINDINGS"])(
    "that doesn't fit the tools never comes into force, also with %s (T15)",
    async (validationMode) => {
      const { policyEngineId } = await newEngine();
      const { gatewayArn } = await newInsurance();
      const statement = permit(misspelt, gatewayArn).replace("permit", "forbid");
      const { policyId, status, statusReasons } = await create(policyEngineId, statement, { validationMode });
      expect(status).toBe("CREATE_FAILED");
      expect(statusReasons?.join()).toContain("coverage_amout");
      expect(await get(policyEngineId, policyId)).toMatchObject({ status: "CREATE_FAILED", statusReasons });
      expect((await plane.repository.loadPolicyEngine(policyEngineId))?.policies).toEqual([]);
    },
  );

  test("that names a gateway which doesn't exist fails with a reason, and is ACTIVE when mended", async () => {
    const { client } = plane;
    const { policyEngineId } = await newEngine();
    const { gatewayArn } = await newInsurance();
    const failed = await create(policyEngineId, permit(valid, gatewayArn.replace(/.$/, "-")));
    expect(failed).toMatchObject({ status: "CREATE_FAILED", statusReasons: [expect.stringContaining("resource")] });
    const { policyId } = failed;
    const definition = { cedar: { statement: permit(valid, gatewayArn) } };
    const mended = await client.send(new UpdatePolicyCommand({ policyEngineId, policyId, definition }));
    expect(mended).toMatchObject({ status: "ACTIVE", statusReasons: [] });
  });

  test("about any gateway is checked against each that uses its engine", async () => {
    const { policyEngineId, policyEngineArn } = await newEngine();
    expect(await create(policyEngineId, permit(misspelt))).toMatchObject({ status: "ACTIVE" });
    const insurance = await newInsurance();
    await insurance.attach(policyEngineArn, "LOG_ONLY");
    expect(await create(policyEngineId, permit(misspelt))).toMatchObject({
      status: "CREATE_FAILED",
      statusReasons: [expect.stringContaining("coverage_amout")],
    });
    expect(await create(policyEngineId, permit(valid))).toMatchObject({ status: "ACTIVE" });
  });

  test("keeps the statement that is in force when an update isn't valid", async () => {
    const { client } = plane;
    const { policyEngineId } = await newEngine();
    const { gatewayArn } = await newInsurance();
    const before = permit(valid, gatewayArn);
    const { policyId } = await create(policyEngineId, before);
    const update = (statement: string) =>
      client.send(new UpdatePolicyCommand({ policyEngineId, policyId, definition: { cedar: { statement } } }));
    await expect(update(permit(misspelt, gatewayArn))).rejects.toThrow(/coverage_amout/);
    await expect(update("this is not a policy, it is a sentence")).rejects.toThrow(ValidationException);
    expect(await get(policyEngineId, policyId)).toMatchObject({
      status: "ACTIVE",
      definition: { cedar: { statement: before } },
    });
    const after = permit("context.input.coverage_amount < 7", gatewayArn);
    expect(await update(after)).toMatchObject({ status: "ACTIVE", definition: { cedar: { statement: after } } });
  });

  test("has a name of its own in its engine, and is listed page by page", async () => {
    const { client } = plane;
    const { policyEngineId } = await newEngine();
    const { gatewayArn } = await newInsurance();
    const name = unusedName("policy");
    await create(policyEngineId, permit(valid, gatewayArn), { name });
    await expect(create(policyEngineId, permit(valid, gatewayArn), { name })).rejects.toThrow(ConflictException);
    await create((await newEngine()).policyEngineId, permit(valid, gatewayArn), { name });
    await create(policyEngineId, permit(valid, gatewayArn));
    let seen = 0;
    for await (const page of paginateListPolicies({ client, pageSize: 1 }, { policyEngineId })) {
      seen += page.policies?.length ?? 0;
    }
    expect(seen).toBe(2);
  });

  test("is created 16 times at once without a loss", async () => {
    const { policyEngineId } = await newEngine();
    const { gatewayArn } = await newInsurance();
    const before = await plane.repository.getPolicyEngine(policyEngineId);
    await Promise.all(Array.from({ length: 16 }, () => create(policyEngineId, permit(valid, gatewayArn))));
    const loaded = await plane.repository.loadPolicyEngine(policyEngineId);
    expect(loaded?.policies).toHaveLength(16);
    expect(loaded?.engine.version).toBe((before?.version ?? 0) + 16);
  });

  test("needs an engine, and a definition that is built", async () => {
    await expect(create("nowhere-0123456789", permit(valid))).rejects.toThrow(ResourceNotFoundException);
    const { policyEngineId } = await newEngine();
    await expect(get(policyEngineId, "nowhere-0123456789")).rejects.toThrow(ResourceNotFoundException);
    const generated = { policyGenerationId: "a-0123456789", policyGenerationAssetId: "b-0123456789" };
    const definition = { policyGeneration: generated };
    await expect(create(policyEngineId, "", { definition })).rejects.toThrow(ResourceNotFoundException);
    await expect(create(policyEngineId, permit(`${valid} ${" ".repeat(10_000)}`))).rejects.toThrow(/10000/);
  });
});

describe("a policy in LOG_ONLY", () => {
  test("says so, and is validated again when it is to be enforced", async () => {
    const { client } = plane;
    const { policyEngineId, policyEngineArn } = await newEngine();
    const insurance = await newInsurance();
    await insurance.attach(policyEngineArn, "ENFORCE");
    const { policyId, enforcementMode } = await create(policyEngineId, permit(valid), { enforcementMode: "LOG_ONLY" });
    expect(enforcementMode).toBe("LOG_ONLY");
    const update = (changes: object) => client.send(new UpdatePolicyCommand({ policyEngineId, policyId, ...changes }));
    expect(await update({ description: { optionalValue: "new" } })).toMatchObject({ enforcementMode: "LOG_ONLY" });
    expect(await update({ enforcementMode: "ACTIVE" })).toMatchObject({ enforcementMode: "ACTIVE", status: "ACTIVE" });
    expect(await get(policyEngineId, policyId)).toMatchObject({ enforcementMode: "ACTIVE", description: "new" });
  });

  test("got there whatever is wrong with it: nothing keeps a policy in force", async () => {
    const { policyEngineId, policyEngineArn } = await newEngine();
    const { policyId } = await create(policyEngineId, permit(misspelt));
    const insurance = await newInsurance();
    await insurance.attach(policyEngineArn, "LOG_ONLY");
    const update = new UpdatePolicyCommand({ policyEngineId, policyId, enforcementMode: "LOG_ONLY" });
    expect(await plane.client.send(update)).toMatchObject({ enforcementMode: "LOG_ONLY", status: "ACTIVE" });
    expect(await insurance.attach(policyEngineArn, "ENFORCE")).toMatchObject({
      policyEngineConfiguration: { mode: "ENFORCE" },
    });
  });

  test("that doesn't fit the tools any more isn't enforced, and keeps no gateway from enforcing the others", async () => {
    const { client } = plane;
    const { policyEngineId, policyEngineArn } = await newEngine();
    const { policyId } = await create(policyEngineId, permit(misspelt), { enforcementMode: "LOG_ONLY" });
    const insurance = await newInsurance();
    expect(await insurance.attach(policyEngineArn, "ENFORCE")).toMatchObject({
      policyEngineConfiguration: { mode: "ENFORCE" },
    });
    const enforce = new UpdatePolicyCommand({ policyEngineId, policyId, enforcementMode: "ACTIVE" });
    await expect(client.send(enforce)).rejects.toThrow(/enforcementMode is not valid.*coverage_amout/);
    expect(await get(policyEngineId, policyId)).toMatchObject({ enforcementMode: "LOG_ONLY" });
  });
});

describe("attaching an engine", () => {
  test("to enforce is refused while a policy doesn't fit the gateway's tools; LOG_ONLY takes any", async () => {
    const { policyEngineId, policyEngineArn } = await newEngine();
    const { policyId = "" } = await create(policyEngineId, permit(misspelt));
    const insurance = await newInsurance();
    const refused = insurance.attach(policyEngineArn, "ENFORCE");
    await expect(refused).rejects.toThrow(ValidationException);
    await expect(refused).rejects.toThrow(policyId);
    await insurance.attach(policyEngineArn, "LOG_ONLY");
    await expect(insurance.attach(policyEngineArn, "ENFORCE")).rejects.toThrow(/coverage_amout/);
    await plane.client.send(new DeletePolicyCommand({ policyEngineId, policyId }));
    expect(await insurance.attach(policyEngineArn, "ENFORCE")).toMatchObject({
      policyEngineConfiguration: { arn: policyEngineArn, mode: "ENFORCE" },
    });
  });

  test("to enforce isn't hindered by policies about other gateways", async () => {
    const { policyEngineId, policyEngineArn } = await newEngine();
    const [first, second] = [await newInsurance(), await newInsurance()];
    await create(policyEngineId, permit(valid, second.gatewayArn));
    await first.attach(policyEngineArn, "ENFORCE");
  });

  test("at the moment when a policy is created never leaves an unchecked policy in force (T15)", async () => {
    for (let round = 0; round < 5; round++) {
      const { policyEngineId, policyEngineArn } = await newEngine();
      const insurance = await newInsurance();
      await Promise.allSettled([
        create(policyEngineId, permit(misspelt)),
        insurance.attach(policyEngineArn, "ENFORCE"),
      ]);
      const inForce = (await plane.repository.loadPolicyEngine(policyEngineId))?.policies ?? [];
      const users = await plane.repository.gatewaysOfEngine(policyEngineArn);
      expect(inForce.length > 0 && users.length > 0).toBe(false);
    }
  });
});

test("T11 a policy that is wrong for every tool in every line is told by its first findings", async () => {
  const [{ policyEngineId, policyEngineArn }, { gatewayArn, attach }] = await Promise.all([
    newEngine(),
    newInsurance(),
  ]);
  await plane.client.send(
    new CreateGatewayTargetCommand({
      gatewayIdentifier: gatewayArn.split("/")[1],
      name: "Many",
      targetConfiguration: lambda(
        ...Array.from({ length: 60 }, (_, index) => ({ ...createApplication, name: `create${index}` })),
      ),
    }),
  );
  const wrong = Array.from({ length: 100 }, (_, index) => `context.input.none${index} == 1`).join(" || ");
  const statement = `permit(principal, action, resource) when { ${wrong} };`;
  const unattached = await create(policyEngineId, statement);
  expect(unattached.status).toBe("ACTIVE");
  const refusal: Error = await attach(policyEngineArn, "ENFORCE").then(
    () => new Error("taken"),
    (error) => error,
  );
  expect(refusal).toBeInstanceOf(ValidationException);
  expect(refusal.message).toMatch(/And \d{4} more findings/);
  expect(refusal.message.length).toBeLessThan(10_000);

  await attach(policyEngineArn, "LOG_ONLY");
  const failed = await create(policyEngineId, statement);
  expect(failed.status).toBe("CREATE_FAILED");
  expect(failed.statusReasons).toHaveLength(21);
}, 60_000);
