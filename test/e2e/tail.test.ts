import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCommand } from "../support/command.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { decided, decisionAt, evaluated, evaluationAt, newSpanId, newTraceId, observe } from "../support/observed.ts";

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse?.[Symbol.asyncDispose]());

/** A command whose output is read line by line. */
function command(name: "tail" | "reconcile", args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const { child, stdout, ended } = startCommand(gatehouse, name, args, environment);
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return { child, lines, ended, rest: () => Array.fromAsync({ [Symbol.asyncIterator]: () => lines }) };
}

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

describe("npm run tail", () => {
  test("shows what is there already, then what comes, each once, until it is interrupted", async () => {
    const first = decisionAt(minutesAgo(5), "followed", { tool: "Up___first" });
    await observe(gatehouse, [decided(first)]);
    const { child, lines, ended } = command("tail", ["--gateway", "followed", "--since", "10m", "--json"]);
    const next = async () => JSON.parse((await lines.next()).value ?? "null");
    expect(await next()).toMatchObject({ decisionId: first.decisionId });
    // It goes back a minute each time: what is recorded late is seen as well.
    const later = [2, 20, 8].map((seconds) => decisionAt(new Date(Date.now() - seconds * 1_000), "followed"));
    const found: string[] = [];
    for (const decision of later) {
      await observe(gatehouse, [decided(decision), decided(decisionAt(new Date(), "another"))]);
      found.push((await next()).decisionId);
    }
    expect(found).toEqual(later.map(({ decisionId }) => decisionId));
    child.kill("SIGINT");
    expect(await ended).toEqual({ code: 0, errors: "" });
    expect((await lines.next()).done).toBe(true);
  });

  test("shows only what is asked for, in colours where they are wanted, and nothing that a terminal would act upon", async () => {
    const hostile = decisionAt(minutesAgo(2), "hostile", {
      tool: "Up___\u001b[2Jevil\u202e",
      principal: { type: "AgentCore::OAuthUser", id: "eve\r\n" },
      decision: "DENY",
      outcome: "denied",
      reason: "No policy permits it.",
    });
    await observe(gatehouse, [decided(hostile), decided(decisionAt(minutesAgo(1), "hostile"))]);
    const args = ["--gateway", "hostile", "--decision", "DENY", "--since", "5m", "--once"];
    const plain = command("tail", args);
    const [line = "", ...others] = await plain.rest();
    expect(await plain.ended).toEqual({ code: 0, errors: "" });
    expect(others).toEqual([]);
    expect(line).toBe(
      `${hostile.time.slice(11, 23)}Z  denied      eve\\u{d}\\u{a} by agent  Up___\\u{1b}[2Jevil\\u{202e}  No policy permits it.`,
    );
    const [coloured = ""] = await command("tail", args, { FORCE_COLOR: "1" }).rest();
    expect(coloured).toContain("\u001b[31mdenied    \u001b[39m");
    const [uncoloured = ""] = await command("tail", args, { NO_COLOR: "1" }).rest();
    expect(uncoloured).toBe(line);
  });

  test("with --evaluations shows what online evaluations say, a line each, and follows it", async () => {
    const about = { traceId: newTraceId(), level: "TRACE" } as const;
    const first = evaluationAt(minutesAgo(3), "quality", { ...about, explanation: "It helps.\n\u001b[2JIt does." });
    const failed = evaluationAt(minutesAgo(2), "quality", { errorCode: "MissingData", errorMessage: "No request." });
    const { label: _, value: __, explanation: ___, ...unlabelled } = failed;
    const other = evaluationAt(minutesAgo(2), "another");
    await observe(gatehouse, [first, unlabelled, other].map(evaluated));
    const args = ["--evaluations", "--config", "quality", "--since", "5m"];
    const once = command("tail", [...args, "--once"]);
    expect(await once.rest()).toEqual([
      `${first.evaluatedAt.slice(11, 23)}Z  Builtin.Helpfulness  Very Helpful (0.833)  session evaluated-session trace ${first.traceId} by shop  It helps. \\u{1b}[2JIt does.`,
      `${failed.evaluatedAt.slice(11, 23)}Z  Builtin.Helpfulness  MissingData  session evaluated-session by shop  No request.`,
    ]);
    expect(await once.ended).toEqual({ code: 0, errors: "" });

    const { child, lines, ended } = command("tail", [...args, "--label", "Yes", "--json"]);
    const next = evaluationAt(new Date(), "quality", { label: "Yes", value: 1 });
    await observe(gatehouse, [evaluated(next)]);
    expect(JSON.parse((await lines.next()).value ?? "null")).toEqual(next);
    child.kill("SIGINT");
    expect(await ended).toEqual({ code: 0, errors: "" });
  });

  test("says what was wrong, and ends", async () => {
    const wrong = command("tail", ["--decision", "MAYBE", "--once"]);
    expect(await wrong.ended).toMatchObject({
      code: 1,
      errors: expect.stringContaining("decision is not as it should be"),
    });
    const other = command("tail", ["--evaluations", "--policy", "p-1", "--once"]);
    expect(await other.ended).toMatchObject({
      code: 1,
      errors: expect.stringContaining("policy is no parameter here"),
    });
    const since = command("tail", ["--since", "yesterday"]);
    expect(await since.ended).toMatchObject({ code: 1, errors: expect.stringContaining("as in 15m") });
    const stranger = command("tail", ["--once"], { AWS_SECRET_ACCESS_KEY: "wrong" });
    expect(await stranger.ended).toMatchObject({ code: 1, errors: expect.stringContaining("Access denied") });
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo; // It listens on a port.
    server.close();
    const nobody = command("tail", ["--once", "--endpoint", `http://127.0.0.1:${port}`]);
    expect(await nobody.ended).toMatchObject({ code: 1, errors: expect.stringContaining("No Gatehouse answers") });
  });
});

describe("npm run reconcile", () => {
  test("is content where everything agrees, over hours", async () => {
    await observe(
      gatehouse,
      [150, 100, 20].map((minutes) => decided(decisionAt(minutesAgo(minutes), "agreeing"))),
    );
    const { rest, ended } = command("reconcile", ["--gateway", "agreeing", "--from", "3h"]);
    expect(await rest()).toEqual([
      expect.stringMatching(/^From .* until /),
      "agreeing: 3 decisions, 0 calls with spans",
      "  3 decisions name no span",
      "  decisions by minute: 3",
      expect.stringMatching(/^ {2}decisions by whole hour: [123]$/),
      expect.stringMatching(/^ {2}decisions by whole hour and principal: [123]$/),
      "  calls by minute: 0",
      "  calls by whole hour: 0",
      "  calls by whole hour and principal: 0",
      "Everything agrees.",
    ]);
    expect(await ended).toEqual({ code: 0, errors: "" });
  });

  test("names what is missing, and says so by its exit status", async () => {
    const lost = decisionAt(minutesAgo(20), "lossy", { traceId: newTraceId(), spanId: newSpanId() });
    await observe(gatehouse, [decided(lost)]);
    const { rest, ended } = command("reconcile", ["--gateway", "lossy"]);
    const lines = (await rest()).join("\n");
    expect(lines).toContain("1 decisions without their span");
    expect(lines).toContain(lost.decisionId);
    expect(await ended).toEqual({ code: 3, errors: "" });
  });
});
