import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PolicyRecord } from "../../storage/records.ts";
import { compilePolicies } from "../engine.ts";
import { gatewayArn, gatewayOf, insurance, now, policiesOf } from "../testing/configuration.ts";
import { configuration, scenario } from "../testing/scenarios.ts";
import type { RecordedCall, Unreplayable } from "./recordedCall.ts";
import { type ReplayOptions, replay } from "./replay.ts";

const application = "ApplicationToolTarget___create_application";
const about = (tool: string) =>
  `action == AgentCore::Action::"${tool}", resource == AgentCore::Gateway::"${gatewayArn}"`;
const below = (amount: number) =>
  `permit(principal, ${about(application)}) when { context.input.coverage_amount < ${amount} };`;
const notBob = `forbid(principal == AgentCore::OAuthUser::"bob", action, resource == AgentCore::Gateway::"${gatewayArn}");`;

function callOf(amount: number, more: Partial<RecordedCall> = {}): RecordedCall {
  return {
    time: now.toISOString(),
    principal: { type: "AgentCore::OAuthUser", id: "alice", tags: {} },
    tool: application,
    arguments: { coverage_amount: amount },
    decision: amount < 1_000 ? "ALLOW" : "DENY",
    ...(amount < 1_000 ? { determiningPolicies: ["old"] } : {}),
    ...more,
  };
}
const bob = { type: "AgentCore::OAuthUser", id: "bob", tags: {} };

async function* each<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

function run(
  calls: readonly (RecordedCall | Unreplayable)[],
  candidate: readonly PolicyRecord[],
  options: Partial<ReplayOptions> = {},
) {
  return replay({ calls: each(calls), candidate, configuration: insurance, ...options });
}

describe("a call is", () => {
  test("unchanged where the candidate decides as was decided", async () => {
    const report = await run([callOf(1), callOf(5_000)], policiesOf(below(1_000)));
    expect(report).toEqual({
      calls: 2,
      unchanged: 2,
      newlyAllowed: 0,
      newlyDenied: 0,
      notReplayable: 0,
      failures: 0,
      from: now.toISOString(),
      until: now.toISOString(),
      byTool: { top: [], more: 0 },
      byPrincipal: { top: [], more: 0 },
      byPolicy: { top: [], more: 0 },
      examples: { newlyAllowed: [], newlyDenied: [] },
      notReplayableReasons: [],
    });
  });

  test("newly allowed by the permit that allows it", async () => {
    const report = await run([callOf(1), callOf(5_000)], policiesOf(below(1_000), below(10_000)));
    expect(report).toMatchObject({ unchanged: 1, newlyAllowed: 1, newlyDenied: 0 });
    const changes = { newlyAllowed: 1, newlyDenied: 0 };
    expect(report.byTool.top).toEqual([{ key: application, ...changes }]);
    expect(report.byPrincipal.top).toEqual([{ key: "alice", ...changes }]);
    expect(report.byPolicy.top).toEqual([{ key: "policy-1", ...changes }]);
    expect(report.examples.newlyAllowed).toEqual([
      {
        time: now.toISOString(),
        principal: { type: "AgentCore::OAuthUser", id: "alice" },
        tool: application,
        arguments: { coverage_amount: 5_000 },
        policies: ["policy-1"],
        reason: "Allowed by policy policy-1.",
      },
    ]);
  });

  test("newly denied by the forbid that denies it", async () => {
    const report = await run([callOf(1), callOf(1, { principal: bob })], policiesOf(below(1_000), notBob));
    expect(report).toMatchObject({ unchanged: 1, newlyDenied: 1, failures: 0 });
    expect(report.byPolicy.top).toEqual([{ key: "policy-1", newlyAllowed: 0, newlyDenied: 1 }]);
  });

  test("newly denied by default because of the permits that allowed it before", async () => {
    const report = await run([callOf(500)], policiesOf(below(100)));
    expect(report.byPolicy.top).toEqual([{ key: "old", newlyAllowed: 0, newlyDenied: 1 }]);
    expect(report.examples.newlyDenied[0]?.reason).toBe("No policy applies to the request (denied by default).");
  });

  test("newly denied, as a failure, where a forbid can't be evaluated", async () => {
    const huge = `forbid(principal, ${about(application)}) when { context.input.coverage_amount * 9007199254740991 > 0 };`;
    const report = await run([callOf(500), callOf(5_000_000)], policiesOf(below(1_000), huge));
    expect(report).toMatchObject({ newlyDenied: 1, unchanged: 1, failures: 0 });
    const failing = await run([callOf(5_000, { decision: "ALLOW" })], policiesOf(below(10_000), huge));
    expect(failing).toMatchObject({ newlyDenied: 1, failures: 1 });
    expect(failing.examples.newlyDenied[0]?.reason).toMatch(/could not be evaluated/);
  });

  test("decided as of the time at which it was made", async () => {
    const until = `permit(principal, ${about(application)}) when { context.system.now < datetime("2026-02-01") };`;
    const calls = ["2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z", "2026-02-01T00:30:00+01:00"].map((time) =>
      callOf(1, { time }),
    );
    const report = await run(calls, policiesOf(until));
    expect(report).toMatchObject({ unchanged: 2, newlyDenied: 1 });
    expect(report.examples.newlyDenied.map(({ time }) => time)).toEqual(["2026-02-01T00:00:00Z"]);
    expect([report.from, report.until]).toEqual(["2026-01-31T23:30:00.000Z", "2026-02-01T00:00:00.000Z"]);
  });
});

test.each<[string, RecordedCall | Unreplayable, string, RegExp]>([
  ["a line that was none", { unreplayable: "notJson", detail: "x", line: 3 }, "notJson", /^x$/],
  [
    "another kind of principal",
    callOf(1, { principal: { type: "AgentCore::IamEntity", id: "arn", tags: {} } }),
    "otherPrincipal",
    /at 2026-11-22T12:00:00.000Z: AgentCore::IamEntity, not AgentCore::OAuthUser$/,
  ],
  ["a tool that is gone", callOf(1, { tool: "Gone___t" }), "unknownTool", /^the call of Gone___t at 2026/],
  [
    "arguments that the tool no longer takes",
    callOf(1, { arguments: { coverage_amount: "1" }, decisionId: "d-1" }),
    "doesNotFit",
    /\(d-1\): coverage_amount must be integer$/,
  ],
])("%s is counted with its reason", async (_, call, reason, detail) => {
  const report = await run([callOf(1), call, callOf(1)], policiesOf(below(1_000)));
  expect(report).toMatchObject({ calls: 3, unchanged: 2, notReplayable: 1 });
  expect(report.notReplayableReasons).toMatchObject([{ reason, calls: 1 }]);
  expect(report.notReplayableReasons[0]?.examples[0]?.detail).toMatch(detail);
});

test("two sets of policies are compared by what they decide, whatever was recorded", async () => {
  const wrong = callOf(5_000, { decision: "ALLOW", determiningPolicies: ["recorded"] });
  const baseline = policiesOf(below(1_000));
  expect(await run([wrong], policiesOf(below(1_000)), { baseline })).toMatchObject({ calls: 1, unchanged: 1 });
  const report = await run([callOf(500, { decision: "DENY" })], policiesOf(below(100)), { baseline });
  expect(report.byPolicy.top).toEqual([{ key: "policy-0", newlyAllowed: 0, newlyDenied: 1 }]);
});

test("a replay tells how far it is, lets others have their turn, and can be stopped", async () => {
  const stop = new AbortController();
  const progress: number[] = [];
  const calls = Array.from({ length: 5_500 }, () => callOf(1));
  const onProgress = ({ calls }: { calls: number }) => progress.push(calls);
  await run(calls, policiesOf(below(1_000)), { onProgress });
  expect(progress).toEqual([1_000, 2_000, 3_000, 4_000, 5_000]);
  setImmediate(() => stop.abort(new Error("enough")));
  await expect(run(calls, policiesOf(below(1_000)), { signal: stop.signal })).rejects.toThrow("enough");
});

test("what is wrong with the source of the calls is thrown", async () => {
  async function* broken(): AsyncGenerator<RecordedCall> {
    yield callOf(1);
    throw new Error("The disk is gone.");
  }
  await expect(run([], [], { calls: broken() })).rejects.toThrow("The disk is gone.");
});

test("a replay finds what two engines decide differently, call by call", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, scenario, async (one, other) => {
      const [baseline, candidate] = [policiesOf(...one.statements), policiesOf(...other.statements)];
      const calls = [...one.calls, ...other.calls].map(
        ({ principal, tool, arguments: args }): RecordedCall => ({
          ...callOf(1),
          principal,
          tool,
          arguments: args,
        }),
      );
      const [before, after] = [baseline, candidate].map((policies) => compilePolicies({ configuration, policies }));
      const decided = calls.map((call) => {
        const request = { ...call, principal: { ...call.principal, type: "AgentCore::OAuthUser" as const }, now };
        return `${before?.authorize(request).decision} ${after?.authorize(request).decision}`;
      });
      const report = await replay({ calls: each(calls), candidate, baseline, configuration });
      const { notReplayable, newlyAllowed, newlyDenied } = report;
      expect({ notReplayable, newlyAllowed, newlyDenied }).toEqual({
        notReplayable: 0,
        newlyAllowed: decided.filter((pair) => pair === "DENY ALLOW").length,
        newlyDenied: decided.filter((pair) => pair === "ALLOW DENY").length,
      });
      before?.release();
      after?.release();
    }),
    { numRuns: 40 },
  );
});

test("a gateway of IAM identities is replayed with theirs", async () => {
  const iam = gatewayOf({ T: insurance.targets[0]?.tools ?? [] }, { authorizerType: "AWS_IAM" });
  const permit = `permit(principal is AgentCore::IamEntity, action, resource == AgentCore::Gateway::"${gatewayArn}");`;
  const principal = { type: "AgentCore::IamEntity", id: "arn:aws:iam::000000000000:role/x", tags: {} };
  const calls = [callOf(1, { tool: "T___create_application", principal, decision: "DENY" })];
  expect(await run(calls, policiesOf(permit), { configuration: iam })).toMatchObject({ newlyAllowed: 1 });
});
