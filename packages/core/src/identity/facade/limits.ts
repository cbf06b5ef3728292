import { type Rate, rateOf } from "../../storage/tokenBucket.ts";
import { type LimitDependencies, secondsToWait } from "../limits.ts";

/** How often strangers may have something done. Each answers with how many seconds there are to wait, if any. */
export interface RateLimits {
  register(gatewayId: string, sourceIp: string): Promise<number | undefined>;
  /** Documents that are fetched because somebody has named them. */
  fetch(sourceIp: string): Promise<number | undefined>;
  signIn(sourceIp: string): Promise<number | undefined>;
  /** Answers of issuers that browsers bring. */
  callback(sourceIp: string): Promise<number | undefined>;
  /** Codes and refresh tokens that are presented. */
  token(gatewayId: string, sourceIp: string): Promise<number | undefined>;
}

/** Many users can be behind one address. */
const ofAddress = rateOf(60, 60);
/** What one machine can't spend for all others at once. */
const ofGateway = rateOf(600, 60);
/** A client that is at work comes once an hour or so: an office of thousands has room, and so has a gateway of many offices. */
const tokensOfAddress = rateOf(300, 60);
const tokensOfGateway = rateOf(3_000, 60);

export function createRateLimits(dependencies: LimitDependencies): RateLimits {
  const take = (key: string, rate: Rate) => secondsToWait(`facade#${key}`, rate, dependencies);
  return {
    async register(gatewayId, sourceIp) {
      return (await take(`register#${sourceIp}`, ofAddress)) ?? (await take(`register#${gatewayId}`, ofGateway));
    },
    fetch: (sourceIp) => take(`fetch#${sourceIp}`, ofAddress),
    signIn: (sourceIp) => take(`sign-in#${sourceIp}`, ofAddress),
    callback: (sourceIp) => take(`callback#${sourceIp}`, ofAddress),
    async token(gatewayId, sourceIp) {
      return (await take(`token#${sourceIp}`, tokensOfAddress)) ?? (await take(`token#${gatewayId}`, tokensOfGateway));
    },
  };
}
