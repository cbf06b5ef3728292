import { onTestFinished } from "vitest";
import { type Host, type HostOptions, startHost } from "../host.ts";
import type { LambdaHandler } from "../lambda/handler.ts";
import { testTopology } from "./topology.ts";

const ok: LambdaHandler = () => ({ statusCode: 200, body: "{}" });

/** A host on any port that runs the test's handlers, and succeeding ones for the others; it is stopped with the test. */
export async function startTestHost(
  handlers: Partial<Record<keyof typeof testTopology.functions, LambdaHandler>> = {},
  options: Partial<HostOptions> = {},
): Promise<Host & { readonly log: string[] }> {
  const log: string[] = [];
  const named = new Map<string, LambdaHandler>(Object.entries(handlers));
  const host = await startHost({
    port: 0,
    data: ":memory:",
    topology: testTopology,
    loadFunction: async (name) => named.get(name) ?? ok,
    log: (line) => log.push(line),
    ...options,
  });
  onTestFinished(() => host.stop());
  return { ...host, log };
}
