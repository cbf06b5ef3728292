import { administrationConstraints } from "../administration/constraints.ts";
import { workloadTokenConstraints } from "../identity/workloadTokenOperations.ts";
import { policyConstraints } from "../own/policyConstraints.ts";
import { toolDriftConstraints } from "../own/toolDriftOperations.ts";
import type { Constraint } from "./constraint.ts";

/**
 * Of the operations that AgentCore doesn't have: the constraints of their input's members, by structure and member, as in
 * `{ CreateAccessKeyRequest: { name: { minLength: 1, maxLength: 128 } } }`. What holds for a shape of AgentCore's model is
 * `ofShape("GatewayIdentifier")`.
 */
export const ownConstraints: Readonly<Record<string, Readonly<Record<string, Constraint>>>> = {
  ...administrationConstraints,
  ...policyConstraints,
  ...toolDriftConstraints,
  ...workloadTokenConstraints,
};
