import type { ControlPlaneDependencies, HandlersOf } from "../handlers.ts";
import { gatewaySettingsHandlers } from "./gatewaySettings.ts";
import { policyAnalysisHandlers } from "./policyAnalysis.ts";
import { policyReplayHandlers } from "./policyReplays.ts";
import { policySchemaHandlers } from "./policySchema.ts";
import type { PolicyOperation } from "./policyTypes.ts";

/** The operations on what policies mean, and on a gateway's own settings. */
export function policyOperationHandlers(dependencies: ControlPlaneDependencies): HandlersOf<PolicyOperation> {
  return {
    ...policySchemaHandlers(dependencies),
    ...gatewaySettingsHandlers(dependencies),
    ...policyAnalysisHandlers(dependencies),
    ...policyReplayHandlers(dependencies),
  };
}
