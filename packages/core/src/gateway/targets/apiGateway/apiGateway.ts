import { callOperation, type HttpOptions } from "../openApiSchema/openApiSchema.ts";
import { discoveredElsewhere, type TargetKind } from "../target.ts";

/**
 * A stage of a REST API of API Gateway as a target. Calls are signed with the gateway's own role where that is the target's
 * credentials, and go out unsigned otherwise.
 */
export function apiGatewayTarget(options: HttpOptions): TargetKind {
  return {
    call: (invocation) => callOperation(invocation, options, "execute-api"),
    discover: discoveredElsewhere,
  };
}
