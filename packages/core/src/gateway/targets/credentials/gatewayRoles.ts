import { LRUCache } from "lru-cache";
import { untilAborted, within } from "../../../abort.ts";
import { messageOf } from "../../../errors.ts";
import { lazily } from "../../../lazily.ts";
import type { SigningCredentials, SigningGateway } from "../http/sign.ts";
import type { SessionCredentials } from "./sts.ts";

export interface GatewayRolesOptions {
  /** Whose STS is asked. */
  readonly region: string;
  readonly now?: () => Date;
  /** How long an answer of STS is waited for, its repetitions included. */
  readonly timeoutMilliseconds?: number;
}

/** What is signed shortly before credentials expire must still be good when it arrives. */
const renewedBeforeMilliseconds = 5 * 60_000;

/**
 * The credentials of gateways' own roles, in sessions that have the gateways' names. They are kept for one gateway and one
 * role until shortly before they expire (T04); those who want the same at once wait for one answer. There is nothing in
 * their place: where a role can't be taken, nothing is signed, and whoever asks next tries again.
 */
export function gatewayRoles({
  region,
  now = () => new Date(),
  timeoutMilliseconds = 10_000,
}: GatewayRolesOptions): SigningCredentials {
  const assume = lazily(async () => (await import("./sts.ts")).createAssume(region));
  const kept = new LRUCache<string, SessionCredentials>({ max: 1_000 });
  const underWay = new Map<string, Promise<SessionCredentials>>();

  async function take({ roleArn, gatewayId }: SigningGateway): Promise<SessionCredentials> {
    const sessionName = sessionNameOf(gatewayId);
    try {
      const take = await assume();
      const role = { roleArn, sessionName };
      return await within(timeoutMilliseconds, undefined, (signal) => untilAborted(take(role, signal), signal));
    } catch (error) {
      const message =
        `the role ${roleArn} of the gateway can't be assumed: ${messageOf(error)}. It must be the stage's targetRole or one ` +
        `of its gatewayRoles, and its trust policy must let Gatehouse's functions take it with the session name ${sessionName}`;
      throw new Error(message, { cause: error });
    }
  }

  function renew(key: string, gateway: SigningGateway): Promise<SessionCredentials> {
    const begun = underWay.get(key);
    if (begun !== undefined) return begun;
    const pending = take(gateway)
      .then((credentials) => {
        kept.set(key, credentials);
        return credentials;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, pending);
    return pending;
  }

  return async (gateway) => {
    const key = JSON.stringify([gateway.roleArn, gateway.gatewayId]);
    const known = kept.get(key);
    const isGood = known !== undefined && known.expiration.getTime() - now().getTime() > renewedBeforeMilliseconds;
    return isGood ? known : renew(key, gateway);
  };
}

/**
 * The name of a gateway's sessions: its id, by which a role's trust policy can bind itself to the gateway. Of an id that is
 * longer than the 64 characters which STS takes, the first 53 and the last 11, which tell it from all others.
 * @throws Error for what no gateway's id is.
 */
export function sessionNameOf(gatewayId: string): string {
  if (!/^[\w+=,.@-]{2,}$/.test(gatewayId)) throw new Error(`"${gatewayId}" can't be the name of a session`);
  return gatewayId.length > 64 ? gatewayId.slice(0, 53) + gatewayId.slice(-11) : gatewayId;
}
