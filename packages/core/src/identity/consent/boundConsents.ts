import { GatehouseError } from "../../errors.ts";
import type { Consents } from "../outbound/credentials.ts";
import { ifSealedHere, type Keyring } from "../vault/keyring.ts";

/**
 * Consents that an application can complete only with what the browser has brought it.
 *
 * The agent, and so whoever made it ask, knows a session's URI from the beginning. If that were enough, somebody could have
 * another user consent by a link, and be at the application's return address as themselves before that user's browser is: the
 * application would complete the consent for its own user, with the other one's account. So the browser that has consented
 * takes `session_id=<session URI>.<ticket>` along, and only with this ticket a consent is completed (T20).
 */
export interface BoundConsents extends Pick<Consents, "describe" | "complete"> {
  /**
   * The agent that a consent is for, as its ticket says; nothing is looked up for it.
   * @throws GatehouseError `validation` for what has no ticket of its own, whether or not there is such a consent
   */
  agentOf(sessionId: string): Promise<string>;
}

const contextOf = (sessionUri: string) => ({ is: "consent-return", session: sessionUri });

/** The address that the browser takes to the application, with a ticket where it names a consent. */
export async function withTicket(next: URL, agent: string, keyring: Keyring): Promise<URL> {
  const sessionUri = next.searchParams.get("session_id");
  if (sessionUri === null) return next;
  const bound = new URL(next);
  bound.searchParams.set("session_id", `${sessionUri}.${await keyring.seal(agent, contextOf(sessionUri))}`);
  return bound;
}

/** Binds the vault's consents, whose methods then take a `session_id` for a session's URI. */
export function boundConsents(consents: Pick<Consents, "describe" | "complete">, keyring: Keyring): BoundConsents {
  async function opened(sessionId: string): Promise<{ sessionUri: string; agent: string }> {
    // A session's URI has no dot.
    const [sessionUri = "", ticket = ""] = sessionId.split(/\.(.*)/s);
    const agent = await ifSealedHere(keyring.open(ticket, contextOf(sessionUri)));
    if (agent !== undefined) return { sessionUri, agent };
    throw new GatehouseError(
      "validation",
      "A consent is completed with the session_id that the user's browser has brought to the return address. This is another: the session URI alone says nothing of who has consented.",
    );
  }
  return {
    agentOf: async (sessionId) => (await opened(sessionId)).agent,
    describe: async (sessionId) => consents.describe((await opened(sessionId)).sessionUri),
    complete: async (sessionId, user) => consents.complete((await opened(sessionId)).sessionUri, user),
  };
}
