import { startGatehouse } from "../../test/support/gatehouse.ts";

/** A Gatehouse in front of the upstream: a gateway with an engine of ten policies in ENFORCE, and one without. */
const gatehouse = await startGatehouse();
const conditions = Array.from({ length: 10 }, (_, index) => [
  `policy_${index}`,
  `permit(principal is AgentCore::OAuthUser, action == AgentCore::Action::"Up___${index === 0 ? "echo" : "transfer"}", resource == AgentCore::Gateway::"{gateway}") when { principal.hasTag("department") && principal.getTag("department") == "finance${index || ""}" };`,
]);

async function entrance(policies?: Record<string, string>) {
  const gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: process.argv[2] ?? "" } });
  if (policies !== undefined) await gatehouse.attach(gateway, "ENFORCE", policies);
  return { url: gateway.url, token: await gatehouse.token(gateway, "alice", { department: "finance" }) };
}

const entrances = { enforcing: await entrance(Object.fromEntries(conditions)), open: await entrance() };
process.send?.(JSON.stringify(entrances));
process.on("disconnect", () => void gatehouse[Symbol.asyncDispose]().then(() => process.exit()));
