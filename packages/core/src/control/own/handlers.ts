import type { ControlPlaneDependencies, HandlersOf } from "../handlers.ts";
import { gatewaySettingsHandlers } from "./gatewaySettings.ts";
import { policyAnalysisHandlers } from "./policyAnalysis.ts";
import { policyReplayHandlers } from "./policyReplays.ts";
import { policySchemaHandlers } from "./policySchema.ts";
import type { PolicyOperation } from "./policyTypes.ts";
import { toolDriftHandlers } from "./toolDrift.ts";
import type { ToolDriftOperation } from "./toolDriftTypes.ts";

/** The operations on what policies mean, on a gateway's own settings, and on tools that aren't as they were approved. */
export function ownOperationHandlers(
  dependencies: ControlPlaneDependencies,
): HandlersOf<PolicyOperation | ToolDriftOperation> {
  return {
    ...policySchemaHandlers(dependencies),
    ...gatewaySettingsHandlers(dependencies),
    ...policyAnalysisHandlers(dependencies),
    ...policyReplayHandlers(dependencies),
    ...toolDriftHandlers(dependencies),
  };
}
