import type { StaticOperationSchema } from "@smithy/types";
import { administrationOperations } from "../administration/operations.ts";
import type { AdministrationOperations } from "../administration/types.ts";
import { type TokenVaultOperations, tokenVaultOperations } from "../identity/tokenVaultOperations.ts";
import { policyOperations } from "./policyOperations.ts";
import type { PolicyOperations } from "./policyTypes.ts";
import { toolDriftOperations } from "./toolDriftOperations.ts";
import type { ToolDriftOperations } from "./toolDriftTypes.ts";

/** The operations that AgentCore has no counterpart of. */
export const ownOperations: readonly StaticOperationSchema[] = [
  ...administrationOperations,
  ...policyOperations,
  ...toolDriftOperations,
  ...tokenVaultOperations,
];

/** Their inputs and outputs, by name. */
export interface OwnOperations
  extends AdministrationOperations,
    PolicyOperations,
    ToolDriftOperations,
    TokenVaultOperations {}

/** The name of one of them. */
export type OwnOperation = keyof OwnOperations;
