import { expect, test } from "vitest";
import type { ToolDecision } from "../../observability/events.ts";
import { insurance } from "../../policy/testing/configuration.ts";
import { TargetError } from "../targets/target.ts";
import { type Asking, RequestTrace } from "./requestTrace.ts";

const { gateway } = insurance;
const [target] = insurance.targets;
if (target === undefined) throw new Error("The example has no target.");
const about = { target, method: "tools/call", name: "ask" };

const detail: ToolDecision = {
  schemaVersion: 1,
  decisionId: "00000000-0000-4000-8000-000000000000",
  time: "2026-11-22T12:00:00.000Z",
  method: "tools/call",
  principal: { type: "AgentCore::OAuthUser", id: "alice" },
  gateway: { id: gateway.gatewayId, arn: gateway.gatewayArn, version: 1 },
  decision: "ALLOW",
  outcome: "allowed",
  determiningPolicies: [],
  reason: "because",
  durationMicroseconds: 1,
};

/** What is told of a request that asks a target so. */
async function answered(ask: (asking: Asking) => Promise<unknown>) {
  const trace = new RequestTrace();
  trace.decided({ detail, gateway, requestId: 1, endedAt: performance.now() });
  await trace.asking(about, ask).catch(() => {});
  const { targetTimes, spans } = trace.end(200, false);
  const calls = spans().flatMap(({ span }) => (span.kind === "CLIENT" ? [span] : []));
  return {
    targetTimes,
    traceparents: calls.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`),
    calls: calls.map(({ status, attributes }) => [
      status.code,
      attributes["error.type"],
      attributes["http.request.resend_count"],
    ]),
  };
}

const unavailable = new TargetError("It is away.", { status: 503 });
const fail = (error: Error) => async () => {
  throw error;
};

test("each attempt has a span of its own, and a request with all of them takes its time once", async () => {
  const sent: (string | undefined)[] = [];
  const { calls, targetTimes, traceparents } = await answered(async ({ attempt }) => {
    await attempt(fail(unavailable)).catch(() => {});
    await attempt(async ({ traceContext }) => sent.push(traceContext.traceparent));
  });
  expect(calls).toEqual([
    ["ERROR", "503", undefined],
    ["UNSET", undefined, 1],
  ]);
  expect(sent).toEqual(traceparents.slice(1));
  expect(targetTimes).toHaveLength(1);
});

test("where nobody makes attempts, the request is one", async () => {
  const sent: (string | undefined)[] = [];
  const { calls, traceparents } = await answered(async ({ traceContext }) => sent.push(traceContext.traceparent));
  expect(calls).toEqual([["UNSET", undefined, undefined]]);
  expect(sent).toEqual(traceparents);
});

test("what fails before anything was sent, or after it was answered, is told by the attempt that it is about", async () => {
  const busy = new TargetError("No place.", { code: "targetBusy" });
  expect((await answered(fail(busy))).calls).toEqual([["ERROR", "targetBusy", undefined]]);
  const tooLarge = new TargetError("Too much.", { code: "targetResultTooLarge" });
  const { calls } = await answered(async ({ attempt }) => {
    await attempt(fail(unavailable)).catch(() => {});
    await attempt(async () => "much");
    throw tooLarge;
  });
  expect(calls).toEqual([
    ["ERROR", "503", undefined],
    ["ERROR", "targetResultTooLarge", 1],
  ]);
});

test("an attempt that was left behind has ended then, whatever becomes of it later", async () => {
  const trace = new RequestTrace();
  trace.decided({ detail, gateway, requestId: 1, endedAt: performance.now() });
  const later = Promise.withResolvers<string>();
  const late = new TargetError("Too late.", { code: "targetTimedOut" });
  let left: Promise<unknown> | undefined;
  const asked = trace.asking(about, async ({ attempt }) => {
    left = attempt(() => later.promise);
    throw late;
  });
  await expect(asked).rejects.toBe(late);
  const before = trace.end(200, false).spans();
  later.reject(new Error("aborted"));
  await expect(left).rejects.toThrow("aborted");
  const [, after] = trace.end(200, false).spans();
  expect(after?.span).toMatchObject({ kind: "CLIENT", attributes: { "error.type": "targetTimedOut" } });
  expect(after?.span.endTimeUnixNano).toBe(before[1]?.span.endTimeUnixNano);
});
