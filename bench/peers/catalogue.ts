import { startGatehouse } from "../../test/support/gatehouse.ts";
import { startUpstream } from "../../test/support/upstream.ts";

/** A Gatehouse with 100 targets of 100 tools each, and a policy that lets everybody use all of them. Says its memory when asked. */
const tools = Array.from({ length: 100 }, (_, index) => ({
  name: `tool_${index}`,
  description: `Does what number ${index} is for, to the text that it is given`,
  inputSchema: { type: "object" as const, properties: { text: { type: "string" } } },
}));
const upstream = await startUpstream(tools);
const gatehouse = await startGatehouse();
const gateway = await gatehouse.createGateway({ search: true });
for (let index = 0; index < 100; index++) {
  await gatehouse.addTarget(gateway, `Target${index}`, { mcpServer: { endpoint: upstream.endpoint } });
}
await gatehouse.attach(gateway, "ENFORCE", {
  everything: `permit(principal, action, resource == AgentCore::Gateway::"{gateway}");`,
});
const token = await gatehouse.token(gateway, "alice");
process.send?.(JSON.stringify({ url: gateway.url, token }));
process.on("message", () => {
  // Twice: what the first round finalises, the second collects.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  process.send?.(JSON.stringify({ heapMegabytes: heapUsed / 2 ** 20, residentMegabytes: rss / 2 ** 20 }));
});
process.on("disconnect", () => void gatehouse[Symbol.asyncDispose]().then(() => process.exit()));
