import { gatewayRoles } from "@gatehouse/core/gateway/targets/credentials/gatewayRoles.ts";
import {
  createRequestSigner,
  processCredentials,
  type RequestSigner,
} from "@gatehouse/core/gateway/targets/http/sign.ts";
import type { Environment } from "./environment.ts";

/** What signs requests to targets: on AWS their gateway's role, and never that of a function, which reaches Gatehouse's own. */
export function requestSigner({ assumeGatewayRoles, region }: Environment): RequestSigner {
  return createRequestSigner({ credentials: assumeGatewayRoles ? gatewayRoles({ region }) : processCredentials() });
}
