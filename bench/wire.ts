import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { parseStrictly, StrictParseError } from "@gatehouse/core/gateway/parse.ts";
import { outboundFetch } from "@gatehouse/core/outbound.ts";
import { matches } from "@gatehouse/core/patterns/match.ts";
import { compileProgram } from "@gatehouse/core/patterns/program.ts";
import { percentile, round, timeCalls } from "./statistics.ts";

/** What stands on the wire: the strict parser with an ordinary call and with the worst of texts, patterns, the egress guard. */
export async function benchWire() {
  return {
    "an ordinary call, parsed (microseconds)": ordinary(),
    "1 MB of the worst, parsed (milliseconds of processor time; goal: at most 50)": worst(),
    "patterns (microseconds)": patterns(),
    "an exchange of 300 bytes on loopback (microseconds)": await exchanges(),
  };
}

function ordinary() {
  const params = { name: "Target___tool", arguments: { amount: 5, to: "alice", note: "for the lunch of yesterday" } };
  const text = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { ...params, _meta: { progressToken: 1 } },
  });
  const time = (parse: (text: string) => unknown) =>
    round(
      percentile(
        timeCalls(() => parse(text), { calls: 20_000, warmUp: 5_000 }),
        0.5,
      ),
      2,
    );
  return { strict: time(parseStrictly), "JSON.parse": time(JSON.parse) };
}

const megabyte = 1_000_000;

function worst() {
  const list = (unit: (index: number) => string, open = "[", close = "]") => {
    const parts: string[] = [];
    for (let length = 0, index = 0; length < megabyte - 1_300; index++) {
      const part = unit(index);
      parts.push(part);
      length += part.length + 1;
    }
    return `${open}${parts.join(",")}${close}`;
  };
  const keys = (unit: (index: number) => string, count: number) =>
    `{${Array.from({ length: count }, (_, index) => `"${unit(index)}":0`).join(",")},"rest":"${"\\n".repeat(300_000)}"}`;
  const texts = {
    "many keys": keys((index) => `${index}`.padStart(12, "k"), 19_999),
    "long keys": keys((index) => `${index}`.padStart(256, "k"), 1_500),
    "keys of combining marks": keys((index) => `${index}a${"\u0315\u0300\u05ae".repeat(80)}`, 400),
    "keys with escapes": keys((index) => `\\u006b${index}`, 8_000),
    "arrays within arrays": list(() => `${"[".repeat(60)}${"]".repeat(60)}`),
    "empty objects": `[${"{},".repeat(99_990)}"${"x".repeat(700_000)}"]`,
    "nesting without end": "[".repeat(megabyte),
    numbers: list(() => "0"),
    "long numbers": list(() => "2.2250738585072011e-308"),
    "one long number": `1.${"0".repeat(megabyte)}1`,
    "short strings with escapes": list(() => '"\\n"'),
    "one string of escapes": `"${"\\u00e9".repeat(megabyte / 6)}"`,
    "surrogate pairs": `"${"\\ud83d\\ude00".repeat(megabyte / 12)}"`,
    whitespace: list((index) => `"a${index}":"b"${" ".repeat(1_000)}`, "{", "}"),
    "no JSON": `[${"1,".repeat(megabyte / 2)}`,
  };
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      return [
        name,
        { least: round(Math.min(...Array.from({ length: 12 }, () => processorTime(text)))), is: attempt(text) },
      ];
    }),
  );
}

/** Of the processor: what else the machine does takes time too, and is none of the text's. */
function processorTime(text: string): number {
  const before = process.cpuUsage();
  attempt(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function attempt(text: string): string {
  try {
    parseStrictly(text);
    return "accepted";
  } catch (error) {
    if (error instanceof StrictParseError) return "refused";
    throw error;
  }
}

function patterns() {
  const cases = {
    "^[a-z0-9-]{1,64}$": "gatehouse-1",
    "^\\d{4}-\\d{2}-\\d{2}$": "2026-11-26",
    "^.{1,2048}$": "x".repeat(200),
  };
  return Object.fromEntries(
    Object.entries(cases).map(([pattern, text]) => {
      const program = compileProgram(pattern);
      const native = new RegExp(pattern, "u");
      const time = (test: () => boolean) =>
        round(percentile(timeCalls(test, { calls: 20_000, warmUp: 5_000 }), 0.5), 2);
      return [
        pattern,
        { linear: time(() => matches(program, text, { steps: 1e6 })), native: time(() => native.test(text)) },
      ];
    }),
  );
}

async function exchanges() {
  const body = JSON.stringify({ text: "x".repeat(280) });
  const server = createServer((incoming, outgoing) => incoming.resume().on("end", () => outgoing.end(body)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
  const init = { method: "POST", body, allowLoopback: true };
  const agent = new Agent({ keepAlive: true });
  const ways = {
    guarded: async () => (await outboundFetch(url, init)).text(),
    "node:http": () => plainExchange(url, body, agent),
    fetch: async () => (await fetch(url, { method: "POST", body })).text(),
  };
  const samples = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
  // In turn, so that a machine that slows down slows all of them alike.
  for (let round = 0; round < 3_000; round++) {
    for (const [name, exchange] of Object.entries(ways)) {
      const start = performance.now();
      await exchange();
      if (round >= 500) samples.get(name)?.push((performance.now() - start) * 1_000);
    }
  }
  agent.destroy();
  server.closeAllConnections();
  server.close();
  return Object.fromEntries([...samples].map(([name, times]) => [name, round(percentile(times, 0.5))]));
}

function plainExchange(url: string, body: string, agent: Agent): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const outgoing = request(url, { method: "POST", agent }, (incoming) => {
    let text = "";
    incoming.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    incoming.once("end", () => resolve(text)).once("error", reject);
  });
  outgoing.once("error", reject).end(body);
  return promise;
}
