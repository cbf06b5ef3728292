import type { PolicyChangeRecord, PolicyRecord } from "../../storage/records.ts";
import type { PolicyValidator } from "../handlers.ts";
import { refuse } from "../supported.ts";
import type { PolicyChange } from "./policyTypes.ts";

/**
 * Reads changes that are tried out, made sure that each says something and can be read.
 * @throws GatehouseError `validation` that names the change.
 */
export function readChanges(
  changes: readonly PolicyChange[] | undefined,
  policies: readonly PolicyRecord[],
  { parsePolicy }: PolicyValidator,
): PolicyChangeRecord[] {
  const known = new Set(policies.map(({ policyId }) => policyId));
  return (changes ?? []).map(({ policyId, statement, enforcementMode }, index) => {
    const place = `changes[${index}]`;
    if (policyId === undefined && statement === undefined) {
      refuse(place, "must have a statement to add, a policyId to take away, or both to replace one by the other");
    }
    if (policyId !== undefined && !known.has(policyId)) {
      refuse(`${place}.policyId`, `must be a policy of the engine that is ACTIVE: there is none ${policyId}`);
    }
    if (statement !== undefined) parsePolicy(statement);
    return {
      ...(policyId === undefined ? {} : { policyId }),
      ...(statement === undefined ? {} : { statement }),
      ...(enforcementMode === "LOG_ONLY" ? { enforcementMode } : {}),
    };
  });
}

/** An engine's policies as they would be with the changes. What is added is called `change-1` and so on, by its place. */
export function withChanges(
  policies: readonly PolicyRecord[],
  changes: readonly PolicyChangeRecord[],
): readonly PolicyRecord[] {
  const changed = new Map(
    changes.flatMap((change) => (change.policyId === undefined ? [] : [[change.policyId, change]])),
  );
  const kept = policies.flatMap((policy): PolicyRecord[] => {
    const change = changed.get(policy.policyId);
    if (change === undefined) return [policy];
    return change.statement === undefined ? [] : [proposed(policy.policyId, change.statement, change)];
  });
  const added = changes.flatMap((change, index) =>
    change.policyId === undefined && change.statement !== undefined
      ? [proposed(`change-${index + 1}`, change.statement, change)]
      : [],
  );
  return [...kept, ...added];
}

/** A policy that nobody has stored. */
function proposed(policyId: string, statement: string, { enforcementMode }: PolicyChangeRecord): PolicyRecord {
  return {
    policyEngineId: "",
    policyId,
    policyArn: "",
    name: policyId,
    statement,
    status: "ACTIVE",
    statusReasons: [],
    ...(enforcementMode === undefined ? {} : { enforcementMode }),
    createdAt: "",
    updatedAt: "",
  };
}
