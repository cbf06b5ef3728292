import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { TestGatehouse } from "./gatehouse.ts";

/** A command of `package.json` that asks a running Gatehouse, as a process of its own. */
export interface Command {
  readonly child: ChildProcess;
  readonly stdout: Readable;
  /** How it ended, and what it has written to its standard error. */
  readonly ended: Promise<{ readonly code: number | null; readonly errors: string }>;
}

/**
 * Starts a command, as the administrator, for as long as the test runs.
 * @param stdout where it writes to, if not to the test: a file descriptor.
 */
export function startCommand(
  { url, host }: TestGatehouse,
  name: "query" | "tail" | "reconcile",
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  stdout: "pipe" | number = "pipe",
): Command {
  const { accessKeyId, secretAccessKey } = host.administrator;
  const file = fileURLToPath(new URL(`../../packages/apply/src/${name}.ts`, import.meta.url));
  // The test's own environment has the host's made-up names, none of which a user's has.
  const { PATH = "" } = process.env;
  const env = { PATH, AWS_REGION: host.region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  const child = spawn(process.execPath, [file, "--endpoint", url, ...args], {
    env: { ...env, ...environment },
    stdio: ["ignore", stdout, "pipe"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const ended = once(child, "close").then(([code]) => ({ code, errors }));
  return { child, stdout: child.stdout ?? Readable.from([]), ended };
}
