import {
  CreateGatewayCommand,
  CreatePolicyCommand,
  CreatePolicyEngineCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GatehouseError } from "../../errors.ts";
import type { ToolDecision } from "../../observability/events.ts";
import { ledgerRepository } from "../../storage/ledgerRepository.ts";
import { addInsurance, gatewaySettings, unusedName } from "../fixtures.ts";
import { replayPolicies } from "../replayPolicies.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing.ts";
import { askOwn } from "./testing.ts";

let plane: TestControlPlane;
/** The ids of engines whose policies the administrator may not see. */
const hidden = new Set<unknown>();
beforeAll(async () => {
  plane = await startTestControlPlane({
    async authorize(_administrator, operation, { policyEngineId }) {
      if (hidden.has(policyEngineId)) throw new GatehouseError("accessDenied", `No ${operation} of ${policyEngineId}.`);
    },
  });
});
afterAll(() => plane.stop());

const tool = "Insurance___create_application";
const below = (amount: number) =>
  `permit(principal, action == AgentCore::Action::"${tool}", resource) when { context.input.coverage_amount < ${amount} };`;

/** A gateway with the tool, and an engine that permits amounts below 100. */
async function insurance() {
  const { client } = plane;
  const engine = await client.send(new CreatePolicyEngineCommand({ name: unusedName("engine") }));
  const { policyEngineId = "", policyEngineArn = "" } = engine;
  const settings = gatewaySettings({ policyEngineConfiguration: { arn: policyEngineArn, mode: "LOG_ONLY" } });
  const { gatewayId = "", gatewayArn = "" } = await client.send(new CreateGatewayCommand(settings));
  await addInsurance(plane, gatewayId);
  const definition = { cedar: { statement: below(100) } };
  const { policyId = "" } = await client.send(new CreatePolicyCommand({ policyEngineId, name: "small", definition }));
  const path = `/gateways/${gatewayId}/policy-replays`;
  const period = { from: "2026-11-25T00:00:00Z", until: "2026-11-26T00:00:00Z" };
  const start = (body: object = {}) => askOwn(plane, "POST", path, { ...period, ...body });
  const get = async (id: unknown) => (await askOwn(plane, "GET", `${path}/${id}`)).body;
  return { gatewayId, gatewayArn, policyEngineArn, policyId, path, start, get };
}

/** Calls as the ledger has them. */
async function* recorded(gatewayId: string, ...amounts: number[]): AsyncGenerator<ToolDecision> {
  for (const [index, coverage_amount] of amounts.entries()) {
    yield {
      schemaVersion: 1,
      decisionId: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
      time: "2026-11-25T12:00:00.000Z",
      method: "tools/call",
      principal: { type: "AgentCore::OAuthUser", id: "alice" },
      gateway: { id: gatewayId, arn: "", version: 1 },
      tool,
      decision: coverage_amount < 100 ? "ALLOW" : "DENY",
      outcome: coverage_amount < 100 ? "allowed" : "denied",
      determiningPolicies: [],
      reason: "",
      durationMicroseconds: 1,
      request: { tags: {}, arguments: { coverage_amount } },
    };
  }
}

const run = (
  gatewayId: string,
  policyReplayId: unknown,
  decisions = recorded(gatewayId, 50, 150),
  signal?: AbortSignal,
) =>
  replayPolicies({
    gatewayId,
    policyReplayId: String(policyReplayId),
    repository: plane.repository,
    ledger: { decisions: () => decisions },
    signal: signal ?? new AbortController().signal,
  });

describe("a policy replay", () => {
  test("is stored together with the event that sets it going, done once, and shown with its report", async () => {
    const { gatewayId, policyEngineArn, policyId, path, start, get } = await insurance();
    const { status, body } = await start({ changes: [{ policyId, statement: below(200) }] });
    expect(status).toBe(202);
    expect(body).toMatchObject({
      status: "REPLAYING",
      against: "RECORDED",
      policyEngineArn,
      from: "2026-11-25T00:00:00.000Z",
    });
    const { policyReplayId } = body;
    expect(plane.events).toContainEqual({
      type: "PolicyReplayRequested",
      detail: { schemaVersion: 1, gatewayId, policyReplayId },
    });
    expect(await get(policyReplayId)).toEqual(body);
    await run(gatewayId, policyReplayId);
    const done = await get(policyReplayId);
    expect(done).toMatchObject({
      status: "REPLAYED",
      report: { calls: 2, unchanged: 1, newlyAllowed: 1, newlyDenied: 0 },
    });
    await run(gatewayId, policyReplayId, recorded(gatewayId, 1, 2, 3));
    expect(await get(policyReplayId)).toEqual(done);
    const listed = await askOwn(plane, "GET", path);
    expect(listed.body).toMatchObject({ policyReplays: [{ policyReplayId, status: "REPLAYED" }] });
    expect(JSON.stringify(listed.body)).not.toContain("report");
  });

  test("of a whole set of policies, compared with the engine's as they are", async () => {
    const { gatewayId, start, get } = await insurance();
    const policies = [{ policyId: "other", statement: below(10) }];
    const { body } = await start({ policies, against: "CURRENT" });
    await run(gatewayId, body.policyReplayId, recorded(gatewayId, 5, 50, 500));
    expect(await get(body.policyReplayId)).toMatchObject({
      status: "REPLAYED",
      against: "CURRENT",
      report: { calls: 3, unchanged: 2, newlyDenied: 1 },
    });
  });

  test("tries the policies of an engine that isn't the gateway's only for whoever may see them", async () => {
    const { gatewayId, policyEngineArn, start } = await insurance();
    const other = await plane.client.send(new CreatePolicyEngineCommand({ name: unusedName("engine") }));
    const { policyEngineId, policyEngineArn: otherArn = "" } = other;
    hidden.add(policyEngineId);
    const refused = await start({ policyEngineArn: otherArn });
    expect([refused.status, refused.body.message]).toEqual([403, `No ListPolicies of ${policyEngineId}.`]);
    expect((await plane.repository.listPolicyReplays(gatewayId)).items).toEqual([]);
    hidden.delete(policyEngineId);
    expect((await start({ policyEngineArn: otherArn })).status).toBe(202);
    hidden.add(policyEngineArn.slice(policyEngineArn.lastIndexOf("/") + 1));
    expect((await start({ policyEngineArn })).status).toBe(202);
  });

  test("that takes too long fails and says so", async () => {
    const { gatewayId, start, get } = await insurance();
    const { body } = await start();
    await run(gatewayId, body.policyReplayId, undefined, AbortSignal.abort(new Error("It took too long.")));
    expect(await get(body.policyReplayId)).toMatchObject({
      status: "REPLAY_FAILED",
      statusReasons: ["It took too long."],
    });
  });

  test("whose time is up while the ledger is read, and holds no call, fails too", async () => {
    const { gatewayId, start, get } = await insurance();
    const { body } = await start({ from: "1970-01-01T00:00:00Z", until: "9999-01-01T00:00:00Z" });
    const late = new AbortController();
    const client = {
      send: async () => {
        late.abort(new Error("It took too long."));
        return {};
      },
    } as unknown as DynamoDBDocumentClient; // A ledger without a call, however long one looks.
    await replayPolicies({
      gatewayId,
      policyReplayId: String(body.policyReplayId),
      repository: plane.repository,
      ledger: ledgerRepository({ client, table: "ledger" }),
      signal: late.signal,
    });
    expect(await get(body.policyReplayId)).toMatchObject({
      status: "REPLAY_FAILED",
      statusReasons: ["It took too long."],
    });
  });

  test("waits for another delivery while the ledger can't be read", async () => {
    const { gatewayId, start, get } = await insurance();
    const { body } = await start();
    // biome-ignore lint/correctness/useYield: it fails before its first call.
    const away = (async function* (): AsyncGenerator<ToolDecision> {
      throw new Error("The ledger is away.");
    })();
    await expect(run(gatewayId, body.policyReplayId, away)).rejects.toThrow("The ledger is away.");
    expect(await get(body.policyReplayId)).toMatchObject({ status: "REPLAYING" });
    await run(gatewayId, body.policyReplayId);
    expect(await get(body.policyReplayId)).toMatchObject({ status: "REPLAYED" });
  });

  test("is refused with what would be right", async () => {
    const { start, get } = await insurance();
    const refused = async (body: object) => {
      const { status, body: answer } = await start(body);
      return [status, answer.message];
    };
    expect(await refused({ until: "2026-11-24T00:00:00Z" })).toEqual([400, "until must be later than from."]);
    expect(await refused({ against: "YESTERDAY" })).toEqual([400, "against must be one of RECORDED, CURRENT."]);
    const one = [{ policyId: "a", statement: below(1) }];
    expect((await refused({ policies: one, changes: [{ statement: below(1) }] }))[1]).toContain(
      "changes can't be given beside policies",
    );
    expect((await refused({ policies: [...one, ...one] }))[1]).toContain("policies[1].policyId must be its own");
    expect((await refused({ policies: [{ policyId: "a", statement: "permit(" }] }))[1]).toContain(
      "not one static Cedar policy",
    );
    expect((await refused({ policyEngineArn: "arn:aws:nothing" }))[1]).toContain(
      "must be the ARN of a policy engine that exists",
    );
    const large = Array.from({ length: 40 }, (_, index) => ({
      policyId: `p${index}`,
      statement: `${below(1)} //${"x".repeat(9_000)}`,
    }));
    expect((await refused({ policies: large }))[1]).toContain("must take at most 300000 bytes together");
    expect((await get("replay-0123456789")).message).toContain("they are kept for 7 days");
  });
});
