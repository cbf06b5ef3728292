import { startGatehouse } from "../../test/support/gatehouse.ts";

/** A Gatehouse with 100 targets of 100 tools each, and a policy that lets everybody use all of them. Says its memory when asked. */
const endpoint = process.argv[2] ?? "";
const gatehouse = await startGatehouse();
const gateway = await gatehouse.createGateway({ search: true });
for (let index = 0; index < 100; index++) {
  await gatehouse.addTarget(gateway, `Target${index}`, { mcpServer: { endpoint } });
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
