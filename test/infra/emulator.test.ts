import { randomUUID } from "node:crypto";
import {
  CreateGatewayTargetCommand,
  GetGatewayCommand,
  GetGatewayTargetCommand,
  UpdateGatewayCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { DeleteRolePolicyCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { ListEventSourceMappingsCommand } from "@aws-sdk/client-lambda";
import { GetScheduleCommand } from "@aws-sdk/client-scheduler";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import type { ToolDecision } from "@gatehouse/core/observability/events.ts";
import { attach, createEngineAndPolicies } from "@gatehouse/example-insurance/setup.ts";
import { users } from "@gatehouse/example-insurance/users.ts";
import { topology } from "@gatehouse/functions/topology.ts";
import { playDemo } from "@gatehouse/local/demo/play.ts";
import { buildScene } from "@gatehouse/local/demo/scene.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ensurePlatform } from "../../scripts/sst-platform.ts";
import { connectClient } from "../support/mcp.ts";
import type { AccessKey } from "../support/signedRequest.ts";
import { startUpstream } from "../support/upstream.ts";
import { all, physical } from "./checks/find.ts";
import { type Emulation, openEmulation } from "./emulator/emulation.ts";
import { ensureMinistack } from "./emulator/install.ts";
import { depthOf, drained, offeringAgainAfter, queueUrl, until } from "./emulator/queues.ts";
import { poolOf, signIn } from "./emulator/signIn.ts";
import { invocationsOf, invoke, ledgerOf, venueOf } from "./emulator/venue.ts";
import { authored, authorPolicies } from "./scenario.ts";

const platform = await ensurePlatform();
const ministack = platform.available ? await ensureMinistack() : platform;
const skipped = ministack.available ? "" : ` (skipped: ${ministack.reason})`;

describe.skipIf(!ministack.available)(`the deployment on an emulator of AWS${skipped}`, { timeout: 120_000 }, () => {
  const startedAt = new Date();
  let emulation: Emulation;
  let administrator: AccessKey;
  beforeAll(async () => {
    if (!ministack.available) return;
    emulation = await openEmulation(ministack.folder);
    // As the documentation tells a deployer to.
    administrator = (await invoke(emulation, physical(emulation.graph, "firstKey"))) as AccessKey;
  }, 180_000);
  beforeEach(({ onTestFailed }) => onTestFailed(() => console.error(emulation.output().slice(-20_000))));
  afterAll(() => emulation?.[Symbol.asyncDispose]());

  const soon = () => new Date(Date.now() + 60_000);
  const recorded = async ({ decisionId, gateway }: ToolDecision) => {
    const query = { gatewayId: gateway.id, from: startedAt, to: soon() };
    const found = await Array.fromAsync(ledgerOf(emulation).ledger.decisions(query));
    return found.find((decision) => decision.decisionId === decisionId);
  };
  const put = async (...entries: PutEventsRequestEntry[]) => {
    const EventBusName = physical(emulation.graph, "bus");
    const Entries = entries.map((entry) => ({ EventBusName, ...entry }));
    const { FailedEntryCount } = await emulation.aws.eventBridge.send(new PutEventsCommand({ Entries }));
    expect(FailedEntryCount).toBe(0);
  };

  test("plays the talk, and no letter of it is dead", async () => {
    const steps = await playDemo(
      () => {},
      () => venueOf(emulation, administrator),
    );
    expect(steps.map(({ step, outcome }) => [step, outcome])).toEqual([
      [1, "allowed"],
      [2, "would-deny"],
      [3, "allowed"],
      [3, "denied"],
      [4, "allowed"],
      [5, "denied"],
      [6, undefined],
    ]);
    for (const name of ["record-dead-letters", "synchronize-dead-letters"]) {
      expect(await depthOf(emulation, queueUrl(emulation, name))).toBe(0);
    }
  });

  test("has policies written from words, proven and replayed", async () => {
    await using venue = await venueOf(emulation, administrator);
    await using scene = await buildScene(venue);
    expect(await authorPolicies(scene.control, scene.gateway, venue.idle)).toEqual(authored);
    for (const name of ["author-dead-letters", "replay-dead-letters"]) {
      expect(await depthOf(emulation, queueUrl(emulation, name))).toBe(0);
    }
  });

  test("records every change, the first key's own included", async () => {
    await using venue = await venueOf(emulation, administrator);
    await using scene = await buildScene(venue);
    await venue.idle();
    const changes = await Array.fromAsync(venue.ledger.changes({ from: startedAt, to: soon() }));
    expect(changes.map(({ operation, administrator }) => [operation, administrator.type])).toEqual(
      expect.arrayContaining([
        ["CreateAccessKey", "AWS::Lambda"],
        ["CreateGateway", "Gatehouse::AccessKey"],
      ]),
    );
    expect(changes.map(({ resource }) => resource)).toContain(scene.gateway.gatewayArn);
  });

  test("reads the tools of a new target behind its queue, and calls one", async () => {
    await using venue = await venueOf(emulation, administrator);
    await using upstream = await startUpstream();
    await using scene = await buildScene(venue);
    const { gatewayId: gatewayIdentifier } = scene.gateway;
    const targetConfiguration = { mcp: { mcpServer: { endpoint: upstream.endpoint } } };
    const { targetId } = await scene.control.send(
      new CreateGatewayTargetCommand({ gatewayIdentifier, name: "Up", targetConfiguration }),
    );
    await venue.idle();
    const target = await scene.control.send(new GetGatewayTargetCommand({ gatewayIdentifier, targetId }));
    expect(target).toMatchObject({ status: "READY" });

    await scene.settle();
    const agent = await scene.enter(users.nobody);
    expect(await agent.tools()).toContain("Up___echo");
    expect(await agent.call("Up___echo", { text: "門番" })).toMatchObject({ text: '{"text":"門番"}', isError: false });
    expect(upstream.calls).toHaveLength(1);
  });

  test("lets users of its own pool do what policies say of the department that their administrator gave them", async () => {
    await using venue = await venueOf(emulation, administrator);
    await using scene = await buildScene(venue);
    await createEngineAndPolicies(scene.control, scene.callers);
    await attach(scene.control, scene.callers, "ENFORCE");
    const { issuer, clientId } = poolOf(emulation);
    const gatewayIdentifier = scene.gateway.gatewayId;
    const { name, roleArn, authorizerType, policyEngineConfiguration } = await scene.control.send(
      new GetGatewayCommand({ gatewayIdentifier }),
    );
    const customJWTAuthorizer = {
      discoveryUrl: `${issuer}/.well-known/openid-configuration`,
      allowedClients: [clientId],
      allowedScopes: ["gatehouse/invoke"],
    };
    await scene.control.send(
      new UpdateGatewayCommand({
        ...{ gatewayIdentifier, name, roleArn, authorizerType, policyEngineConfiguration },
        authorizerConfiguration: { customJWTAuthorizer },
      }),
    );
    await scene.settle();

    const seenBy = async (email: string, department?: string) => {
      const client = await connectClient(scene.gateway.gatewayUrl, await signIn(emulation, email, department));
      const { tools } = await client.listTools();
      await client.close();
      return tools.map((tool) => tool.name).sort();
    };
    const [application, riskModel] = [
      "ApplicationToolTarget___create_application",
      "RiskModelToolTarget___invoke_risk_model",
    ];
    expect(await seenBy("alice@example.com")).toEqual([application]);
    expect(await seenBy("fiona@example.com", "finance")).toEqual([application, riskModel]);
  });

  test("tells a client without a token where it gets one, and lets nobody unsigned administer", async () => {
    await using venue = await venueOf(emulation, administrator);
    await using scene = await buildScene(venue);
    const refused = await fetch(scene.gateway.gatewayUrl, { method: "POST", body: "{}" });
    expect(refused.status).toBe(401);
    const [, metadata = ""] = /resource_metadata="([^"]+)"/.exec(refused.headers.get("www-authenticate") ?? "") ?? [];
    expect(await (await fetch(metadata)).json()).toMatchObject({
      resource: scene.gateway.gatewayUrl,
      authorization_servers: [venue.idp.issuer],
    });
    const unsigned = await fetch(`${emulation.url}/gateways/`);
    expect([unsigned.status, unsigned.headers.get("x-amzn-errortype")]).toEqual([
      403,
      "MissingAuthenticationTokenException",
    ]);
  });

  test("brings to nobody what no rule is for", async () => {
    const [foreign, own] = [decision(), decision()];
    await put(entry(foreign, { Source: "somebody.else" }), entry(foreign, { DetailType: "ToolDecided" }), entry(own));
    await until("the last of the events is recorded", () => recorded(own));
    expect(await recorded(foreign)).toBeUndefined();
  });

  test("sets aside what cannot be recorded, after as many attempts as its queue says", async () => {
    const url = queueUrl(emulation, "record");
    const { maxReceiveCount } = topology.queues.record;
    await drained(emulation, ["record"]);
    const before = await invocationsOf(emulation, "record");
    const detail = { of: randomUUID() };
    const letter = await offeringAgainAfter(0, emulation, url, async () => {
      await put({ Source: "gatehouse.gateway", DetailType: "ToolDecision", Detail: JSON.stringify(detail) });
      return until("it is a dead letter", async () => {
        const QueueUrl = queueUrl(emulation, "record-dead-letters");
        return (await emulation.aws.sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.[0];
      });
    });
    expect(JSON.parse(letter.Body ?? "")).toMatchObject({ "detail-type": "ToolDecision", detail });
    expect(await depthOf(emulation, url)).toBe(0);
    const attempts = await until("every attempt has ended", async () => {
      const made = (await invocationsOf(emulation, "record")) - before;
      return made >= maxReceiveCount ? made : undefined;
    });
    expect(attempts).toBe(maxReceiveCount);
  });

  test("lets a function do what its role says and no more, and loses nothing while it says too little", async () => {
    const { iam, lambda } = emulation.aws;
    const role = all(emulation.graph, "iam/role").find(({ name }) => name === "RecordRole")?.inputs;
    const { name: PolicyName, policy: PolicyDocument } = emulation.names.in(role?.inlinePolicies[0]);
    const waiting = decision();
    await offeringAgainAfter(1, emulation, queueUrl(emulation, "record"), async () => {
      await iam.send(new DeleteRolePolicyCommand({ RoleName: role?.name, PolicyName }));
      await put(entry(waiting));
      await until("it could not be written", async () => {
        const FunctionName = physical(emulation.graph, "record");
        const { EventSourceMappings } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName }));
        return EventSourceMappings?.some((one) => one.LastProcessingResult === "FAILED") || undefined;
      });
      expect(await recorded(waiting)).toBeUndefined();
      await iam.send(new PutRolePolicyCommand({ RoleName: role?.name, PolicyName, PolicyDocument }));
      await until("it is written", () => recorded(waiting));
    });
  });

  test("brings what the bus has not taken to it when the schedule says", async () => {
    const { outbox } = ledgerOf(emulation);
    const late = decision();
    await outbox.add({ EventBusName: physical(emulation.graph, "bus"), ...entry(late) });
    const schedule = { Name: physical(emulation.graph, "outbox"), GroupName: physical(emulation.graph, "schedules") };
    const { Target, ScheduleExpression, State } = await emulation.aws.scheduler.send(new GetScheduleCommand(schedule));
    expect([ScheduleExpression, State]).toEqual(["rate(1 minute)", "ENABLED"]);
    await invoke(emulation, Target?.Arn ?? "");
    expect(await outbox.oldest(1)).toEqual([]);
    expect(await until("it is recorded", () => recorded(late))).toEqual(late);
  });
});

/** A decision that nobody has made. */
function decision(): ToolDecision {
  return {
    schemaVersion: 1,
    decisionId: randomUUID(),
    time: new Date().toISOString(),
    method: "tools/call",
    principal: { type: "AgentCore::OAuthUser", id: "alice" },
    gateway: { id: "made-up", arn: "arn:aws:bedrock-agentcore:eu-west-1:123456789012:gateway/made-up", version: 1 },
    decision: "ALLOW",
    outcome: "allowed",
    determiningPolicies: [],
    reason: "made up",
    durationMicroseconds: 1,
  };
}

/** A decision as the gateway puts it on the bus, or somebody else does. */
function entry(detail: ToolDecision, other: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry {
  return { Source: "gatehouse.gateway", DetailType: "ToolDecision", Detail: JSON.stringify(detail), ...other };
}
