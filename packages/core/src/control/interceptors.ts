import type { GatewayInterceptorConfiguration } from "@aws-sdk/client-bedrock-agentcore-control";
import { refuse } from "./supported.ts";

/**
 * Makes sure that a gateway has at most one interceptor at each point, and that each is a Lambda function.
 * @throws GatehouseError `validation`
 */
export function checkInterceptors(configurations: readonly GatewayInterceptorConfiguration[] = []): void {
  const taken = new Set<string>();
  for (const [index, { interceptor, interceptionPoints = [] }] of configurations.entries()) {
    const path = `interceptorConfigurations.${index}`;
    if (interceptor?.lambda === undefined) refuse(`${path}.interceptor`, "must be lambda");
    for (const point of interceptionPoints) {
      if (taken.has(point)) {
        refuse(`${path}.interceptionPoints`, `can't have ${point} again: a gateway has one interceptor at each point`);
      }
      taken.add(point);
    }
  }
}
