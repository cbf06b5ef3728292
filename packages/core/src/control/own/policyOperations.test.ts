import {
  CreateGatewayCommand,
  CreatePolicyCommand,
  CreatePolicyEngineCommand,
  UpdateGatewayCommand,
  UpdatePolicyCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { oauthClientOf } from "../../identity/facade/oauthClient.ts";
import { addInsurance, gatewaySettings, unusedName } from "../fixtures.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing.ts";
import { askOwn } from "./testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

/** A gateway with the tool `Insurance___create_application`, and an engine with policies that it has. */
async function insurance(...statements: ((gatewayArn: string) => string)[]) {
  const { client } = plane;
  const { policyEngineId = "", policyEngineArn = "" } = await client.send(
    new CreatePolicyEngineCommand({ name: unusedName("engine") }),
  );
  const settings = gatewaySettings({ policyEngineConfiguration: { arn: policyEngineArn, mode: "LOG_ONLY" } });
  const { gatewayId = "", gatewayArn = "" } = await client.send(new CreateGatewayCommand(settings));
  await addInsurance(plane, gatewayId);
  const policyIds: string[] = [];
  for (const statement of statements) {
    const definition = { cedar: { statement: statement(gatewayArn) } };
    const name = unusedName("policy");
    const { policyId = "" } = await client.send(new CreatePolicyCommand({ policyEngineId, name, definition }));
    policyIds.push(policyId);
  }
  return { gatewayId, gatewayArn, policyEngineId, policyEngineArn, policyIds, settings };
}

const permitBelow = (amount: number) => (gatewayArn: string) =>
  `permit(principal, action == AgentCore::Action::"Insurance___create_application", resource == AgentCore::Gateway::"${gatewayArn}")
   when { context.input.coverage_amount < ${amount} };`;

describe("GetGatewayPolicySchema", () => {
  test("says in Cedar what policies can speak of, as text and as JSON", async () => {
    const { gatewayId, gatewayArn } = await insurance();
    const { status, body } = await askOwn(plane, "GET", `/gateways/${gatewayId}/policy-schema`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ gatewayArn, unrepresentable: [] });
    expect(body.cedarText).toContain('action "Insurance___create_application" in [Action::"Insurance"]');
    expect(body.cedarText).toMatch(/coverage_amount"?: (__cedar::)?Long/);
    expect(body.cedarJson).toMatchObject({
      AgentCore: { actions: { Insurance___create_application: { memberOf: [{ id: "Insurance" }] } } },
    });
  });

  test("of a gateway that isn't there is refused", async () => {
    const { status, body } = await askOwn(plane, "GET", "/gateways/nowhere-0123456789/policy-schema");
    expect([status, body.message]).toEqual([404, "There is no gateway nowhere-0123456789."]);
  });
});

describe("a gateway's settings", () => {
  test("are what they were until they are put, and stay when the gateway is updated", async () => {
    const { gatewayId, gatewayArn, settings } = await insurance();
    const path = `/gateways/${gatewayId}/settings`;
    const unset = {
      gatewayArn,
      explainDenials: false,
      recordArguments: "MASKED",
      recordResults: "MASKED",
      toolNames: "QUALIFIED",
      changedTools: "QUARANTINE",
      newTools: "QUARANTINE",
      targetSettings: [],
      rateLimits: [],
      requestInterceptorFailure: "FAIL_CLOSED",
      responseInterceptorFailure: "FAIL_CLOSED",
      interceptorTimeoutSeconds: 10,
      interceptorContext: [],
      urlElicitation: "DECLARED",
    };
    expect(await askOwn(plane, "GET", path)).toEqual({ status: 200, body: unset });
    const put = {
      ...unset,
      explainDenials: true,
      recordArguments: "FULL",
      toolNames: "PLAIN",
      changedTools: "ACCEPT",
      newTools: "ACCEPT",
      targetSettings: [{ target: "Insurance", timeoutSeconds: 5, idempotentTools: ["get_policy"] }],
      rateLimits: [{ scope: "TOOL", tool: "Insurance___get_policy", limit: 10, periodSeconds: 1 }],
      responseInterceptorFailure: "FAIL_OPEN",
      interceptorTimeoutSeconds: 3,
      interceptorContext: [{ name: "risk", type: "LONG" }],
    };
    expect(await askOwn(plane, "PUT", path, put)).toEqual({ status: 200, body: put });
    await plane.client.send(
      new UpdateGatewayCommand({ gatewayIdentifier: gatewayId, ...settings, description: "new" }),
    );
    expect((await askOwn(plane, "GET", path)).body).toEqual(put);
    expect((await plane.repository.getGateway(gatewayId))?.description).toBe("new");
    expect((await askOwn(plane, "PUT", path, {})).body).toEqual(unset);
  });

  test("that aren't known are refused, and who has put them is recorded", async () => {
    const { gatewayId, gatewayArn } = await insurance();
    const refused = await askOwn(plane, "PUT", `/gateways/${gatewayId}/settings`, { recordArguments: "SOME" });
    expect([refused.status, refused.body.message]).toEqual([
      400,
      "recordArguments must be one of NONE, SHAPES, MASKED, FULL.",
    ]);
    await askOwn(plane, "PUT", `/gateways/${gatewayId}/settings`, { explainDenials: true });
    const changes = plane.changesOf(gatewayArn).filter(({ operation }) => operation === "PutGatewaySettings");
    expect(changes).toMatchObject([{ before: { explainDenials: false }, after: { explainDenials: true } }]);
  });
});

describe("the client that Gatehouse is of a gateway's issuer", () => {
  const client = { clientId: "gatehouse", scopes: ["tools"], resourceIndicator: "OMIT" };

  test("T18 keeps its secret to itself: sealed in the table, in no answer and in no audit event", async () => {
    const { gatewayId, gatewayArn } = await insurance();
    const path = `/gateways/${gatewayId}/settings`;
    const put = await askOwn(plane, "PUT", path, { oauthClient: { ...client, clientSecret: "s3cret-of-the-client" } });
    expect([put.status, put.body.oauthClient]).toEqual([200, client]);
    expect((await askOwn(plane, "GET", path)).body.oauthClient).toEqual(client);
    const { settings } = (await plane.repository.getGateway(gatewayId)) ?? {};
    expect(settings?.oauthClient).toMatchObject({ clientId: "gatehouse", sealedClientSecret: expect.any(String) });
    expect(JSON.stringify([settings, plane.changesOf(gatewayArn), plane.events])).not.toContain("s3cret");
    expect(JSON.stringify(plane.changesOf(gatewayArn))).not.toContain(settings?.oauthClient?.sealedClientSecret);
  });

  test("keeps its secret when it is put again without one, and loses it when it becomes another client", async () => {
    const { gatewayId } = await insurance();
    const path = `/gateways/${gatewayId}/settings`;
    const sealed = async () =>
      (await plane.repository.getGateway(gatewayId))?.settings?.oauthClient?.sealedClientSecret;
    await askOwn(plane, "PUT", path, { oauthClient: { ...client, clientSecret: "first" } });
    const first = await sealed();
    await askOwn(plane, "PUT", path, { explainDenials: true, oauthClient: { clientId: "gatehouse" } });
    expect(await sealed()).toBe(first);
    await askOwn(plane, "PUT", path, { oauthClient: { clientId: "another" } });
    expect(await sealed()).toBeUndefined();
    expect((await askOwn(plane, "PUT", path, {})).body.oauthClient).toBeUndefined();
  });

  test("loses its secret with the issuer that it was registered at", async () => {
    const { gatewayId, settings } = await insurance();
    const path = `/gateways/${gatewayId}/settings`;
    await askOwn(plane, "PUT", path, { oauthClient: { ...client, clientSecret: "first" } });
    const authorizer = settings.authorizerConfiguration?.customJWTAuthorizer;
    const discoveryUrl = "https://elsewhere.example/.well-known/openid-configuration";
    const authorizerConfiguration = { customJWTAuthorizer: { ...authorizer, discoveryUrl } };
    await plane.client.send(
      new UpdateGatewayCommand({ gatewayIdentifier: gatewayId, ...settings, authorizerConfiguration }),
    );
    const stored = await plane.repository.getGateway(gatewayId);
    expect(stored && oauthClientOf(stored)).toBeUndefined();
    await askOwn(plane, "PUT", path, { oauthClient: client });
    expect((await plane.repository.getGateway(gatewayId))?.settings?.oauthClient).toEqual({ ...client, discoveryUrl });
  });

  test.each([
    [{ clientId: "" }, "oauthClient.clientId"],
    [{ clientId: "a", scopes: ["two words"] }, "oauthClient.scopes[0]"],
    [{ clientId: "a", clientSecret: "" }, "oauthClient.clientSecret"],
    [{ clientId: "a", resourceIndicator: "MAYBE" }, "oauthClient.resourceIndicator"],
  ])("that can't be is refused: %j", async (oauthClient, member) => {
    const { gatewayId } = await insurance();
    const { status, body } = await askOwn(plane, "PUT", `/gateways/${gatewayId}/settings`, { oauthClient });
    expect([status, body.message]).toEqual([400, expect.stringContaining(member)]);
  });
});

describe("AnalyzePolicies", () => {
  test("says what a change would newly allow and newly deny, with an example of each, and changes nothing", async () => {
    const { policyEngineId, policyEngineArn, policyIds, gatewayArn } = await insurance(permitBelow(100));
    const before = await plane.repository.getPolicyEngine(policyEngineId);
    const analyze = (changes: object[]) =>
      askOwn(plane, "POST", `/policy-engines/${policyEngineId}/policy-analysis`, { changes });
    const [policyId] = policyIds;
    const raised = await analyze([{ policyId, statement: permitBelow(200)(gatewayArn) }]);
    expect(raised).toMatchObject({
      status: 200,
      body: {
        policyEngineArn,
        gateways: [{ gatewayArn, newlyAllowed: [{ tool: "Insurance___create_application" }], newlyDenied: [] }],
      },
    });
    const [example] = amountsOf(raised.body, "newlyAllowed");
    expect(example).toBeGreaterThanOrEqual(100);
    expect(example).toBeLessThan(200);
    const gone = await analyze([{ policyId }]);
    expect(gone.body).toMatchObject({ gateways: [{ newlyAllowed: [], newlyDenied: [{}] }] });
    expect(amountsOf(gone.body, "newlyDenied")[0]).toBeLessThan(100);
    expect(await plane.repository.getPolicyEngine(policyEngineId)).toEqual(before);
  });

  test("finds policies that are shadowed and forbids that overlap permits", async () => {
    const forbid = (arn: string) => permitBelow(10)(arn).replace("permit", "forbid");
    const { policyEngineId, policyIds } = await insurance(permitBelow(100), permitBelow(50), forbid);
    const { body } = await askOwn(plane, "POST", `/policy-engines/${policyEngineId}/policy-analysis`, {});
    const [wide = "", narrow = "", forbidding = ""] = policyIds;
    expect(body).toMatchObject({
      gateways: [
        {
          shadowed: [{ policyId: narrow, by: wide, tools: ["Insurance___create_application"] }],
          overlaps: expect.arrayContaining([expect.objectContaining({ forbid: forbidding, permit: wide })]),
        },
      ],
    });
  });

  test("keeps what a change doesn't speak of: the statement, or whether the policy is in force", async () => {
    const { policyEngineId, policyIds, gatewayArn } = await insurance(permitBelow(100));
    const [policyId = ""] = policyIds;
    const analyze = async (change: object) => {
      const path = `/policy-engines/${policyEngineId}/policy-analysis`;
      const { status, body } = await askOwn(plane, "POST", path, { changes: [{ policyId, ...change }] });
      expect(status).toBe(200);
      return { allowed: amountsOf(body, "newlyAllowed").length, denied: amountsOf(body, "newlyDenied").length };
    };
    expect(await analyze({ enforcementMode: "ACTIVE" })).toEqual({ allowed: 0, denied: 0 });
    expect(await analyze({ enforcementMode: "LOG_ONLY" })).toEqual({ allowed: 0, denied: 1 });
    await plane.client.send(new UpdatePolicyCommand({ policyEngineId, policyId, enforcementMode: "LOG_ONLY" }));
    expect(await analyze({ enforcementMode: "ACTIVE" })).toEqual({ allowed: 1, denied: 0 });
    const statement = permitBelow(200)(gatewayArn);
    expect(await analyze({ statement })).toEqual({ allowed: 0, denied: 0 });
    expect(await analyze({ statement, enforcementMode: "ACTIVE" })).toEqual({ allowed: 1, denied: 0 });
  });

  test("refuses two changes of one policy, and changes that are too large together", async () => {
    const { policyEngineId, policyIds, gatewayArn } = await insurance(permitBelow(100));
    const [policyId] = policyIds;
    const refusal = async (changes: object[]) => {
      const path = `/policy-engines/${policyEngineId}/policy-analysis`;
      const { status, body } = await askOwn(plane, "POST", path, { changes });
      return [status, body.message];
    };
    const statement = permitBelow(200)(gatewayArn);
    expect(await refusal([{ policyId, statement }, { policyId }])).toEqual([
      400,
      `changes[1].policyId must be its own: there is another change of ${policyId}.`,
    ]);
    const long = { statement: `${permitBelow(1)(gatewayArn)} //${"x".repeat(9_000)}` };
    expect(await refusal(Array.from({ length: 40 }, () => long))).toEqual([
      400,
      "changes must take at most 300000 bytes together.",
    ]);
  });

  test("refuses what says nothing, names nothing, or can't be read", async () => {
    const { policyEngineId } = await insurance();
    const analyze = (body: object) => askOwn(plane, "POST", `/policy-engines/${policyEngineId}/policy-analysis`, body);
    expect((await analyze({ changes: [{}] })).body.message).toContain("changes[0] must have a statement to add");
    expect((await analyze({ changes: [{ policyId: "nobody-0123456789" }] })).body.message).toContain("there is none");
    expect((await analyze({ changes: [{ statement: "permit(" }] })).body.message).toContain(
      "not one static Cedar policy",
    );
    const other = await analyze({
      gatewayArn: "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/other-0123456789",
    });
    expect(other.body.message).toContain("gatewayArn must be the ARN of a gateway that uses the policy engine");
  });
});

/** The coverage amounts of the examples of an answer's only gateway. */
function amountsOf(body: object, kind: "newlyAllowed" | "newlyDenied"): number[] {
  const { gateways } = body as {
    gateways: Record<typeof kind, { example: { arguments: { coverage_amount: number } } }[]>[];
  };
  return (gateways[0]?.[kind] ?? []).map(({ example }) => example.arguments.coverage_amount);
}
