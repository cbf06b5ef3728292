import { compare, type Measured, type Subject } from "./load.ts";
import { peers } from "./peers/start.ts";
import { round } from "./statistics.ts";

/** Where a gateway is, and as whom it is called. */
interface Entrance {
  readonly url: string;
  readonly token: string;
}

/**
 * A call of each kind of target straight, through a gateway without policies, and through one with a policy in ENFORCE; and
 * one with interceptors at both points. Stages of API Gateway are called as OpenAPI targets are, and signed as Smithy's.
 */
export async function benchKinds() {
  const { start, stop } = peers();
  try {
    const upstream = await start("upstream");
    const backend = await start("backends");
    const { open, enforcing, intercepted } = JSON.parse(await start("kinds", upstream, backend)) as Record<
      "open" | "enforcing" | "intercepted",
      Entrance
    >;
    const http = { url: `${backend}/echo`, plain: true };
    const kinds = ["McpServer", "OpenApi", "Smithy", "Lambda"] as const;
    const subjects: Subject[] = [
      { name: "MCP server, direct", tool: "echo", url: upstream },
      { name: "HTTP API, direct", tool: "echo", ...http },
      ...kinds.flatMap((kind) => [
        { name: `${kind}, gateway`, tool: toolOf(kind), ...open },
        { name: `${kind}, gateway and policy`, tool: toolOf(kind), ...enforcing },
      ]),
      { name: "McpServer, gateway, policy and interceptors", tool: toolOf("McpServer"), ...intercepted },
    ];
    const measured = await compare(subjects, { concurrency: 1, calls: 300, rounds: 5 });
    return { unit: "milliseconds", calls: measured, ...added(measured) };
  } finally {
    await stop();
  }
}

/** Every tool gives its argument back; an operation of Smithy has a name of its own. */
function toolOf(kind: string): string {
  return `${kind}___${kind === "Smithy" ? "Ask" : "echo"}`;
}

function added(measured: Record<string, Measured>) {
  const p50 = (name: string) => measured[name]?.p50 ?? Number.NaN;
  const share = (name: string, direct: string) =>
    round((measured[name]?.callsPerSecond ?? 0) / (measured[direct]?.callsPerSecond ?? 1), 2);
  const against = (kind: string, direct: string) => ({
    "added p50": round(p50(`${kind}, gateway and policy`) - p50(direct), 3),
    "of it the policy's": round(p50(`${kind}, gateway and policy`) - p50(`${kind}, gateway`), 3),
    "share of direct calls a second": share(`${kind}, gateway and policy`, direct),
  });
  return {
    added: {
      McpServer: against("McpServer", "MCP server, direct"),
      OpenApi: against("OpenApi", "HTTP API, direct"),
      Smithy: against("Smithy", "HTTP API, direct"),
    },
    "added by two interceptors, p50": round(
      p50("McpServer, gateway, policy and interceptors") - p50("McpServer, gateway and policy"),
      3,
    ),
  };
}
