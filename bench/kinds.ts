import { compare, type Measured, type Subject } from "./load.ts";
import { peers } from "./peers/start.ts";
import { round } from "./statistics.ts";

/** Where a gateway is, and as whom it is called. */
interface Entrance {
  readonly url: string;
  readonly token: string;
}

/**
 * A call of each kind of target straight, through a gateway without policies, through one with a policy in ENFORCE, and
 * through one with interceptors at both points besides.
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
    const kinds = ["McpServer", "OpenApi", "ApiGateway", "Smithy", "Lambda"] as const;
    const subjects: Subject[] = [
      { name: "MCP server, direct", tool: "echo", url: upstream },
      { name: "HTTP API, direct", tool: "echo", ...http },
      ...kinds.flatMap((kind) => [
        { name: `${kind}, gateway`, tool: toolOf(kind), ...open },
        { name: `${kind}, gateway and policy`, tool: toolOf(kind), ...enforcing },
        { name: `${kind}, gateway, policy and interceptors`, tool: toolOf(kind), ...intercepted },
      ]),
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
  const interceptors = (kind: string) => ({
    "more with two interceptors": round(
      p50(`${kind}, gateway, policy and interceptors`) - p50(`${kind}, gateway and policy`),
      3,
    ),
  });
  const against = (kind: string, direct: string) => ({
    "added p50": round(p50(`${kind}, gateway and policy`) - p50(direct), 3),
    "of it the policy's": round(p50(`${kind}, gateway and policy`) - p50(`${kind}, gateway`), 3),
    "share of direct calls a second": share(`${kind}, gateway and policy`, direct),
    ...interceptors(kind),
  });
  return {
    added: {
      McpServer: against("McpServer", "MCP server, direct"),
      OpenApi: against("OpenApi", "HTTP API, direct"),
      ApiGateway: against("ApiGateway", "HTTP API, direct"),
      Smithy: against("Smithy", "HTTP API, direct"),
      // It runs in the gateway's own process: there is no way to it but through the gateway.
      Lambda: interceptors("Lambda"),
    },
  };
}
