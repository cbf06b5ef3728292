import { type ChildProcess, execFile, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "@gatehouse/core/testing/freePort.ts";

/** Starts what is measured in processes of their own, and ends them all together. */
export function peers() {
  const children: ChildProcess[] = [];

  /** The address of a peer of this folder, or whatever it says of itself. */
  async function start(name: string, ...args: string[]): Promise<string> {
    const child = fork(`${import.meta.dirname}/${name}.ts`, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    children.push(child);
    const ended = once(child, "exit").then(() => {
      throw new Error(`${name} ended before it was ready.`);
    });
    ended.catch(() => {});
    const [message] = await Promise.race([once(child, "message"), ended]);
    return String(message);
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
    for (let attempt = 0; attempt < 100; attempt++) {
      const up = await fetch(`${url}/moto-api/`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (up) return url;
      await delay(100);
    }
    throw new Error("Moto's server doesn't answer.");
  }

  async function stop(): Promise<void> {
    for (const child of children) {
      if (child.connected) child.disconnect();
      else child.kill();
    }
    await Promise.all(
      children.map((child) => (child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined)),
    );
  }

  return { start, startMoto, stop };
}
