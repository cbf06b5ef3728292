/** Why an item kept a transaction from being made, as the SDK's exception has it. */
export interface CancellationReason {
  readonly Code?: string;
  readonly Message?: string;
}

/** Why a transaction was cancelled, for each of its items in their order; nothing for any other error. */
export function cancellationReasons(error: unknown): readonly CancellationReason[] | undefined {
  if (!(error instanceof Error) || error.name !== "TransactionCanceledException") return undefined;
  return (error as Error & { CancellationReasons?: readonly CancellationReason[] }).CancellationReasons;
}

/** The same in codes, as in `ConditionalCheckFailed`; `None` for an item that was in nobody's way. */
export function cancellationCodes(error: unknown): string[] | undefined {
  return cancellationReasons(error)?.map(({ Code = "None" }) => Code);
}
