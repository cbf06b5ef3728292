import { expect, test } from "vitest";
import { gatewayArn, insurance, policiesOf } from "../testing/configuration.ts";
import { parseRecordedCall } from "./recordedCall.ts";
import { replay } from "./replay.ts";
import { replayLines } from "./replayLines.ts";

const candidate = policiesOf(
  `permit(principal, action, resource == AgentCore::Gateway::"${gatewayArn}") when { principal.hasTag("department") };`,
  `forbid(principal == AgentCore::OAuthUser::"u3", action, resource == AgentCore::Gateway::"${gatewayArn}");`,
);

/** Lines of which some change, some can't be replayed and some are no calls. */
const lines = Array.from({ length: 3_000 }, (_, i) => {
  if (i % 97 === 0) return "nonsense";
  return JSON.stringify({
    time: new Date(Date.UTC(2026, 0, 1) + ((i * 7_919) % 3_000) * 1_000).toISOString(),
    principal: { type: "AgentCore::OAuthUser", id: `u${i % 7}`, tags: i % 2 === 0 ? { department: "finance" } : {} },
    tool: i % 89 === 0 ? "Gone___t" : "ApprovalToolTarget___approve_underwriting",
    arguments: { claim_amount: i },
    decision: i % 3 === 0 ? "ALLOW" : "DENY",
    determiningPolicies: ["old"],
  });
});

async function* chunks(size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(lines.join("\n"));
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* calls() {
  for (const [i, line] of lines.entries()) yield parseRecordedCall(line, i + 1);
}

test("any number of threads reports what one replay of all the calls does", async () => {
  const expected = await replay({ calls: calls(), candidate, configuration: insurance });
  expect(expected.newlyAllowed * expected.newlyDenied * expected.notReplayable).toBeGreaterThan(0);
  for (const [workers, size] of [
    [1, 20_000],
    [2, 10_000],
    [3, 333_333],
    [2, 10_000_000],
  ] as const) {
    const progress: number[] = [];
    const onProgress = ({ calls }: { calls: number }) => progress.push(calls);
    const source = chunks(size);
    const report = await replayLines({ source, workers, candidate, configuration: insurance, onProgress });
    expect(report).toEqual(expected);
    if (size < 100_000) expect(Math.max(...progress)).toBe(3_000);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  }
});

test("an empty file is a report of nothing", async () => {
  async function* nothing() {}
  const report = await replayLines({ source: nothing(), candidate, configuration: insurance });
  expect(report).toMatchObject({ calls: 0, unchanged: 0, notReplayableReasons: [] });
  expect(report).not.toHaveProperty("from");
});

test("it can be stopped, and what is wrong with the file or a thread is thrown", async () => {
  const stop = new AbortController();
  const onProgress = () => stop.abort(new Error("enough"));
  const options = { source: chunks(10_000), workers: 2, candidate, configuration: insurance };
  await expect(replayLines({ ...options, onProgress, signal: stop.signal })).rejects.toThrow("enough");

  async function* broken() {
    yield* chunks(100_000);
    throw new Error("The disk is gone.");
  }
  await expect(replayLines({ ...options, source: broken() })).rejects.toThrow("The disk is gone.");

  // What the threads are given is no gateway.
  const configuration = { ...insurance, gateway: undefined as never };
  await expect(replayLines({ ...options, source: chunks(10_000), configuration })).rejects.toThrow(/undefined/);
});
