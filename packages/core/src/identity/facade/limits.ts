import { type Rate, rateOf } from "../../storage/tokenBucket.ts";
import type { FacadeDependencies } from "./dependencies.ts";

/** How often strangers may have something done. Each answers with how many seconds there are to wait, if any. */
export interface RateLimits {
  register(gatewayId: string, sourceIp: string): Promise<number | undefined>;
  /** Documents that are fetched because somebody has named them. */
  fetch(sourceIp: string): Promise<number | undefined>;
  signIn(sourceIp: string): Promise<number | undefined>;
}

/** Many users can be behind one address. */
const ofAddress = rateOf(60, 60);
/** What one machine can't spend for all others at once. */
const ofGateway = rateOf(600, 60);

/** In buckets that every process shares. When they can't be reached, nothing is let through. */
export function createRateLimits({ rateLimits, now }: Pick<FacadeDependencies, "rateLimits" | "now">): RateLimits {
  async function take(key: string, rate: Rate): Promise<number | undefined> {
    const microseconds = now().getTime() * 1_000;
    const { retryAt } = await rateLimits.take(`facade#${key}`, rate, 1, microseconds);
    return retryAt === undefined ? undefined : Math.max(1, Math.ceil((retryAt - microseconds) / 1_000_000));
  }
  return {
    async register(gatewayId, sourceIp) {
      return (await take(`register#${sourceIp}`, ofAddress)) ?? (await take(`register#${gatewayId}`, ofGateway));
    },
    fetch: (sourceIp) => take(`fetch#${sourceIp}`, ofAddress),
    signIn: (sourceIp) => take(`sign-in#${sourceIp}`, ofAddress),
  };
}
