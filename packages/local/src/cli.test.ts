import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { decodeJwt } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { findBinary } from "./engine.ts";
import { temporaryFolder } from "./testing/folder.ts";
import { processesWith } from "./testing/processes.ts";

interface Program {
  readonly child: ChildProcess;
  /** Waits for a line of standard output that matches. */
  line(pattern: RegExp): Promise<string>;
  /** Waits for the end. */
  ended(): Promise<{ readonly status: number | null; readonly errors: string[]; readonly lines: string[] }>;
}

/** Runs one of this package's programs. Options of `env` that are undefined are taken out. */
function run(program: string, args: readonly string[], env: Record<string, string> = {}): Program {
  const child = spawn(process.execPath, [join(import.meta.dirname, program), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, AWS_ENDPOINT_URL_DYNAMODB: "", ...env },
  });
  const lines: string[] = [];
  const errors: string[] = [];
  const closed = once(child, "close");
  // Asked politely, it takes its temporary folder with it.
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await closed;
  });
  const output = createInterface(child.stdout).on("line", (line) => lines.push(line));
  createInterface(child.stderr).on("line", (line) => errors.push(line));
  return {
    child,
    line: async (pattern) => {
      const seen = () => lines.find((line) => pattern.test(line));
      while (seen() === undefined) {
        const more = await Promise.race([once(output, "line"), closed.then(() => "ended")]);
        if (more === "ended" && seen() === undefined) throw new Error(`It ended: ${errors.join("\n")}`);
      }
      return seen() ?? "";
    },
    ended: async () => {
      const [status] = await closed;
      return { status, errors, lines };
    },
  };
}

async function ready(args: readonly string[], env?: Record<string, string>) {
  const program = run("testing/main.ts", ["--port", "0", ...args], env);
  const url = (await program.line(/^Gatehouse ready/)).replace("Gatehouse ready on ", "");
  return { ...program, url };
}

/** The engine, and what keeps it, of a data folder. */
const enginesOf = (data: string) => processesWith([join(data, "tables.sqlite")]);

/** Waits until processes have gone; there is no event for those that aren't ours. */
async function gone(ids: readonly number[]): Promise<void> {
  const left = () =>
    ids.filter((id) => {
      try {
        return process.kill(id, 0);
      } catch {
        return false;
      }
    });
  await expect.poll(left, { interval: 10, timeout: 5_000 }).toEqual([]);
}

describe("npm start", () => {
  test("says that it is ready in its first line, and then how to connect", async () => {
    const data = await temporaryFolder();
    const { child, url, ended } = await ready(["--data", data]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const left = await enginesOf(data);
    expect(left).not.toEqual([]);

    child.kill("SIGINT");
    const { status, lines, errors } = await ended();
    expect({ status, errors }).toEqual({ status: 0, errors: [] });
    expect(lines[0]).toBe(`Gatehouse ready on ${url}`);
    const text = lines.join("\n");
    for (const part of [`${url}/gateways/g/mcp`, `${url}/idp`, "npm run --silent token"]) expect(text).toContain(part);
    expect(JSON.parse(text.slice(text.indexOf("{")))).toEqual({
      mcpServers: {
        gatehouse: { type: "http", url: `${url}/gateways/g/mcp`, headers: { Authorization: "Bearer <TOKEN>" } },
      },
    });
    await gone(left);
  });

  test.each(["SIGTERM", "SIGHUP"] as const)("stops on %s, leaving no process", async (signal) => {
    const data = await temporaryFolder();
    const { child, ended } = await ready(["--data", data, "--no-example"]);
    const left = await enginesOf(data);
    child.kill(signal);
    expect((await ended()).status).toBe(0);
    await gone(left);
  });

  test("killed with kill -9, leaves no process, loses no event, and can be started again at once (T22)", async () => {
    const data = await temporaryFolder();
    const first = await ready(["--data", data], { TEST_RECORD_FAILS: "true" });
    expect((await fetch(`${first.url}/web/1`)).status).toBe(200);
    const left = await enginesOf(data);
    first.child.kill("SIGKILL");
    await first.ended();

    const second = await ready(["--data", data]);
    await second.line(/^recorded 1$/);
    await gone(left);
  });

  test.each([
    [["--porrt", "1"], "Unknown option '--porrt'. See \"npm start -- --help\"."],
    [["--port", "http"], 'The port must be a number from 0 to 65535, not "http".'],
    [["--data", "/dev/null/x"], "The data folder /dev/null/x can't be written"],
    [["--data", "/proc/x/y"], "The data folder /proc/x/y can't be written"],
    [["--lambdas", "/nowhere"], "The folder of Lambda functions /nowhere can't be read"],
    [
      ["--bind", "0.0.0.0"],
      "The example's users sign in at the development issuer, which is off when bound to 0.0.0.0.",
    ],
  ])("with %j says in one line what is wrong", async (args, message) => {
    const { status, errors, lines } = await run("testing/main.ts", [
      "--port",
      "0",
      "--data",
      ":memory:",
      ...args,
    ]).ended();
    expect(status).toBe(1);
    expect(errors).toEqual([expect.stringContaining(message)]);
    expect(lines).toEqual([]);
  });

  test("on a port that is in use says in one line what to do", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    const data = await temporaryFolder();
    const { status, errors } = await run("testing/main.ts", ["--port", port, "--data", data]).ended();
    expect(status).toBe(1);
    expect(errors).toEqual([
      `Port ${port} on 127.0.0.1 is in use. Stop what uses it, or choose another port with --port or GATEHOUSE_PORT.`,
    ]);
    expect(await enginesOf(data)).toEqual([]);
  });

  test("on the data of another Gatehouse that runs says in one line what to do", async () => {
    const data = await temporaryFolder();
    await ready(["--data", data]);
    const { status, errors } = await run("testing/main.ts", ["--port", "0", "--data", data]).ended();
    expect(status).toBe(1);
    expect(errors).toEqual([expect.stringMatching(/^Another Gatehouse is running on .* --data\.$/)]);
  });

  test("ends with a line and status 1 when its database engine does", async () => {
    const data = await temporaryFolder();
    const { ended } = await ready(["--data", data]);
    const [engine] = await processesWith([join(data, "tables.sqlite")], ["/bin/sh"]);
    expect(findBinary()).toBeDefined();
    process.kill(engine ?? 0, "SIGKILL");
    const { status, errors } = await ended();
    expect(status).toBe(1);
    expect(errors).toEqual([expect.stringMatching(/^The database engine ended with status 137\./)]);
  });

  test("with --help explains its options", async () => {
    const { status, lines } = await run("main.ts", ["--help"]).ended();
    expect(status).toBe(0);
    expect(lines[0]).toBe("Usage: npm start -- [options]");
  });
});

describe("npm run token", () => {
  test("prints just a token, for the example's gateway unless told otherwise", async () => {
    const { url } = await ready(["--data", ":memory:"]);
    const args = [
      "--url",
      url,
      "--user",
      "bob",
      "--claim",
      "department=finance",
      "--claim",
      "note=a=b",
      "--client",
      "agent",
    ];
    const { status, lines } = await run("token.ts", args).ended();
    expect(status).toBe(0);
    expect(lines).toHaveLength(1);
    expect(decodeJwt(lines[0] ?? "")).toMatchObject({
      sub: "bob",
      client_id: "agent",
      aud: `${url}/gateways/g/mcp`,
      department: "finance",
      note: "a=b",
    });
    const other = await run("token.ts", ["--url", url, "--audience", "other"]).ended();
    expect(decodeJwt(other.lines[0] ?? "").aud).toBe("other");
  });

  test.each([
    [["--url", "http://127.0.0.1:1"], "No Gatehouse answers on http://127.0.0.1:1."],
    [["--claim", "finance"], "--claim takes NAME=VALUE"],
    [["--usr", "x"], "Unknown option '--usr'"],
  ])("with %j says in one line what is wrong", async (args, message) => {
    const { status, errors } = await run("token.ts", args).ended();
    expect(status).toBe(1);
    expect(errors).toEqual([expect.stringContaining(message)]);
  });
});
