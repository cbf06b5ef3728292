import type { CredentialRequest, TargetCredential, TargetCredentials } from "./credential.ts";

/**
 * Asks a target with the credential for the request. Where the target refuses it, which it does before it acts, another is
 * had in its place, and the target asked once more.
 * @param isRefused whether an outcome says that the credential is no good: a status of 401.
 * @throws as `TargetCredentials.of`, and what `act` throws
 */
export async function withCredential<Result>(
  credentials: TargetCredentials,
  request: CredentialRequest,
  act: (credential: TargetCredential | undefined) => Promise<Result>,
  isRefused: (outcome: PromiseSettledResult<Result>) => boolean,
): Promise<Result> {
  const credential = await credentials.of(request);
  if (credential?.renew === undefined) return act(credential);
  const [outcome] = await Promise.allSettled([act(credential)]);
  if (!isRefused(outcome) || request.signal.aborted) return resultOf(outcome);
  const renewed = await credential.renew();
  // What the target has refused it would refuse again.
  return renewed.id === credential.id ? resultOf(outcome) : act(renewed);
}

function resultOf<Result>(outcome: PromiseSettledResult<Result>): Result {
  if (outcome.status === "rejected") throw outcome.reason;
  return outcome.value;
}
