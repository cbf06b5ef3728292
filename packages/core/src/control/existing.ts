import { gatewayNotFound } from "../storage/configRepository.gateways.ts";
import { policyEngineNotFound } from "../storage/configRepository.policyEngines.ts";
import type { ConfigRepository } from "../storage/configRepository.ts";
import type { GatewayRecord, PolicyEngineRecord } from "../storage/records.ts";

/** The gateway of an id. @throws GatehouseError `notFound` when there is none. */
export async function existingGateway(
  { getGateway }: Pick<ConfigRepository, "getGateway">,
  gatewayId: string,
): Promise<GatewayRecord> {
  const record = await getGateway(gatewayId);
  if (record === undefined) throw gatewayNotFound(gatewayId);
  return record;
}

/** The policy engine of an id. @throws GatehouseError `notFound` when there is none. */
export async function existingPolicyEngine(
  { getPolicyEngine }: Pick<ConfigRepository, "getPolicyEngine">,
  policyEngineId: string,
): Promise<PolicyEngineRecord> {
  const record = await getPolicyEngine(policyEngineId);
  if (record === undefined) throw policyEngineNotFound(policyEngineId);
  return record;
}
