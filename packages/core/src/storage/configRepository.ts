import { evaluatorItems, onlineEvaluationItems } from "./configRepository.evaluation.ts";
import { gatewayItems } from "./configRepository.gateways.ts";
import { jobItems } from "./configRepository.jobs.ts";
import { policyItems } from "./configRepository.policies.ts";
import { policyEngineItems } from "./configRepository.policyEngines.ts";
import { schemaItems } from "./configRepository.schemas.ts";
import { snapshots } from "./configRepository.snapshots.ts";
import { targetItems } from "./configRepository.targets.ts";
import type { ToolsTable } from "./configRepository.tools.ts";

export type { ConfigurationVersions } from "./configRepository.snapshots.ts";
export type { Page, PageRequest } from "./configRepository.table.ts";
export type { Catalogue, CatalogueChange, GatewayNames, Synchronization } from "./configRepository.targets.ts";

/** Gateways, targets, tools, policy engines, policies, evaluators, online evaluations, and the work that is asked for: everything that the config table holds. */
export type ConfigRepository = ReturnType<typeof configRepository>;

/** Reads and changes the config table: every change is one transaction that grows the versions readers go by. */
export function configRepository(table: ToolsTable) {
  return {
    ...gatewayItems(table),
    ...targetItems(table),
    ...schemaItems(table),
    ...policyEngineItems(table),
    ...policyItems(table),
    ...evaluatorItems(table),
    ...onlineEvaluationItems(table),
    ...jobItems(table),
    ...snapshots(table),
  };
}
