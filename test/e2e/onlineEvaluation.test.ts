import {
  CreateOnlineEvaluationConfigCommand,
  UpdateOnlineEvaluationConfigCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { queryClientOf } from "@gatehouse/apply/observe/queryClient.ts";
import type { Aggregates, SessionTree } from "@gatehouse/core/observability/query/answers.ts";
import type { Span } from "@gatehouse/core/observability/spans/span.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { newSpanId, newTraceId, observe, spanAt, told } from "../support/observed.ts";

const minute = 60_000;
let gatehouse: TestGatehouse;
let query: ReturnType<typeof queryClientOf>;
/** What the schedule calls each minute. */
let endSessions: (event: { readonly time: string }, context: object) => Promise<unknown>;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  query = queryClientOf(gatehouse.url, gatehouse.control);
  ({ handler: endSessions } = (await import("@gatehouse/functions/endSessions.ts")) as never);
});
afterAll(() => gatehouse?.[Symbol.asyncDispose]());

let serial = 0;
/** A configuration that evaluates every session of an agent. */
async function evaluated(agent: string, evaluators: readonly string[], filters?: object[]): Promise<string> {
  const { onlineEvaluationConfigId = "" } = await gatehouse.control.send(
    new CreateOnlineEvaluationConfigCommand({
      onlineEvaluationConfigName: `online_${serial++}`,
      rule: {
        samplingConfig: { samplingPercentage: 100 },
        sessionConfig: { sessionTimeoutMinutes: 15 },
        ...(filters === undefined ? {} : { filters: filters as never }),
      },
      dataSourceConfig: { cloudWatchLogs: { logGroupNames: ["ledger"], serviceNames: [agent] } },
      evaluators: evaluators.map((evaluatorId) => ({ evaluatorId })),
      evaluationExecutionRoleArn: "arn:aws:iam::123456789012:role/evaluation",
      enableOnCreate: true,
    }),
  );
  return onlineEvaluationConfigId;
}

/** A turn of an agent that calls a tool twice, which fails once. */
async function talk(agent: string, sessionId: string): Promise<{ traceId: string; spanId: string }> {
  const traceId = newTraceId();
  const root = newSpanId();
  const now = new Date();
  const common = { resource: { "service.name": agent, "service.version": "1.2.0" } };
  const call = (more: Partial<Span>) =>
    spanAt(now, traceId, {
      ...common,
      parentSpanId: root,
      name: "execute_tool track",
      attributes: { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "track", "session.id": sessionId },
      ...more,
    });
  const spans = [
    spanAt(now, traceId, {
      ...common,
      spanId: root,
      name: "invoke_agent",
      attributes: {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": agent,
        "session.id": sessionId,
        "user.tier": "gold",
      },
    }),
    call({}),
    call({ status: { code: "ERROR", message: "no answer" } }),
  ];
  await observe(gatehouse, told(spans.map((span) => ({ span, sessionId }))));
  return { traceId, spanId: root };
}

/** So many minutes from now, the schedule's turn; and all that follows. */
async function after(minutes: number): Promise<void> {
  const context = { getRemainingTimeInMillis: () => 50_000, invokedFunctionArn: "arn", awsRequestId: "r" };
  await endSessions({ time: new Date(Date.now() + minutes * minute).toISOString() }, context);
  await gatehouse.host.idle();
}

const evaluationsOf = async (sessionId: string) => {
  const tree = (await (await query(`/sessions/${sessionId}`)).json()) as SessionTree;
  return tree.nodes.flatMap((node) => (node.kind === "evaluation" ? [node] : []));
};

test("a session that is over is evaluated, shown in its tree, counted and measured", async () => {
  const configId = await evaluated("shop", ["Gatehouse.ToolSuccessRate", "Builtin.Helpfulness"]);
  const { traceId, spanId } = await talk("shop", "session-1");
  await after(10);
  expect(await evaluationsOf("session-1")).toEqual([]);
  await after(17);

  const evaluations = await evaluationsOf("session-1");
  expect(evaluations).toHaveLength(2);
  const [session, turn] = evaluations.toSorted((a, b) => a.depth - b.depth);
  expect(session).toMatchObject({
    depth: 0,
    evaluation: {
      config: { id: configId },
      evaluator: { id: "Gatehouse.ToolSuccessRate" },
      level: "SESSION",
      sessionId: "session-1",
      agent: "shop",
      agentVersion: "1.2.0",
      label: "Errors",
      value: 0.5,
    },
  });
  // Nothing pretends to be a judge where there is none.
  expect(turn).toMatchObject({
    evaluation: { evaluator: { id: "Builtin.Helpfulness" }, level: "TRACE", traceId, spanId },
  });
  expect(turn?.evaluation.errorCode).toMatch(/^(ModelNotConfigured|MissingData)$/);
  expect(turn?.evaluation).not.toHaveProperty("label");

  const answer = await query("/aggregates", {
    ...{ cube: "evaluations", config: [configId], groupBy: ["evaluator", "label", "agentVersion"] },
    ...{ from: new Date(Date.now() - 60 * minute).toISOString(), to: new Date(Date.now() + 60 * minute).toISOString() },
  });
  const { aggregates } = (await answer.json()) as Aggregates;
  expect(aggregates).toContainEqual(
    expect.objectContaining({
      group: { evaluator: "Gatehouse.ToolSuccessRate", label: "Errors", agentVersion: "1.2.0" },
      count: 1,
      scores: 1,
      averageScore: 0.5,
    }),
  );
  const metrics = await (await fetch(`${gatehouse.url}/metrics`)).text();
  expect(metrics).toContain(
    `gatehouse_evaluation_gatehouse_tool_success_rate_sum{config="${configId}",label="Errors"} 0.5`,
  );

  // Whatever is called again, and whatever happens afterwards, the session isn't evaluated again.
  await talk("shop", "session-1");
  await after(40);
  expect(await evaluationsOf("session-1")).toHaveLength(2);
});

test("sessions of other agents, that don't satisfy a filter, or while it is disabled, are not evaluated", async () => {
  const filter = (stringValue: string) => [{ key: "user.tier", operator: "Equals", value: { stringValue } }];
  await evaluated("gold-shop", ["Gatehouse.ToolSuccessRate"], filter("gold"));
  await evaluated("free-shop", ["Gatehouse.ToolSuccessRate"], filter("free"));
  const disabled = await evaluated("closed-shop", ["Gatehouse.ToolSuccessRate"]);
  await gatehouse.control.send(
    new UpdateOnlineEvaluationConfigCommand({ onlineEvaluationConfigId: disabled, executionStatus: "DISABLED" }),
  );
  for (const agent of ["gold-shop", "free-shop", "closed-shop", "other"]) await talk(agent, `${agent}-session`);
  await after(17);
  expect(await evaluationsOf("gold-shop-session")).toHaveLength(1);
  for (const agent of ["free-shop", "closed-shop", "other"]) {
    expect(await evaluationsOf(`${agent}-session`), agent).toEqual([]);
  }
  expect(await gatehouse.host.bus.deadLetters()).toEqual([]);
});
