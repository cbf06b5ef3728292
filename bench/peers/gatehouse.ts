import { startGatehouse } from "../../test/support/gatehouse.ts";

/** A Gatehouse in front of the upstream, with an engine of ten policies in ENFORCE. */
const gatehouse = await startGatehouse();
const gateway = await gatehouse.createGateway();
await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: process.argv[2] ?? "" } });
const conditions = Array.from({ length: 10 }, (_, index) => [
  `policy_${index}`,
  `permit(principal is AgentCore::OAuthUser, action == AgentCore::Action::"Up___${index === 0 ? "echo" : "transfer"}", resource == AgentCore::Gateway::"{gateway}") when { principal.hasTag("department") && principal.getTag("department") == "finance${index || ""}" };`,
]);
await gatehouse.attach(gateway, "ENFORCE", Object.fromEntries(conditions));
const token = await gatehouse.token(gateway, "alice", { department: "finance" });
process.send?.(JSON.stringify({ url: gateway.url, token }));
process.on("disconnect", () => void gatehouse[Symbol.asyncDispose]().then(() => process.exit()));
