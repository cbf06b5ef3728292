import { gatewayNotFound } from "../../storage/configRepository.gateways.ts";
import type { ControlPlaneDependencies, HandlersOf } from "../handlers.ts";

/** The operation that answers what policies of a gateway can speak of. */
export function policySchemaHandlers({
  repository,
  policies,
}: ControlPlaneDependencies): HandlersOf<"GetGatewayPolicySchema"> {
  return {
    async GetGatewayPolicySchema({ gatewayIdentifier }) {
      const configuration = await repository.loadGateway(gatewayIdentifier);
      if (configuration === undefined) throw gatewayNotFound(gatewayIdentifier);
      return { gatewayArn: configuration.gateway.gatewayArn, ...policies.describeSchema(configuration) };
    },
  };
}
