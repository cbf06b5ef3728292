import { setImmediate as turn } from "node:timers/promises";
import type { CallToolResult } from "@modelcontextprotocol/server";
import { describe, expect, test } from "vitest";
import { insurance, user } from "../../policy/testing/configuration.ts";
import type { TargetSettings } from "../../storage/records.ts";
import { type Invocation, TargetError, type TargetErrorOptions } from "../targets/target.ts";
import { resilient } from "./resilience.ts";
import { fakeClock } from "./testing.ts";

const answer: CallToolResult = { content: [{ type: "text", text: "done" }] };
const [known] = insurance.targets;
if (known === undefined) throw new Error("The configuration has no target.");
const { tools: _, ...target } = known;
const tool = { name: "get_order", inputSchema: {} };

/** A target of which every call does what the test says, behind the bounds. */
function targetThat(
  act: (invocation: Invocation) => Promise<CallToolResult>,
  own: Omit<TargetSettings, "target"> = {},
) {
  const clock = fakeClock();
  const opened: string[] = [];
  const calls: Invocation[] = [];
  const kinds = resilient(
    {
      mcpServer: {
        call: (invocation) => {
          calls.push(invocation);
          return act(invocation);
        },
        discover: async () => ({ tools: [] }),
      },
    },
    { clock, onCircuitOpened: ({ name }) => opened.push(name) },
  );
  const settings = { targetSettings: [{ target: target.name, ...own }] };
  const call = ({ signal = new AbortController().signal, tool: name = tool.name, targetId = target.targetId } = {}) =>
    kinds.mcpServer?.call({
      gateway: { ...insurance.gateway, settings },
      target: { ...target, targetId },
      tool: { ...tool, name },
      qualifiedName: `${target.name}___${name}`,
      arguments: {},
      requestId: "1",
      principal: user(),
      params: {},
      traceContext: {},
      headers: {},
      query: {},
      onResponseHeaders: () => {},
      exchange: { era: "modern", notify: () => {}, gone: signal },
      signal,
    });
  return { call, calls, clock, opened };
}

const never = () => new Promise<CallToolResult>(() => {});
const failWith = (options: TargetErrorOptions) => async () => {
  throw new TargetError("It failed.", options);
};

describe("T21 deadlines", () => {
  test("a target that hangs is left behind at the deadline, and its signal aborts", async () => {
    const { call, calls, clock } = targetThat(never, { timeoutSeconds: 3 });
    const answered = call();
    clock.advance(2_999);
    expect(calls[0]?.signal.aborted).toBe(false);
    clock.advance(1);
    await expect(answered).rejects.toMatchObject({
      code: "targetTimedOut",
      message: expect.stringContaining("3 seconds"),
    });
    expect(calls[0]?.signal.aborted).toBe(true);
  });

  test("one that was left behind still takes its place until it has ended", async () => {
    const ending = Promise.withResolvers<CallToolResult>();
    const { call, clock } = targetThat(() => ending.promise, { timeoutSeconds: 1, maxConcurrentCalls: 1 });
    const first = call();
    clock.advance(1_000);
    await expect(first).rejects.toMatchObject({ code: "targetTimedOut" });
    await expect(call()).rejects.toMatchObject({ code: "targetBusy" });
    ending.resolve(answer);
    await turn();
    expect(await call()).toEqual(answer);
  });

  test("the end of the request ends the call, and is no failure of the target", async () => {
    const { call, calls, opened } = targetThat(never);
    for (let index = 0; index < 20; index++) {
      const caller = new AbortController();
      const answered = call({ signal: caller.signal });
      caller.abort(new DOMException("The caller has gone.", "AbortError"));
      await expect(answered).rejects.toThrow("The caller has gone.");
    }
    expect(calls.every(({ signal }) => signal.aborted)).toBe(true);
    expect(opened).toEqual([]);
  });
});

describe("T21 the circuit", () => {
  const open = async (target: ReturnType<typeof targetThat>) => {
    for (let index = 0; index < 5; index++) await expect(target.call()).rejects.toMatchObject({ code: "targetFailed" });
  };

  test("a dead target isn't called any more, and callers hear when to come again", async () => {
    const dead = targetThat(failWith({ status: 503 }));
    await open(dead);
    expect(dead.opened).toEqual([target.name]);
    await expect(dead.call()).rejects.toMatchObject({ code: "targetUnavailable", retryAfterMilliseconds: 5_000 });
    expect(dead.calls).toHaveLength(5);
  });

  test("another target isn't touched by it", async () => {
    let dead = true;
    const targets = targetThat(async () => {
      if (dead) throw new TargetError("It failed.", { status: 503 });
      return answer;
    });
    await open(targets);
    dead = false;
    expect(await targets.call({ targetId: "ANOTHER000" })).toEqual(answer);
  });

  test("one that has come back is found by one call", async () => {
    let dead = true;
    const targets = targetThat(async () => {
      if (dead) throw new TargetError("It failed.", { status: 503 });
      return answer;
    });
    await open(targets);
    dead = false;
    targets.clock.advance(5_000);
    expect(await targets.call()).toEqual(answer);
    expect(await targets.call()).toEqual(answer);
  });

  test.each([
    ["errors of tools", async () => ({ ...answer, isError: true })],
    ["calls that the target refuses", failWith({ status: 400 })],
    ["a server's own failures at a call", failWith({ status: 500 })],
    ["throttling", failWith({ status: 429 })],
  ])("%s never open it", async (_, act) => {
    const { call, calls } = targetThat(act);
    for (let index = 0; index < 50; index++) await call()?.catch(() => {});
    expect(calls).toHaveLength(50);
  });

  test("a try that hangs is a failure at its deadline, and doesn't leave the circuit half-open", async () => {
    let act = failWith({ status: 503 });
    const targets = targetThat((_) => act(), { timeoutSeconds: 1 });
    await open(targets);
    act = never as typeof act;
    targets.clock.advance(5_000);
    const attempt = targets.call();
    targets.clock.advance(1_000);
    await expect(attempt).rejects.toMatchObject({ code: "targetTimedOut" });
    await expect(targets.call()).rejects.toMatchObject({ retryAfterMilliseconds: 10_000 });
  });
});

describe("retries", () => {
  const flaky = () => {
    let calls = 0;
    return async () => {
      if (calls++ === 0) throw new TargetError("It failed.", { status: 503 });
      return answer;
    };
  };

  test("a tool that an administrator trusts is called again", async () => {
    const { call, calls } = targetThat(flaky(), { idempotentTools: ["get_order"] });
    expect(await call({ tool: "get_order" })).toEqual(answer);
    expect(calls).toHaveLength(2);
  });

  test("no other is, whatever its target says of it", async () => {
    const { call, calls } = targetThat(flaky(), { idempotentTools: ["get_order"] });
    await expect(call({ tool: "cancel_order" })).rejects.toMatchObject({ code: "targetFailed" });
    expect(calls).toHaveLength(1);
  });
});

test("T21 no more calls are under way than there may be", async () => {
  const ends: (() => void)[] = [];
  const act = () => new Promise<CallToolResult>((resolve) => ends.push(() => resolve(answer)));
  const { call } = targetThat(act, { maxConcurrentCalls: 3 });
  const answers = Promise.allSettled(Array.from({ length: 10 }, () => call()));
  await turn();
  for (const end of ends) end();
  const settled = await answers;
  expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
  const next = call();
  await turn();
  ends.at(-1)?.();
  expect(await next).toEqual(answer);
});

test("T21 a result that is too large isn't passed on", async () => {
  const large = { content: [{ type: "text" as const, text: "é".repeat(600) }] };
  const { call } = targetThat(async () => large, { maxResultBytes: 1_200 });
  await expect(call()).rejects.toMatchObject({ code: "targetResultTooLarge" });
  const enough = targetThat(async () => large, { maxResultBytes: 1_300 });
  expect(await enough.call()).toEqual(large);
});
