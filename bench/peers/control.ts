import { startGatehouse } from "../../test/support/gatehouse.ts";
import { startUpstream } from "../../test/support/upstream.ts";

/** A Gatehouse to administer, with a gateway whose only policy is changed under load. */
const gatehouse = await startGatehouse();
const upstream = await startUpstream();
const gateway = await gatehouse.createGateway();
await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
const policyEngineId = await gatehouse.attach(gateway, "ENFORCE", {
  switched: 'permit(principal, action, resource == AgentCore::Gateway::"{gateway}");',
});
const token = await gatehouse.token(gateway, "alice");
const { url, region, administrator } = gatehouse.host;
process.send?.(JSON.stringify({ url, region, administrator, gateway, policyEngineId, token }));
process.on("disconnect", () => void gatehouse[Symbol.asyncDispose]().then(() => process.exit()));
