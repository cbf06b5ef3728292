import type { GatewayRecord, TargetRecord, TargetSettings } from "../../storage/records.ts";

/** Every bound of a target's calls. */
export type TargetBounds = Required<Omit<TargetSettings, "target" | "userContext">>;

/** What holds for a target of which nothing else is said. No tool is called twice unless an administrator says that it may be. */
export const defaultBounds: TargetBounds = {
  timeoutSeconds: 60,
  idempotentTools: [],
  maxRetries: 2,
  maxConcurrentCalls: 100,
  failurePercent: 50,
  // As much as a Lambda function can answer with.
  maxResultBytes: 6_291_456,
};

/** What holds for the calls of a target. */
export function boundsOf({ settings }: GatewayRecord, { name }: TargetRecord): TargetBounds {
  const own = settings?.targetSettings?.find(({ target }) => target === name);
  return own === undefined ? defaultBounds : { ...defaultBounds, ...own };
}

/** Whether an administrator has said that a tool may be called again. What the target says of itself is a hint, and no more. */
export function isIdempotent({ idempotentTools }: TargetBounds, tool: string): boolean {
  return idempotentTools.includes(tool) || idempotentTools.includes("*");
}
