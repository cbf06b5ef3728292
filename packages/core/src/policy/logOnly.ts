import { byDefault, type LogOnlyDecision, type PolicyDecision } from "./decision.ts";

/** What the policies in LOG_ONLY say of a call by themselves; absent where none of that effect is about the tool. */
export interface LogOnlyFindings {
  readonly permits?: PolicyDecision | undefined;
  readonly forbids?: PolicyDecision | undefined;
}

/**
 * What would have been decided if the policies in LOG_ONLY were enforced. They are evaluated apart from those that are,
 * permits apart from forbids, so that each answer names all that hold; the rules of Cedar (default deny, forbid wins) and
 * of the engine (what errs denies) put the answers together.
 */
export function withLogOnly(enforced: PolicyDecision, { permits, forbids }: LogOnlyFindings): PolicyDecision {
  const permitted = permits?.decision === "ALLOW" ? permits.determiningPolicies : [];
  const forbidden = forbids?.error === true ? [] : (forbids?.determiningPolicies ?? []);
  const broken = [permits, forbids].filter((one) => one !== undefined).filter(isBroken);
  const erring = broken.flatMap(({ determiningPolicies }) => determiningPolicies);
  const combined = combine(enforced, permitted, forbidden, broken.length > 0 ? erring : undefined);
  const logOnly: LogOnlyDecision = {
    ...combined,
    flips: combined.decision !== enforced.decision,
    matchedPolicies: [...permitted, ...forbidden],
    flippingPolicies:
      enforced.decision === "ALLOW" ? [...forbidden, ...erring] : isDefault(enforced) ? [...permitted] : [],
    ...(enforced.error !== true && broken.some(({ error }) => error) ? { error: true } : {}),
  };
  return { ...enforced, logOnly };
}

function combine(
  enforced: PolicyDecision,
  permitted: readonly string[],
  forbidden: readonly string[],
  erring: readonly string[] | undefined,
): Pick<LogOnlyDecision, "decision" | "determiningPolicies"> {
  const { determiningPolicies } = enforced;
  if (enforced.error === true || (enforced.decision === "DENY" && isBroken(enforced)))
    return { decision: "DENY", determiningPolicies };
  if (erring !== undefined) return { decision: "DENY", determiningPolicies: erring };
  const forbids = [...(enforced.decision === "DENY" ? determiningPolicies : []), ...forbidden];
  if (forbids.length > 0) return { decision: "DENY", determiningPolicies: forbids };
  const permits = [...determiningPolicies, ...permitted];
  return { decision: permits.length > 0 ? "ALLOW" : "DENY", determiningPolicies: permits };
}

/** A denial because the policies could not be evaluated, be it for what is wrong with them or with the arguments. */
function isBroken({ decision, determiningPolicies, error, reason }: PolicyDecision): boolean {
  return error === true || (decision === "DENY" && determiningPolicies.length === 0 && reason !== byDefault);
}

function isDefault({ decision, reason }: PolicyDecision): boolean {
  return decision === "DENY" && reason === byDefault;
}
