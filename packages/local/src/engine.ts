import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { GatehouseError } from "@gatehouse/core/errors.ts";

/** A database that answers the DynamoDB API. */
export interface Engine {
  readonly endpoint: string;
  /** Resolves with the reason when the engine ends without having been stopped. */
  readonly died: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Ports that every browser refuses to talk to (Fetch standard, "port blocking"). The engine allows any web page to use
 * it (CORS for every origin), and can't be told otherwise; on such a port no page can (T07).
 */
const portsBlockedInBrowsers = [
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];
const attempts = 5;
const startMilliseconds = 10_000;
const stopMilliseconds = 700;

/**
 * Runs a command for as long as the host holds its standard input open. The pipe closes with the host, however that
 * ends, kill -9 included, so that no engine is left behind. A process group of its own keeps Ctrl-C from it: it is
 * stopped last, after what still needs it.
 */
const keeper = `exec 3<&0
"$@" 3<&- & engine=$!
{ read -r _ <&3; kill "$engine"; } 2>/dev/null & keeper=$!
wait "$engine"; status=$?
kill "$keeper" 2>/dev/null
exit $status`;

/** An engine that someone else runs. */
export function foreignEngine(endpoint: string): Engine {
  return { endpoint, died: new Promise(() => {}), stop: async () => {} };
}

/**
 * Starts the embedded engine and waits until it listens.
 * @param database the database file, or `undefined` for one in memory.
 * @throws GatehouseError `notFound` where there is no engine for this machine, `internal` where it doesn't start.
 */
export async function startEngine(database: string | undefined, binary = findBinary()): Promise<Engine> {
  if (binary === undefined || !existsSync(binary)) throw missing();
  let reason = "";
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = await freePort();
    const args = [
      "serve",
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      ...(database === undefined ? [] : ["--db-path", database]),
    ];
    const child = spawn("/bin/sh", ["-c", keeper, "gatehouse-engine", binary, ...args], {
      detached: true,
      stdio: "pipe",
    });
    const started = await listening(child);
    if (started === "listening") return running(child, `http://127.0.0.1:${port}`);
    reason = started.reason;
    // Another process may have taken the port since it was found free.
    if (!/(address|port) .*in use/i.test(reason)) break;
  }
  throw new GatehouseError("internal", `The database engine ${binary} didn't start: ${reason}.`);
}

/** The path of the engine's binary for this platform, if it is installed. */
export function findBinary(
  resolve: (id: string) => string = createRequire(import.meta.url).resolve,
): string | undefined {
  try {
    return join(dirname(resolve(`@dynoxide/${process.platform}-${process.arch}/package.json`)), "dynoxide");
  } catch {
    return undefined;
  }
}

function missing(): GatehouseError {
  return new GatehouseError(
    "notFound",
    `There is no database engine for ${process.platform}-${process.arch} here. Run "npm install" without --omit=optional, or ` +
      "set AWS_ENDPOINT_URL_DYNAMODB to the address of any DynamoDB, such as DynamoDB Local.",
  );
}

async function listening(child: ChildProcess): Promise<"listening" | { reason: string }> {
  const lines: string[] = [];
  const { promise, resolve } = Promise.withResolvers<"listening" | { reason: string }>();
  const timer = setTimeout(() => {
    child.stdin?.end();
    resolve({ reason: `it didn't listen within ${startMilliseconds / 1000} s` });
  }, startMilliseconds);
  child.once("error", (error) => resolve({ reason: error.message }));
  child.once("close", (code) => resolve({ reason: lines.join(" ") || `it ended with status ${code}` }));
  // Nobody may read the pipe's other end any more when the engine has died at once.
  child.stdin?.on("error", () => {});
  // Its own word is the proof: on the port itself another engine might be answering.
  if (child.stderr) {
    createInterface(child.stderr).on("line", (line) => {
      if (lines.push(line) > 10) lines.shift();
      if (line.includes("listening on")) resolve("listening");
    });
  }
  const result = await promise;
  clearTimeout(timer);
  return result;
}

function running(child: ChildProcess, endpoint: string): Engine {
  let stopping = false;
  const ended = once(child, "close");
  return {
    endpoint,
    died: ended.then(([code]) =>
      stopping ? new Promise<string>(() => {}) : `The database engine ended with status ${code}`,
    ),
    stop: async () => {
      stopping = true;
      child.stdin?.end();
      const timer = setTimeout(() => killGroup(child), stopMilliseconds);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** The engine has a group of its own, with its keeper. SQLite's log keeps the database whole. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself in the meantime.
  }
}

async function freePort(): Promise<number> {
  const shuffled = portsBlockedInBrowsers.map((port) => ({ port, at: Math.random() })).sort((a, b) => a.at - b.at);
  for (const { port } of shuffled) if ((await probe(port)) !== undefined) return port;
  const any = await probe(0);
  if (any === undefined) throw new GatehouseError("internal", "No port is free on 127.0.0.1.");
  return any;
}

/** The port, if it can be listened on. */
async function probe(port: number): Promise<number | undefined> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  server.once("error", () => resolve(undefined));
  server.listen(port, "127.0.0.1", () => {
    const address = server.address();
    server.close(() => resolve(typeof address === "object" ? address?.port : undefined));
  });
  return promise;
}
