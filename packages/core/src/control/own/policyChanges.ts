import type { EnginePolicy } from "../../policy/engine.ts";
import type { CandidatePolicyRecord, PolicyChangeRecord } from "../../storage/records.ts";
import type { PolicyValidator } from "../handlers.ts";
import { refuse } from "../supported.ts";
import type { CandidatePolicy, PolicyChange } from "./policyTypes.ts";

/** As much as the policies of one request may take together, of an item's 400 KB. */
const mostBytes = 300_000;

/**
 * Reads changes that are tried out, made sure that each says something and can be read. As in UpdatePolicy, what a change
 * doesn't speak of stays: the statement where only the mode is given, and the mode where only the statement is.
 * @throws GatehouseError `validation` that names the change.
 */
export function readChanges(
  changes: readonly PolicyChange[] | undefined,
  policies: readonly EnginePolicy[],
  { parsePolicy }: PolicyValidator,
): PolicyChangeRecord[] {
  const known = new Map(policies.map((policy) => [policy.policyId, policy]));
  const seen = new Set<string>();
  const records = (changes ?? []).map((change, index): PolicyChangeRecord => {
    const { policyId, enforcementMode } = change;
    const place = `changes[${index}]`;
    if (policyId === undefined && change.statement === undefined) {
      refuse(place, "must have a statement to add, a policyId to take away, or both to replace one by the other");
    }
    const previous = policyId === undefined ? undefined : known.get(policyId);
    if (policyId !== undefined) {
      if (previous === undefined) {
        refuse(`${place}.policyId`, `must be a policy of the engine that is ACTIVE: there is none ${policyId}`);
      }
      if (seen.has(policyId)) refuse(`${place}.policyId`, `must be its own: there is another change of ${policyId}`);
      seen.add(policyId);
    }
    if (change.statement !== undefined) parsePolicy(change.statement);
    const statement = change.statement ?? (enforcementMode === undefined ? undefined : previous?.statement);
    return {
      ...(policyId === undefined ? {} : { policyId }),
      ...(statement === undefined ? {} : { statement }),
      ...logOnly(enforcementMode ?? previous?.enforcementMode),
    };
  });
  refuseTooLarge("changes", records);
  return records;
}

/**
 * Reads a whole set of policies that is tried out.
 * @throws GatehouseError `validation` that names the policy.
 */
export function readCandidates(
  policies: readonly CandidatePolicy[],
  { parsePolicy }: PolicyValidator,
): CandidatePolicyRecord[] {
  const seen = new Set<string>();
  const records = policies.map(({ policyId, statement, enforcementMode }, index) => {
    if (seen.has(policyId)) refuse(`policies[${index}].policyId`, `must be its own: there is another ${policyId}`);
    seen.add(policyId);
    parsePolicy(statement);
    return { policyId, statement, ...logOnly(enforcementMode) };
  });
  refuseTooLarge("policies", records);
  return records;
}

function logOnly(mode: string | undefined): Pick<PolicyChangeRecord, "enforcementMode"> {
  return mode === "LOG_ONLY" ? { enforcementMode: mode } : {};
}

function refuseTooLarge(member: string, records: readonly PolicyChangeRecord[]): void {
  if (Buffer.byteLength(JSON.stringify(records)) > mostBytes) {
    refuse(member, `must take at most ${mostBytes} bytes together`);
  }
}

/** A set of policies that is tried out, as an engine would have them. */
export function proposedPolicies(candidates: readonly CandidatePolicyRecord[]): readonly EnginePolicy[] {
  return candidates.map((candidate) => proposed(candidate.policyId, candidate.statement, candidate));
}

/** An engine's policies as they would be with the changes. What is added is called `change-1` and so on, by its place. */
export function withChanges(
  policies: readonly EnginePolicy[],
  changes: readonly PolicyChangeRecord[],
): readonly EnginePolicy[] {
  const changed = new Map(
    changes.flatMap((change) => (change.policyId === undefined ? [] : [[change.policyId, change]])),
  );
  const kept = policies.flatMap((policy): EnginePolicy[] => {
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
function proposed(policyId: string, statement: string, { enforcementMode }: PolicyChangeRecord): EnginePolicy {
  return { policyId, statement, status: "ACTIVE", ...(enforcementMode === undefined ? {} : { enforcementMode }) };
}
