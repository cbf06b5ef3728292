import { setTimeout as delay } from "node:timers/promises";
import { GatehouseError } from "../errors.ts";
import { ChangedMeanwhile } from "../storage/configRepository.table.ts";

const attempts = 20;

/**
 * Makes a change that reads, checks and then stores only if what it has read still is so; when somebody was faster, it
 * reads and checks again. Other conflicts (a name that is taken) are the caller's.
 */
export async function whileOthersChange<T>(change: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile) || attempt === attempts) throw error;
      // Full jitter: contenders that lost at the same moment must not meet again at the same moment.
      await delay(Math.random() * Math.min(50, 2 ** attempt));
    }
  }
}

/**
 * Makes sure that a repeated replacement overwrites nobody's: what belongs to a resource may have changed since the
 * request came (a gateway's targets, an engine's policies), the resource itself may not.
 * @throws GatehouseError `conflict`
 */
export function requireUnchanged(
  what: string,
  first: { readonly updatedAt: string },
  now: { readonly updatedAt: string },
): void {
  if (first.updatedAt === now.updatedAt) return;
  throw new GatehouseError(
    "conflict",
    `${what} was changed by somebody else at the same moment; read it again and repeat the change.`,
  );
}
