import { GatehouseError } from "../../errors.ts";
import { rateOf } from "../../storage/tokenBucket.ts";
import { type LimitDependencies, secondsToWait } from "../limits.ts";
import type { User } from "./credentials.ts";
import { nameOfUser } from "./owner.ts";

/** Of one user through one agent: there is a consent for each set of scopes, and a person answers a few of them. */
const ofUser = rateOf(30, 600);
/** Of one agent, which may vouch for users as it likes: twenty a second, when a company begins its day. */
const ofAgent = rateOf(1_200, 60);

/**
 * Makes sure that a consent may be begun. What was begun for the very same request is given again and not counted, but an
 * agent that varies its scopes or its customState would fill the table.
 * @throws GatehouseError `throttled`, and Error when the limits can't be checked
 */
export async function requireRoomFor(
  { agent, user }: { readonly agent: string; readonly user: User },
  dependencies: LimitDependencies,
): Promise<void> {
  const owner = JSON.stringify([agent, nameOfUser(user)]);
  const wait =
    (await secondsToWait(`consent#user#${owner}`, ofUser, dependencies)) ??
    (await secondsToWait(`consent#agent#${agent}`, ofAgent, dependencies));
  if (wait === undefined) return;
  const advice =
    "Ask with the same scopes, customState and returnUrl as before: that gives the consent that was begun.";
  throw new GatehouseError(
    "throttled",
    `${agent} has begun too many consents; another one can be begun in ${wait} seconds. ${advice}`,
  );
}
