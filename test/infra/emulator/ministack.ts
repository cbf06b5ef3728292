import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "@gatehouse/core/testing/freePort.ts";
import { account, region } from "../synth/graph.ts";
import { pythonOf } from "./install.ts";

/** A running AWS. */
export interface Ministack extends AsyncDisposable {
  /** Where every service answers. */
  readonly endpoint: string;
  /** Its root user, who may do everything. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** What it has logged, its functions included. */
  output(): string;
}

const startMilliseconds = 60_000;
/** A user whose key is the number of the account is its root. */
const credentials = { accessKeyId: account, secretAccessKey: "root-of-the-emulator" };
/** The `node` that functions run in is the one that this project pins. */
const executables = join(import.meta.dirname, "../../../node_modules/.bin");

/**
 * Starts ministack on a free port of loopback, with its data in a folder of its own, in the account and the region of the
 * synthesised deployments. It checks signatures and rights as AWS does: a function may do what its role says.
 */
export async function startMinistack(installed: string): Promise<Ministack> {
  for (let attempt = 1; ; attempt++) {
    const folder = await mkdtemp(join(tmpdir(), "gatehouse-ministack-"));
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const { child, output } = spawnIn(folder, installed, endpoint);
    const stop = async () => {
      await kill(child);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    };
    try {
      await ready(endpoint, child);
      return { endpoint, credentials, output, [Symbol.asyncDispose]: stop };
    } catch (error) {
      await stop();
      // Somebody else may have taken the port meanwhile: ministack can't be asked which one it has chosen.
      if (attempt < 3 && output().includes("already in use")) continue;
      throw new Error(`ministack doesn't start:\n${output()}`, { cause: error });
    }
  }
}

function spawnIn(folder: string, installed: string, endpoint: string) {
  // Nothing of whoever runs the tests gets in.
  const child = spawn(pythonOf(installed), [join(import.meta.dirname, "serve.py")], {
    cwd: folder,
    env: {
      PATH: [executables, process.env.PATH].join(delimiter),
      HOME: folder,
      TMPDIR: folder,
      STATE_DIR: join(folder, "state"),
      S3_DATA_DIR: join(folder, "s3"),
      BIND_HOST: "127.0.0.1",
      GATEWAY_PORT: new URL(endpoint).port,
      MINISTACK_ACCOUNT_ID: account,
      MINISTACK_REGION: region,
      AUTH: "true",
      // Listeners of their own, on ports that cannot be chosen freely.
      IOT_MTLS_ENABLED: "0",
      SFTP_ENABLED: "0",
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      PYTHONUNBUFFERED: "1",
      PYTHONDONTWRITEBYTECODE: "1",
    },
    // The functions' processes are of its group, and end with it.
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return { child, output: () => output };
}

async function ready(endpoint: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + startMilliseconds;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`It has ended with ${child.exitCode}.`);
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    if (Date.now() > deadline) throw new Error(`It isn't ready after ${startMilliseconds} ms.`);
    await delay(50);
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const ended = child.exitCode !== null || child.signalCode !== null;
  const closed = ended ? undefined : once(child, "close");
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nobody of the group is left.
  }
  await closed;
}
