import { defaultRedaction } from "../../observability/redaction/redact.ts";
import { defaultInterceptorTimeoutSeconds } from "../../storage/records.ts";
import type { GatewaySettings } from "./policyTypes.ts";

/** How a gateway is where nothing is said. */
export const gatewaySettingsDefaults: Omit<GatewaySettings, "gatewayArn" | "oauthClient"> = {
  explainDenials: false,
  recordArguments: defaultRedaction,
  recordResults: defaultRedaction,
  toolNames: "QUALIFIED",
  changedTools: "QUARANTINE",
  newTools: "QUARANTINE",
  targetSettings: [],
  rateLimits: [],
  requestInterceptorFailure: "FAIL_CLOSED",
  responseInterceptorFailure: "FAIL_CLOSED",
  interceptorTimeoutSeconds: defaultInterceptorTimeoutSeconds,
  urlElicitation: "DECLARED",
  interceptorContext: [],
};
