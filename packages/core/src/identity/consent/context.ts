import type { Cookies } from "../cookies.ts";
import type { IdentityRequest } from "../http.ts";
import type { createIssuers } from "../issuer.ts";
import type { Consents, User } from "../outbound/credentials.ts";
import { Refused } from "../pages/refused.ts";
import type { Keyring } from "../vault/keyring.ts";
import type { FindLoginClient, Login, LoginClient } from "./login.ts";
import { notThere } from "./refused.ts";
import type { TicketOffice } from "./tickets.ts";

/** What the pages of consents are built on. */
export interface ConsentDependencies {
  /** As the vault has them. What applications complete consents with is `boundConsents` of them. */
  readonly consents: Consents;
  /** Gatehouse's client at the issuer of a gateway. */
  readonly findLoginClient: FindLoginClient;
  readonly issuers: ReturnType<typeof createIssuers>;
  readonly keyring: Keyring;
  /** The public address, without a slash at its end. */
  readonly url: string;
  readonly allowLoopback: boolean;
  readonly now: () => Date;
  /** Hears what went wrong and was not told the browser. Its messages hold no secret. */
  readonly onFailure: (reason: string) => void;
}

/** What the steps of a consent share. */
export interface ConsentContext extends ConsentDependencies {
  readonly cookies: Cookies;
  readonly tickets: TicketOffice;
  readonly login: Login;
}

/** The one value of a parameter; undefined where it is missing, or there several times. */
export function one(parameters: URLSearchParams, name: string): string | undefined {
  const values = parameters.getAll(name);
  return values.length === 1 && values[0] !== "" ? values[0] : undefined;
}

/** The id of a consent. @throws Refused */
export function sessionOf(parameters: IdentityRequest["query"]): string {
  const session = one(parameters, "session");
  if (session === undefined || !/^[\w-]{1,128}$/.test(session)) throw notThere();
  return session;
}

/**
 * How Gatehouse finds out who somebody is whom a gateway works for.
 * @throws Refused where it can't: nobody is sent anywhere whose consent could not be completed.
 */
export async function loginClientOf(
  { findLoginClient }: ConsentContext,
  agent: string,
  user?: User,
): Promise<LoginClient> {
  const client = user?.kind === "id" ? undefined : await findLoginClient(agent);
  if (client !== undefined) return client;
  throw new Refused(409, "This consent can't be completed", [
    "Gatehouse could not find out whether you are who the agent works for, so it asks for nothing.",
    `An administrator has to give the gateway ${agent} a client at its issuer (the setting oauthClient), or the agent an application to return to.`,
  ]);
}
