import { setTimeout as delay } from "node:timers/promises";
import { ResourceNotFoundException } from "@aws-sdk/client-bedrock-agentcore-control";
import { GatehouseError } from "@gatehouse/core/errors.ts";

/** What every resource says of itself. */
export interface Stateful {
  readonly status?: string | undefined;
  readonly statusReasons?: readonly string[] | undefined;
}

const longestMilliseconds = 60_000;
const pauseMilliseconds = 250;

/**
 * Waits until a resource is neither being created nor changed nor deleted, and gives what it is then.
 * @param first what is known of it, so that nothing is asked when that is enough.
 * @throws GatehouseError `internal` when it takes longer than a minute.
 */
export async function settled<T extends Stateful>(what: string, get: () => Promise<T>, first?: T): Promise<T> {
  let resource = first ?? (await get());
  for (const deadline = Date.now() + longestMilliseconds; resource.status?.endsWith("ING"); resource = await get()) {
    if (Date.now() > deadline) throw new GatehouseError("internal", `The ${what} is still ${resource.status}.`);
    await delay(pauseMilliseconds);
  }
  return resource;
}

/** Waits until a resource works. @throws GatehouseError `validation` with the resource's reasons when it doesn't. */
export async function working<T extends Stateful>(what: string, get: () => Promise<T>, first?: T): Promise<void> {
  const { status = "", statusReasons = [] } = await settled(what, get, first);
  if (!isWorking(status)) {
    throw new GatehouseError("validation", `The ${what} is ${status}. ${statusReasons.join(" ")}`.trim());
  }
}

/** Waits until a resource is no longer there. */
export async function gone(what: string, get: () => Promise<Stateful>): Promise<void> {
  try {
    const { status = "", statusReasons = [] } = await settled(what, get);
    throw new GatehouseError("internal", `The ${what} can't be deleted, it is ${status}. ${statusReasons.join(" ")}`);
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}

/** Whether a status means that a resource does what it is there for. */
export function isWorking(status: string): boolean {
  return status === "READY" || status === "ACTIVE";
}
