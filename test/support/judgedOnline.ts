import {
  CreateEvaluatorCommand,
  CreateOnlineEvaluationConfigCommand,
  type EvaluatorConfig,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { queryClientOf } from "@gatehouse/apply/observe/queryClient.ts";
import type { EvaluationCompleted } from "@gatehouse/core/observability/events.ts";
import type { SessionTree } from "@gatehouse/core/observability/query/answers.ts";
import { expect } from "vitest";
import type { TestGatehouse } from "./gatehouse.ts";
import { newSpanId, newTraceId } from "./observed.ts";

/** What a test of online evaluation does with a Gatehouse whose sessions a judge evaluates. */
export interface JudgedOnline {
  /** An evaluator of turns of one's own, asked of a model of its own. */
  createEvaluator(name: string, modelId: string): Promise<string>;
  /** Has every session of an agent evaluated. @returns the configuration's id. */
  evaluate(agent: string, evaluatorIds: readonly string[]): Promise<string>;
  /** An agent's exporter sends the spans of a session with one turn: a tool is called, and the user is answered. */
  talk(
    agent: string,
    turn: { readonly sessionId: string; readonly user: string; readonly answer: string },
  ): Promise<Turn>;
  /** The sessions that have been talked are over, and all that follows has come to its end. */
  end(): Promise<void>;
  /** What is on record beside a session. */
  evaluationsOf(sessionId: string): Promise<EvaluationCompleted[]>;
}

export interface Turn {
  readonly traceId: string;
  readonly spanId: string;
  /** The span of the tool call. */
  readonly toolSpanId: string;
}

let serial = 0;

export async function judgedOnline(gatehouse: TestGatehouse): Promise<JudgedOnline> {
  const { control, host, url } = gatehouse;
  const query = queryClientOf(url, control);
  const { handler } = await import("@gatehouse/functions/endSessions.ts");
  const endSessions = handler as unknown as (event: { readonly time: string }, context: object) => Promise<unknown>;

  return {
    async createEvaluator(evaluatorName, modelId) {
      const evaluatorConfig: EvaluatorConfig = {
        llmAsAJudge: {
          instructions: "Does the answer name what it is about? {assistant_turn}",
          ratingScale: {
            numerical: [
              { label: "No", value: 1, definition: "It does not." },
              { label: "Yes", value: 5, definition: "It does." },
            ],
          },
          modelConfig: { bedrockEvaluatorModelConfig: { modelId } },
        },
      };
      const { evaluatorId = "" } = await control.send(
        new CreateEvaluatorCommand({ evaluatorName, level: "TRACE", evaluatorConfig }),
      );
      return evaluatorId;
    },

    async evaluate(agent, evaluatorIds) {
      const { onlineEvaluationConfigId = "" } = await control.send(
        new CreateOnlineEvaluationConfigCommand({
          onlineEvaluationConfigName: `judged_${serial++}`,
          rule: { samplingConfig: { samplingPercentage: 100 }, sessionConfig: { sessionTimeoutMinutes: 15 } },
          dataSourceConfig: { cloudWatchLogs: { logGroupNames: ["ledger"], serviceNames: [agent] } },
          evaluators: evaluatorIds.map((evaluatorId) => ({ evaluatorId })),
          evaluationExecutionRoleArn: "arn:aws:iam::123456789012:role/evaluation",
          enableOnCreate: true,
        }),
      );
      return onlineEvaluationConfigId;
    },

    async talk(agent, { sessionId, user, answer }) {
      const turn = { traceId: newTraceId(), spanId: newSpanId(), toolSpanId: newSpanId() };
      const { accessKeyId, secretAccessKey } = host.administrator;
      const response = await fetch(`${url}/v1/traces`, {
        method: "POST",
        headers: {
          authorization: `Basic ${Buffer.from(`${accessKeyId}:${secretAccessKey}`).toString("base64")}`,
          "content-type": "application/json",
        },
        body: JSON.stringify(exportOf(agent, turn, { sessionId, user, answer })),
      });
      expect([response.status, await response.json()]).toEqual([200, {}]);
      await host.idle();
      return turn;
    },

    async end() {
      const context = { getRemainingTimeInMillis: () => 50_000, invokedFunctionArn: "arn", awsRequestId: "r" };
      await endSessions({ time: new Date(Date.now() + 17 * 60_000).toISOString() }, context);
      await host.idle();
    },

    async evaluationsOf(sessionId) {
      const tree = (await (await query(`/sessions/${sessionId}`)).json()) as SessionTree;
      return tree.nodes.flatMap((node) => (node.kind === "evaluation" ? [node.evaluation] : []));
    },
  };
}

/** As an exporter sends it by OTLP, in the semantic conventions of OpenTelemetry. */
function exportOf(
  agent: string,
  { traceId, spanId, toolSpanId }: Turn,
  { sessionId, user, answer }: { readonly sessionId: string; readonly user: string; readonly answer: string },
) {
  const nanos = (milliseconds: number) => String(BigInt(Date.now() + milliseconds) * 1_000_000n);
  const message = (role: string, content: string) => JSON.stringify([{ role, parts: [{ type: "text", content }] }]);
  const attributes = (values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const spans = [
    {
      ...{ traceId, spanId, name: "invoke_agent", kind: 1 },
      ...{ startTimeUnixNano: nanos(0), endTimeUnixNano: nanos(3_000) },
      attributes: attributes({
        "session.id": sessionId,
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": agent,
        "gen_ai.input.messages": message("user", user),
        "gen_ai.output.messages": message("assistant", answer),
      }),
    },
    {
      ...{ traceId, spanId: toolSpanId, parentSpanId: spanId, name: "execute_tool find", kind: 1 },
      ...{ startTimeUnixNano: nanos(1_000), endTimeUnixNano: nanos(2_000) },
      attributes: attributes({
        "session.id": sessionId,
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "find",
        "gen_ai.tool.call.arguments": '{"order":"A-1042"}',
        "gen_ai.tool.call.result": '{"status":"on its way"}',
      }),
    },
  ];
  const resource = { attributes: attributes({ "service.name": agent, "service.version": "1.2.0" }) };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "shop" }, spans }] }] };
}
