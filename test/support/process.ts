import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { AccessKey } from "./signedRequest.ts";

/** `npm start` as a process of its own. */
export interface GatehouseProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** The MCP endpoint of the insurance example. */
  readonly endpoint: string;
  /** The access key that it prints. */
  readonly administrator: AccessKey;
  /** Everything that it has written to its standard output and standard error so far. */
  readonly output: () => string;
  /** Ends it as the system would: at once, with nothing written or said. */
  kill(): Promise<void>;
}

const main = fileURLToPath(new URL("../../packages/local/src/main.ts", import.meta.url));

/** Starts Gatehouse on any free port and waits until it says that it is ready. */
export async function spawnGatehouse(data: string, environment: NodeJS.ProcessEnv = {}): Promise<GatehouseProcess> {
  const child = spawn(process.execPath, [main, "--port", "0", "--data", data], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  // What a test doesn't expect must be seen.
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout });
  let url: string | undefined;
  let endpoint: string | undefined;
  for await (const line of lines) {
    url ??= /^Gatehouse ready on (\S+)$/.exec(line)?.[1];
    endpoint ??= /MCP endpoint\s+(\S+)/.exec(line)?.[1];
    const [, accessKeyId, secretAccessKey] = /AWS_ACCESS_KEY_ID=(\S+) AWS_SECRET_ACCESS_KEY=(\S+)/.exec(line) ?? [];
    if (url === undefined || endpoint === undefined || accessKeyId === undefined || secretAccessKey === undefined)
      continue;
    child.stdout.resume();
    const kill = async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    };
    return { child, url, endpoint, administrator: { accessKeyId, secretAccessKey }, output: () => output, kill };
  }
  throw new Error("Gatehouse ended before it was ready.");
}

/** A token of the development issuer of a running Gatehouse. */
export async function tokenOf(gatehouse: GatehouseProcess, user: string): Promise<string> {
  const form = new URLSearchParams({
    grant_type: "password",
    username: user,
    client_id: "agent",
    audience: gatehouse.endpoint,
  });
  const response = await fetch(`${gatehouse.url}/idp/token`, { method: "POST", body: form });
  const { access_token } = (await response.json()) as { access_token: string };
  return access_token;
}
