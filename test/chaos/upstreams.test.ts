import { GetGatewayTargetCommand, SynchronizeGatewayTargetsCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import type { TargetSettings } from "@gatehouse/core/storage/records.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { post, textOf, toolsCall } from "../support/mcp.ts";
import { type Behaviour, startUnreliableUpstream, type UnreliableUpstream } from "../support/unreliableUpstream.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

let gatehouse: TestGatehouse;
let well: Upstream;
let ill: UnreliableUpstream;
let gateway: TestGateway;
let bearer: { Authorization: string };

beforeAll(async () => {
  gatehouse = await startGatehouse();
  well = await startUpstream();
});
afterAll(async () => {
  await gatehouse?.[Symbol.asyncDispose]();
  await well?.stop();
});
beforeEach(async () => {
  ill = await startUnreliableUpstream();
  return async () => {
    await ill[Symbol.asyncDispose]();
  };
});

/** A gateway of two targets, one of which may become ill. @returns the id of that one. */
async function prepare(
  own: Omit<TargetSettings, "target"> = {},
  options: Parameters<TestGatehouse["createGateway"]>[0] = {},
): Promise<string> {
  gateway = await gatehouse.createGateway(options);
  const targetSettings = [{ target: "Ill", timeoutSeconds: 600, ...own }];
  await sendOwn(gatehouse.control, "PutGatewaySettings", { gatewayIdentifier: gateway.id, targetSettings });
  const targetId = await gatehouse.addTarget(gateway, "Ill", { mcpServer: { endpoint: ill.endpoint } });
  await gatehouse.addTarget(gateway, "Well", { mcpServer: { endpoint: well.endpoint } });
  bearer = { Authorization: `Bearer ${await gatehouse.token(gateway, "alice")}` };
  return targetId;
}

const call = (tool: string) => post(gateway.url, toolsCall(tool, { text: "hello" }), bearer);
const answerOf = async (tool: string) => textOf((await call(tool)).body?.result);
const codeOf = async (tool: string) => {
  const { _meta: meta } = ((await call(tool)).body?.result ?? {}) as { _meta?: Record<string, { code: string }> };
  return meta?.["gatehouse/error"]?.code;
};
const list = async () => {
  const { body } = await post(gateway.url, { jsonrpc: "2.0", id: 1, method: "tools/list" }, bearer);
  const { tools = [] } = (body?.result ?? {}) as { tools?: { name: string }[] };
  return tools.map(({ name }) => name).sort();
};
const said = JSON.stringify({ text: "hello" });
const listed = ["Ill", "Well"].flatMap((target) =>
  ["crash", "echo", "fail", "transfer"].map((tool) => `${target}___${tool}`),
);

/** Listing, and calls of the other target, are as ever. */
async function expectTheRestIsWell(): Promise<void> {
  expect(await list()).toEqual(listed);
  expect(await answerOf("Well___echo")).toBe(said);
}

describe("T21 a target that hangs", () => {
  test("holds up neither lists nor another target: all of these are done while its calls wait", async () => {
    await prepare({}, { exceptionLevel: "DEBUG" });
    ill.behaviour = "hangs";
    const done: string[] = [];
    const hanging = Promise.all(
      Array.from({ length: 20 }, async () => {
        expect(await answerOf("Ill___echo")).toBe(said);
        done.push("ill");
      }),
    );
    // A call that fails says why, at once.
    await Promise.race([ill.reached(20), hanging]);
    for (let round = 0; round < 5; round++) {
      await expectTheRestIsWell();
      done.push("well");
    }
    ill.release();
    await hanging;
    expect(done).toEqual([...Array(5).fill("well"), ...Array(20).fill("ill")]);
  });

  test("is left at its deadline, with an answer that says so", async () => {
    await prepare({ timeoutSeconds: 1 });
    ill.behaviour = "hangs";
    expect(await codeOf("Ill___echo")).toBe("targetTimedOut");
    await expectTheRestIsWell();
    ill.release();
  });

  test("gets as many calls at a time as it may have, and no more", async () => {
    await prepare({ maxConcurrentCalls: 3 });
    ill.behaviour = "hangs";
    const hanging = Promise.all(Array.from({ length: 3 }, () => answerOf("Ill___echo")));
    await Promise.race([ill.reached(3), hanging]);
    expect(await codeOf("Ill___echo")).toBe("targetBusy");
    await expectTheRestIsWell();
    ill.release();
    expect(await hanging).toEqual([said, said, said]);
    expect(ill.calls).toBe(3);
    expect(await answerOf("Ill___echo")).toBe(said);
  });
});

describe("T21 a target that", () => {
  test.each<[Behaviour, string[]]>([
    ["resets", ["targetFailed"]],
    ["garbage", ["targetFailed"]],
    ["breaksOff", ["targetFailed"]],
    // Whichever bound it meets first.
    ["huge", ["targetResultTooLarge", "targetFailed"]],
  ])("%s: its caller gets an error, the rest is well, and it is itself again when it is", async (behaviour, codes) => {
    await prepare();
    ill.behaviour = behaviour;
    expect(codes).toContain(await codeOf("Ill___echo"));
    await expectTheRestIsWell();
    ill.behaviour = "answers";
    expect(await answerOf("Ill___echo")).toBe(said);
  });

  test("never ends its answer is hung up on at the deadline", async () => {
    await prepare({ timeoutSeconds: 1 });
    ill.behaviour = "endless";
    expect(["targetTimedOut", "targetFailed"]).toContain(await codeOf("Ill___echo"));
    await ill.left;
    await expectTheRestIsWell();
  });
});

describe("T21 a target that is dead", () => {
  test("isn't called any more: callers hear when to come again, and the rest is well", async () => {
    await prepare();
    ill.behaviour = "resets";
    const answers = [];
    for (let calls = 0; calls < 15; calls++) answers.push((await call("Ill___echo")).body?.result);
    // However slow this machine is: each try that fails in between makes the pause twice as long.
    const refused = answers.filter((result) => textOf(result).startsWith("The target Ill is not available"));
    expect(refused.length).toBe(15 - ill.calls);
    expect(ill.calls).toSatisfy((calls: number) => calls >= 5 && calls < 15);
    expect(textOf(refused[0])).toMatch(/ Try again in \d+ seconds?\.$/);
    expect(refused[0]).toMatchObject({
      isError: true,
      _meta: {
        "gatehouse/error": { code: "targetUnavailable", retryable: true, retryAfterSeconds: expect.any(Number) },
      },
    });
    await expectTheRestIsWell();
  });

  test("a tool that an administrator trusts is called again, another isn't", async () => {
    await prepare({ idempotentTools: ["echo"], maxRetries: 1 });
    ill.behaviour = "resets";
    await call("Ill___echo");
    expect(ill.calls).toBe(2);
    await post(gateway.url, toolsCall("Ill___transfer", { amount: 1 }), bearer);
    expect(ill.calls).toBe(3);
  });

  test("a target that is overloaded is left alone for as long as it wants", async () => {
    await prepare({ idempotentTools: ["echo"], timeoutSeconds: 60 });
    ill.behaviour = "overloaded";
    const { body } = await call("Ill___echo");
    expect(body?.result).toMatchObject({
      _meta: { "gatehouse/error": { code: "targetFailed", retryAfterSeconds: 60 } },
    });
    // A minute from then is after the deadline.
    expect(ill.calls).toBe(1);
  });
});

describe("T21 while a target's tools are read", () => {
  const synchronize = async (targetId: string) => {
    await gatehouse.control.send(
      new SynchronizeGatewayTargetsCommand({ gatewayIdentifier: gateway.id, targetIdList: [targetId] }),
    );
  };
  const statusOf = async (targetId: string) =>
    gatehouse.control.send(new GetGatewayTargetCommand({ gatewayIdentifier: gateway.id, targetId }));

  test("one that takes its time holds up nothing", async () => {
    const targetId = await prepare();
    ill.method = "tools/list";
    ill.behaviour = "hangs";
    await synchronize(targetId);
    await ill.reached(1);
    await expectTheRestIsWell();
    expect(await answerOf("Ill___echo")).toBe(said);
    expect((await statusOf(targetId)).status).toBe("SYNCHRONIZING");
    ill.release();
    await gatehouse.host.idle();
    expect((await statusOf(targetId)).status).toBe("READY");
  });

  test("ten thousand tools are refused, and those from before stay", async () => {
    const targetId = await prepare();
    ill.upstream.tools = Array.from({ length: 10_000 }, (_, index) => ({
      name: `tool_${index}`,
      inputSchema: { type: "object" },
    }));
    await synchronize(targetId);
    await expectTheRestIsWell();
    await gatehouse.host.idle();
    expect(await statusOf(targetId)).toMatchObject({
      status: "SYNCHRONIZE_UNSUCCESSFUL",
      statusReasons: [expect.stringContaining("10000")],
    });
    await expectTheRestIsWell();
  });
});
