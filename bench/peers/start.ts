import { type ChildProcess, execFile, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "@gatehouse/core/testing/freePort.ts";

/** Starts what is measured in processes of their own, and ends them all together. */
export function peers() {
  const children: ChildProcess[] = [];
  const groups: ChildProcess[] = [];
  const named = new Map<string, ChildProcess>();

  /** The address of a peer of this folder, or whatever it says of itself. */
  async function start(name: string, ...args: string[]): Promise<string> {
    const child = fork(`${import.meta.dirname}/${name}.ts`, args, {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      execArgv: ["--expose-gc"],
    });
    children.push(child);
    named.set(name, child);
    const ended = once(child, "exit").then(() => {
      throw new Error(`${name} ended before it was ready.`);
    });
    ended.catch(() => {});
    const [message] = await Promise.race([once(child, "message"), ended]);
    return String(message);
  }

  /** What a peer says when it is asked. */
  async function ask(name: string, question: string): Promise<string> {
    const child = named.get(name);
    if (child === undefined) throw new Error(`${name} was not started.`);
    child.send(question);
    const [answer] = await once(child, "message");
    return String(answer);
  }

  /** The address of Moto's server, a well-known emulator of AWS in Python; undefined where it isn't installed. */
  async function startMoto(): Promise<string | undefined> {
    const installed = await promisify(execFile)("moto_server", ["--help"]).then(
      () => true,
      () => false,
    );
    if (!installed) return undefined;
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    children.push(spawn("moto_server", ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" }));
    await untilUp(`${url}/moto-api/`, "Moto's server");
    return url;
  }

  /**
   * The address of supergateway, a well-known gateway of MCP from npm, before a server on standard input and output; undefined
   * where npm can't fetch it.
   */
  async function startSupergateway(): Promise<string | undefined> {
    const command = ["--yes", "--package", "supergateway@4.0.0", "supergateway"];
    const fetched = await promisify(execFile)("npx", [...command, "--help"], { timeout: 120_000 }).then(
      () => true,
      () => false,
    );
    if (!fetched) return undefined;
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const server = `${process.execPath} ${import.meta.dirname}/stdioServer.ts`;
    const options = ["--outputTransport", "streamableHttp", "--stateful", "--logLevel", "none"];
    const args = [...command, "--stdio", server, ...options, "--port", String(port), "--healthEndpoint", "/healthz"];
    // A group of its own: npx, what it runs and the server end together.
    groups.push(spawn("npx", args, { stdio: "ignore", detached: true }));
    await untilUp(`${url}/healthz`, "supergateway");
    return `${url}/mcp`;
  }

  async function stop(): Promise<void> {
    for (const { pid } of groups) if (pid !== undefined) process.kill(-pid);

    for (const child of children) {
      if (child.connected) child.disconnect();
      else child.kill();
    }
    await Promise.all(
      children.map((child) => (child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined)),
    );
  }

  return { start, ask, startMoto, startSupergateway, stop };
}

async function untilUp(url: string, name: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const up = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (up) return;
    await delay(100);
  }
  throw new Error(`${name} doesn't answer.`);
}
