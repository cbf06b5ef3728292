import { type Consent, TargetError } from "../target.ts";

/** A target that can't be called before its user has agreed to it in a browser. */
export class ConsentNeeded extends TargetError {
  readonly consent: Consent;

  constructor(target: string, consent: Consent) {
    // The address is for the user, and not for logs.
    super(`${target} can't be called before the user has consented to it.`, { code: "targetCredentialFailed" });
    this.consent = consent;
  }
}

/** Whether a failure is the user's to mend, and nothing is wrong with the target. */
export function isAboutConsent(error: unknown): boolean {
  return error instanceof ConsentNeeded || (error instanceof TargetError && error.code === "targetConsentDeclined");
}
