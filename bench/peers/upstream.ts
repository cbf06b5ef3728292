import { startUpstream, upstreamTools } from "../../test/support/upstream.ts";

/** An MCP server; with as many tools as its argument says, or else with a few. */
const count = Number(process.argv[2] ?? 0);
const numbered = Array.from({ length: count }, (_, index) => ({
  name: `tool_${index}`,
  description: `Does what number ${index} is for, to the text that it is given`,
  inputSchema: { type: "object" as const, properties: { text: { type: "string" } } },
}));
const { endpoint, calls } = await startUpstream(count === 0 ? upstreamTools : numbered);
// What it was asked is for tests.
setInterval(() => calls.splice(0), 1_000).unref();
process.send?.(endpoint);
process.on("disconnect", () => process.exit());
