import { once } from "node:events";
import { open } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { ToolDecision } from "@gatehouse/core/observability/events.ts";
import type { DecisionPage } from "@gatehouse/core/observability/query/answers.ts";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startCommand } from "../support/command.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { decided, decisionAt, observe } from "../support/observed.ts";

/** What a shell, a signature and an address could each get wrong. */
const principal = { type: "AgentCore::OAuthUser", id: "zoë+1 & a=b/c%20'd'" } as const;
/** From the oldest on. */
const decisions: readonly ToolDecision[] = [
  { principal },
  { decision: "DENY", outcome: "denied", reason: '=1+1, or "no"' } as const,
  { principal, tool: "Up___transfer" },
].map((more, index) => decisionAt(new Date(Date.now() - (30 - index) * 60_000), "asked", more));
const ids = decisions.map(({ decisionId }) => decisionId);

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  await observe(gatehouse, [...decisions, decisionAt(new Date(), "another")].map(decided));
});
afterAll(() => gatehouse?.[Symbol.asyncDispose]());

/** Runs the command to its end. */
async function query(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const { stdout, ended } = startCommand(gatehouse, "query", args, environment);
  const [output, { code, errors }] = await Promise.all([text(stdout), ended]);
  return { output, code, errors };
}

/** What the command has printed, where it has nothing to complain of. */
async function printed(...args: readonly string[]): Promise<string> {
  const { output, ...end } = await query(args);
  expect(end).toEqual({ code: 0, errors: "" });
  return output;
}

describe("npm run query prints", () => {
  test("JSON, and pages that go on where the last one said", async () => {
    const first: DecisionPage = JSON.parse(await printed("decisions", "gateway=asked", "maxResults=2"));
    expect(first.decisions).toEqual([decisions[2], decisions[1]]);
    const next = await printed("decisions", "gateway=asked", "maxResults=2", `nextToken=${first.nextToken}`);
    expect(JSON.parse(next)).toMatchObject({ decisions: [{ decisionId: ids[0] }] });
    expect(JSON.parse(next)).not.toHaveProperty("nextToken");
  });

  test("what is asked for with any character in it, and with a parameter that is said twice", async () => {
    const of = async (...parameters: string[]): Promise<string[]> =>
      JSON.parse(await printed("/decisions", "order=oldest", ...parameters)).decisions.map(
        ({ decisionId }: ToolDecision) => decisionId,
      );
    expect(await of(`principal=${principal.id}`)).toEqual([ids[0], ids[2]]);
    expect(await of("gateway=asked", "outcome=denied")).toEqual([ids[1]]);
    expect(await of("gateway=asked", "tool=Up___echo", "tool=Up___transfer")).toEqual(ids);
  });

  test("CSV, and says on standard error how it goes on", async () => {
    const args = ["decisions", "gateway=asked", "maxResults=2", "format=csv", "order=oldest"];
    const { output, code, errors } = await query(args);
    expect(code).toBe(0);
    const lines = output.split("\r\n");
    expect(lines).toEqual([
      expect.stringMatching(/^time,decisionId,gateway,/),
      expect.stringContaining(`${ids[0]},asked,tools/call,${principal.id},`),
      expect.stringContaining(`"'=1+1, or ""no"""`),
      "",
    ]);
    const [, nextToken] = /^nextToken=(\S+)\n$/.exec(errors) ?? [];
    const last = (await printed(...args, `nextToken=${nextToken}`)).split("\r\n");
    expect(last).toEqual([lines[0], expect.stringContaining(`${ids[2]},asked,`), ""]);
  });

  test("tables of what was counted", async () => {
    const table = await printed("aggregates", "gateway=asked", "groupBy=decision", "format=csv");
    const [head = "", ...rows] = table.trimEnd().split("\r\n");
    const columns = head.split(",");
    const counts = rows.map((row) => {
      const cells = row.split(",");
      return [cells[columns.indexOf("decision")], cells[columns.indexOf("count")]];
    });
    expect(counts.sort()).toEqual([
      ["ALLOW", "2"],
      ["DENY", "1"],
    ]);
  });

  test("exports, a decision a line", async () => {
    const lines = await printed("export/decisions", "gateway=asked");
    expect(lines.endsWith("}\n")).toBe(true);
    expect(
      lines
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(decisions);
    const csv = await printed("export/decisions", "gateway=asked", "format=csv");
    expect(csv.split("\r\n")).toHaveLength(decisions.length + 2);
  });

  test("how it is used", async () => {
    expect(await printed("--help")).toMatch(/^Usage: npm run --silent query/);
    const { output, code } = await query([]);
    expect([code, output]).toEqual([1, expect.stringMatching(/^Usage: npm run --silent query/)]);
  });
});

/** An environment in which there are no credentials, whatever the person who runs the tests has at home. */
const nobody = {
  AWS_ACCESS_KEY_ID: "",
  AWS_SECRET_ACCESS_KEY: "",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_EC2_METADATA_DISABLED: "true",
};

describe("npm run query fails, says why, and prints no answer", () => {
  test.each<[what: string, args: readonly string[], reason: string]>([
    ["is asked for what isn't there", ["nothing"], "/observability/openapi.json says what there is"],
    ["is asked for a session that nobody knows", ["sessions/nobody"], "nobody"],
    ["gets a parameter that there isn't", ["decisions", "colour=red"], "colour is no parameter here"],
    ["gets a value that is none", ["export/decisions", "from=yesterday"], "from"],
    ["gets a page of another list", ["decisions", "nextToken=made-up"], "nextToken"],
    ["gets a parameter without a value", ["decisions", "DENY"], 'A parameter is NAME=VALUE, which "DENY" is not.'],
    ["gets an option that there isn't", ["decisions", "--colour"], "--colour"],
  ])("where it %s", async (_, args, reason) => {
    const answer = await query(args);
    expect(answer).toEqual({ output: "", code: 1, errors: expect.stringContaining(reason) });
    expect(answer.errors).not.toContain("    at ");
  });

  test("where nobody is asking, or somebody else than who they say", async () => {
    const stranger = await query(["decisions"], { AWS_SECRET_ACCESS_KEY: "wrong" });
    expect(stranger).toEqual({ output: "", code: 1, errors: expect.stringContaining("Access denied") });
    const unnamed = await query(["decisions"], nobody);
    expect(unnamed).toEqual({ output: "", code: 1, errors: expect.stringContaining("There are no credentials") });
  });

  test("where nobody answers", async () => {
    const { url, close } = await startServer(() => {});
    close();
    const { output, code, errors } = await query(["decisions", "--endpoint", url]);
    expect([output, code, errors]).toEqual(["", 1, expect.stringContaining(`No Gatehouse answers on ${url}`)]);
  });
});

describe("npm run query, of an answer that is long,", () => {
  const line = `${JSON.stringify(decisions[0])}\n`;

  test("says that it broke off, and doesn't pass for whole", async () => {
    const { url } = await startServer((response) => {
      response.write(line, () => response.destroy());
    });
    const { code, errors } = await query(["export/decisions", "--endpoint", url]);
    expect([code, errors]).toEqual([1, "The answer broke off: what was printed is not all of it.\n"]);
  });

  test("ends in peace when whatever reads it has seen enough", async () => {
    const { url, ended: answered } = await startServer((response) => pipeline(Readable.from(endless()), response));
    const { stdout, ended } = startCommand(gatehouse, "query", ["export/decisions", "--endpoint", url]);
    await once(stdout, "data");
    stdout.destroy();
    expect(await ended).toEqual({ code: 0, errors: "" });
    await expect(answered).rejects.toThrow();
  });

  test("fails where it can't be written, as to a disk that is full", async () => {
    await using file = await open("/dev/null", "r");
    const { ended } = startCommand(gatehouse, "query", ["export/decisions", "gateway=asked"], {}, file.fd);
    expect(await ended).toEqual({ code: 1, errors: expect.stringContaining("The output could not be written") });
  });

  function* endless() {
    for (;;) yield line;
  }
});

/** A server of nothing but one answer, for as long as the test runs. */
async function startServer(answer: (response: ServerResponse) => unknown) {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => {});
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    Promise.resolve(answer(response)).then(() => resolve(), reject);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // It listens on a port.
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(close);
  return { url: `http://127.0.0.1:${port}`, ended, close };
}
