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
 * Replaces a resource by what `change` makes of it. What belongs to the resource may change meanwhile (a gateway's
 * targets, an engine's policies), and then it is made anew; when the resource itself has changed since the request
 * came, the request is refused, so that it overwrites nobody's.
 * @param what names the resource to people, as in `Gateway claims-0123456789`.
 * @throws GatehouseError `conflict`
 */
export async function replaceUnchanged<T extends { readonly updatedAt: string }, R>(
  what: string,
  read: () => Promise<T>,
  change: (previous: T) => Promise<R>,
): Promise<R> {
  const first = await read();
  let unread: T | undefined = first;
  return whileOthersChange(async () => {
    const previous = unread ?? (await read());
    unread = undefined;
    if (previous.updatedAt !== first.updatedAt) {
      const message = `${what} was changed by somebody else at the same moment; read it again and repeat the change.`;
      throw new GatehouseError("conflict", message);
    }
    return change(previous);
  });
}
