import type { TargetRecord } from "../../../storage/records.ts";
import type { HttpRequest } from "../http/request.ts";
import type { SigningGateway, SigningScope } from "../http/sign.ts";
import type { Invocation, TargetRequest } from "../target.ts";

/** What a request to a target goes out with, which no agent sees. */
export interface TargetCredential {
  /** Tells it from any other, and tells nothing of it: what a server keeps belongs to one credential (T04). */
  readonly id: string;
  /** Adds it to a request that is complete but for it, in the place of whatever the request has there. */
  authorize(request: HttpRequest): Promise<HttpRequest>;
  /** Takes it out of what a target says, which may repeat it where it complains; absent where there is nothing to hide. */
  conceal?(text: string): string;
  /**
   * Another in its place, after the target has refused it; absent where there can't be one.
   * @throws as `TargetCredentials.of`
   */
  renew?(): Promise<TargetCredential>;
}

/** For what a credential is wanted. */
export interface CredentialRequest
  extends Partial<Pick<Invocation | TargetRequest, "principal" | "userToken" | "consent" | "params">> {
  /** The gateway whose target it is. */
  readonly gateway: SigningGateway;
  readonly target: TargetRecord;
  /** What requests are signed for where the target's configuration doesn't say it and its credentials are the role's. */
  readonly signing?: Partial<SigningScope>;
  readonly signal: AbortSignal;
}

/** The credentials of targets, as their configurations say. */
export interface TargetCredentials {
  /**
   * The credential for a request, which a principal is behind unless it is Gatehouse's own; undefined where the target is
   * called without any.
   * @throws ConsentNeeded, and TargetError `targetCredentialFailed` where it can't be had: then nothing is sent
   */
  of(request: CredentialRequest): Promise<TargetCredential | undefined>;
}
