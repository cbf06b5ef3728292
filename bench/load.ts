import { Agent, request as requestHttp } from "node:http";
import { percentile, round, type Summary, summary } from "./statistics.ts";

/** An MCP endpoint under load: where it is, what is called there, and as whom. */
export interface Subject {
  readonly name: string;
  readonly url: string;
  readonly tool: string;
  readonly token?: string;
  /** The session of a server that speaks the older protocol, with sessions; without one it is 2026-07-28. */
  readonly session?: string;
  /** Whether it is a plain HTTP API, which is sent the arguments alone. */
  readonly plain?: boolean;
}

/** What one subject did at one concurrency. */
export interface Measured extends Summary {
  readonly callsPerSecond: number;
}

/**
 * Calls the subjects in turn, round by round, so that a machine that slows down slows all of them alike. Latencies in
 * milliseconds, over all rounds.
 */
export async function compare(
  subjects: readonly Subject[],
  { concurrency, calls, rounds }: { concurrency: number; calls: number; rounds: number },
): Promise<Record<string, Measured>> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const latencies = new Map(subjects.map(({ name }) => [name, [] as number[]]));
  const rates = new Map(subjects.map(({ name }) => [name, [] as number[]]));
  for (const subject of subjects) await run(subject, agent, concurrency, calls);
  for (let index = 0; index < rounds; index++) {
    for (const subject of subjects) {
      const { samples, seconds } = await run(subject, agent, concurrency, calls);
      latencies.get(subject.name)?.push(...samples);
      rates.get(subject.name)?.push(samples.length / seconds);
    }
  }
  agent.destroy();
  return Object.fromEntries(
    subjects.map(({ name }) => {
      const { p50, p99 } = summary(latencies.get(name) ?? []);
      const callsPerSecond = Math.round(percentile(rates.get(name) ?? [], 0.5));
      return [name, { p50: round(p50, 3), p99: round(p99, 3), callsPerSecond }];
    }),
  );
}

/** Calls one subject so often, and so many at a time. */
export async function run(subject: Subject, agent: Agent, concurrency: number, calls: number) {
  const samples: number[] = [];
  let left = calls;
  const startedAt = performance.now();
  const worker = async () => {
    while (left-- > 0) {
      const start = performance.now();
      await call(subject, agent, left);
      samples.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { samples, seconds: (performance.now() - startedAt) / 1_000 };
}

const modernMeta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1.0.0" },
};

/** One tools/call with as little client around it as there can be; its answer must have its argument in it. */
async function call(subject: Subject, agent: Agent, id: number): Promise<void> {
  const argument = `call ${id}`;
  if (subject.plain) return void (await post(subject.url, agent, JSON.stringify({ text: argument }), {}));
  const text = await request(subject, agent, "tools/call", { name: subject.tool, arguments: { text: argument } }, id);
  if (!text.includes(argument)) throw new Error(`${subject.url} answered: ${text.slice(0, 300)}`);
}

/** One request of MCP, and the body of its answer. @throws Error unless its status is 200. */
export function request(
  { url, token, session }: Pick<Subject, "url" | "token" | "session">,
  agent: Agent,
  method: string,
  params: { readonly name?: string; readonly arguments?: object },
  id = 0,
): Promise<string> {
  const meta = session === undefined ? { _meta: modernMeta } : {};
  const body = JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, ...meta } });
  return post(url, agent, body, {
    Accept: "application/json, text/event-stream",
    ...(session === undefined
      ? { "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method }
      : { "MCP-Protocol-Version": legacyVersion, "Mcp-Session-Id": session }),
    ...(session === undefined && params.name !== undefined ? { "Mcp-Name": params.name } : {}),
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
  });
}

function post(url: string, agent: Agent, body: string, more: Readonly<Record<string, string>>): Promise<string> {
  const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body), ...more };
  return new Promise((resolve, reject) => {
    const outgoing = requestHttp(url, { method: "POST", agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${url} answered ${response.statusCode}: ${text.slice(0, 300)}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

const legacyVersion = "2025-06-18";

/** Begins a session of the older protocol. @returns its id */
export async function beginSession(url: string): Promise<string> {
  const post = (message: object, headers: Record<string, string> = {}) =>
    fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json, text/event-stream", ...headers },
      body: JSON.stringify({ jsonrpc: "2.0", ...message }),
    });
  const clientInfo = { name: "bench", version: "1.0.0" };
  const params = { protocolVersion: legacyVersion, capabilities: {}, clientInfo };
  const response = await post({ id: 0, method: "initialize", params });
  await response.text();
  const session = response.headers.get("mcp-session-id");
  if (session === null) throw new Error(`${url} began no session: ${response.status}`);
  const headers = { "Mcp-Session-Id": session, "MCP-Protocol-Version": legacyVersion };
  await (await post({ method: "notifications/initialized" }, headers)).text();
  return session;
}
