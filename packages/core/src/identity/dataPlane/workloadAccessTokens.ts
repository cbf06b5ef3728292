import { GatehouseError } from "../../errors.ts";
import type { WorkloadIdentityRecord } from "../../storage/identityRecords.ts";
import type { User } from "../outbound/credentials.ts";
import { ifSealedHere, type Keyring } from "../vault/keyring.ts";

/** For whom a workload access token stands. */
export interface OpenedToken {
  /** The agent: the name of a workload identity. */
  readonly agent: string;
  /** When that was made. */
  readonly agentSince: string;
  /** The user it works for, if any. */
  readonly user?: User;
  /** The user's own token, where the workload access token was asked for with it. */
  readonly userToken?: string;
}

/** The user whom an agent works for, as whoever asked has shown it. */
export interface ShownUser {
  readonly user: User;
  /** The token that has shown it, and until when that is good. */
  readonly token?: string;
  readonly expiresAt?: Date;
}

/** What agents' code holds instead of credentials: opaque, bound to an agent and a user, and good for a quarter of an hour. */
export interface WorkloadAccessTokens {
  issue(agent: WorkloadIdentityRecord, shown?: ShownUser): Promise<string>;
  /** @throws GatehouseError `unauthorized` for whatever isn't a token that holds now. */
  open(token: string): Promise<OpenedToken>;
}

const prefix = "gwat_";
const context = { is: "workload-access-token" } as const;
const lifetimeMilliseconds = 15 * 60_000;

/** What is sealed. Nobody else seals under this context, so that what opens is one. */
interface Contents extends Omit<OpenedToken, "agentSince"> {
  /** The state of the workload identity: of this name there may have been another one, and its tokens may have been revoked. */
  readonly of: Generation;
  /** Milliseconds since 1970. */
  readonly expires: number;
}
type Generation = Pick<WorkloadIdentityRecord, "createdAt" | "tokensNotBefore">;

/**
 * Tokens without a table: the keyring seals what they stand for. A token holds as long as its workload identity is the very
 * one it was issued for and its tokens were not revoked since, which is compared and not measured by clocks. A user's own
 * token is nowhere but in it, and ends it when it expires.
 */
export function createWorkloadAccessTokens(dependencies: {
  readonly keyring: Keyring;
  workloadIdentity(name: string): Promise<WorkloadIdentityRecord | undefined>;
  now(): Date;
}): WorkloadAccessTokens {
  const { keyring, workloadIdentity, now } = dependencies;

  const contentsOf = async (token: string): Promise<Contents> => {
    if (!token.startsWith(prefix)) throw refused("it is none of Gatehouse's");
    const text = await ifSealedHere(keyring.open(token.slice(prefix.length), context));
    if (text === undefined) throw refused("it is none of this deployment's, or was altered");
    return JSON.parse(text) as Contents; // Sealed below, by nobody else.
  };

  return {
    async issue({ name: agent, createdAt, tokensNotBefore }, shown) {
      const latest = now().getTime() + lifetimeMilliseconds;
      const expires = Math.min(latest, shown?.expiresAt?.getTime() ?? latest);
      const contents: Contents = {
        agent,
        ...(shown === undefined ? {} : { user: shown.user }),
        ...(shown?.token === undefined ? {} : { userToken: shown.token }),
        of: { createdAt, ...(tokensNotBefore === undefined ? {} : { tokensNotBefore }) },
        expires,
      };
      return `${prefix}${await keyring.seal(JSON.stringify(contents), context)}`;
    },

    async open(token) {
      const { of, expires, ...opened } = await contentsOf(token);
      if (expires <= now().getTime()) throw refused("it has expired");
      const agent = await workloadIdentity(opened.agent);
      if (agent === undefined || agent.createdAt !== of.createdAt) throw refused("its workload identity is gone");
      if (agent.tokensNotBefore !== of.tokensNotBefore) throw refused("it was revoked");
      return { ...opened, agentSince: of.createdAt };
    },
  };
}

function refused(why: string): GatehouseError {
  return new GatehouseError(
    "unauthorized",
    `The workload access token doesn't hold: ${why}. Ask for another one with GetWorkloadAccessToken, -ForJWT or -ForUserId.`,
  );
}
