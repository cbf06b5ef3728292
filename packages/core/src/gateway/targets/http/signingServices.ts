/**
 * What the role is good for and targets are not: with the key service, whoever may configure a target could have opened what
 * Gatehouse has sealed, secrets of access keys and credential providers among it. A signature is for the service that it
 * names, whatever address it is sent to.
 */
const keptFromTargets: ReadonlySet<string> = new Set(["kms"]);

/** Why nothing is signed for a service, where it isn't. */
export function signingViolation(service: string): string | undefined {
  if (!keptFromTargets.has(service.trim().toLowerCase())) return undefined;
  return `can't be ${service}: the gateway's own role opens what Gatehouse keeps sealed, and signs nothing for targets there`;
}
